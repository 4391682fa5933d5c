"""Several calls at once: outcomes in order, stages in the caller's thread, bugs as crashes."""

import threading

import pytest

from inference.adapters import in_flight
from inference.adapters.base import MemoryStages, Reply, Stage, TransientError
from tests.inference.adapters import sounds

PROMPTS = [sounds.silence(0.1 * n) for n in (1, 2, 3)]


def outcomes(ask, prompts=PROMPTS, stages=None, longest_seconds=None):
    stages = stages or [MemoryStages() for _ in prompts]
    return in_flight.outcomes(ask, prompts, stages, longest_seconds=longest_seconds)


def test_calls_are_in_the_air_together_and_land_in_order():
    together = threading.Barrier(len(PROMPTS))

    def ask(prompt, stages):
        together.wait(timeout=10)
        return Reply(clip=prompt, total_seconds=0)

    assert [reply.clip for reply in outcomes(ask)] == PROMPTS


def test_what_a_call_learns_is_stored_by_the_caller_at_its_turn():
    seen = []

    class Watched(MemoryStages):
        def put(self, stage):
            seen.append((stage.name, threading.current_thread()))
            super().put(stage)

    def ask(prompt, stages):
        stages.put(Stage(name=f"{prompt.seconds:.1f}", key="k", text="", seconds=0))
        raise TransientError("Busy.", code="busy")

    found = [outcome.code for outcome in outcomes(ask, stages=[Watched() for _ in PROMPTS])]

    assert found == ["busy"] * 3
    assert seen == [(name, threading.main_thread()) for name in ("0.1", "0.2", "0.3")]


def test_a_bug_in_a_call_is_a_crash_and_no_outcome():
    def ask(prompt, stages):
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        next(outcomes(ask))


def test_what_no_system_should_be_asked_is_not():
    asked = []

    def ask(prompt, stages):
        asked.append(prompt)
        return Reply(clip=prompt, total_seconds=0)

    found = list(outcomes(ask, [PROMPTS[0], sounds.poisoned(), PROMPTS[2]], longest_seconds=0.25))

    assert [getattr(one, "code", "") for one in found] == ["", "prompt_not_finite", "prompt_too_long"]
    assert asked == PROMPTS[:1]


def test_calls_that_nobody_waits_for_any_more_do_not_hold_the_caller():
    landed, released = threading.Event(), threading.Event()

    def ask(prompt, stages):
        if prompt is not PROMPTS[0]:
            landed.set()
            released.wait(timeout=10)
        return Reply(clip=prompt, total_seconds=0)

    calls = outcomes(ask)
    next(calls)
    assert landed.wait(timeout=10)
    calls.close()

    assert not released.is_set()
    released.set()
