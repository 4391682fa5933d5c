"""Hosts: what comes back over the line, and what is said of those that do not come back."""

import os
import sys
import threading
import time

import numpy as np
import psutil
import pytest

from inference.adapters.base import MemoryStages, PermanentError, TransientError
from inference.audio.clip import Clip
from inference.host.child import NICENESS
from inference.host.orders import Abandoned, Crashed, Order
from inference.host.process import Host
from tests.fakes.adapters import NOTES, Notes

MEMORY = 600_000_000
SECONDS = 20.0


@pytest.fixture
def notes(tmp_path):
    return Notes(tmp_path / "notes")


@pytest.fixture
def start(notes):
    """Start a host; all are ended with the test."""
    hosts = []

    def started(*, memory_bytes=MEMORY, **variables):
        fixed = {"PATH": os.environ["PATH"], NOTES: str(notes.path)}
        hosts.append(Host(variables=fixed | variables, memory_bytes=memory_bytes))
        return hosts[-1]

    yield started
    for host in hosts:
        host.kill()


@pytest.fixture
def host(start):
    """A host that has answered already, so that its start does not count in what is timed."""
    started = start()
    answers(started, order(adapter="echo"))
    return started


def clip(seconds=0.5, rate=8000):
    rng = np.random.default_rng(round(1000 * seconds))
    return Clip(rng.uniform(-1, 1, round(seconds * rate)).astype(np.float32), rate)


def order(script=None, *, lengths=(0.5,), adapter="scripted", stages=None, secrets=None, **config):
    return Order(
        adapter=adapter,
        config=config | ({"script": script} if script else {}),
        prompts=[clip(length) for length in lengths],
        seed=7,
        stages=stages or [MemoryStages() for _ in lengths],
        secrets=secrets or {},
    )


def answers(host, asked, *, seconds=SECONDS, **more):
    return list(host.respond(asked, seconds=seconds, **more))


def crash(host, asked, *, seconds=SECONDS):
    """The outcomes that came, and the crash that followed."""
    came = []
    with pytest.raises(Crashed) as caught:
        came.extend(host.respond(asked, seconds=seconds))
    return came, caught.value


def test_an_answer_comes_back_sample_for_sample(host):
    (reply,) = answers(host, order(adapter="echo"))

    assert reply.clip.rate == 8000
    assert reply.clip.samples.dtype == np.float32
    np.testing.assert_array_equal(reply.clip.samples, clip().samples)


def test_every_prompt_gets_its_outcome_in_order(host):
    script = {"0.6": "transient", "0.7": "permanent"}

    one, busy, never, four = answers(host, order(script, lengths=(0.5, 0.6, 0.7, 0.8)))

    assert (one.clip.seconds, four.clip.seconds) == (0.5, 0.8)
    assert one.transcript == "seed 7"
    assert isinstance(busy, TransientError)
    assert (busy.message, busy.code, busy.stage) == ("The line is busy.", "busy", "call")
    assert busy.retry_after_seconds == 2.5
    assert isinstance(never, PermanentError)


def test_an_answer_comes_as_soon_as_it_is_known(host):
    outcomes = host.respond(order({"0.6": "loop"}, lengths=(0.5, 0.6)), seconds=SECONDS)

    assert next(outcomes).clip.seconds == 0.5
    outcomes.close()
    assert not host.alive


def test_a_host_stays_for_the_next_order_and_keeps_its_adapters(host, notes):
    for _ in range(3):
        answers(host, order())

    assert notes.hosts == [host.pid] * 3
    assert host.alive


def test_stages_are_kept_on_our_side_and_found_again_by_the_next_host(start, host):
    store = MemoryStages()
    script = {"0.5": "die after a stage"}

    crash(host, order(script, stages=[store]))
    (reply,) = answers(start(), order(script, stages=[store]))

    (stage,) = store.all()
    assert (stage.name, stage.text, stage.seconds, stage.tags) == ("hear", "words", 1.25, {"language": "en"})
    assert reply.transcript == "remembered words"


def test_stages_may_be_asked_for_by_many_threads(host):
    store = MemoryStages()

    (reply,) = answers(host, order({"0.5": "many threads"}, stages=[store]))

    assert reply.transcript == ", ".join(f"words {number}" for number in range(8))
    assert len(store.all()) == 8


@pytest.mark.parametrize(
    ("what", "code", "says"),
    [
        ("raise", "adapter_crashed", "ValueError: a bug in the adapter"),
        ("end", "adapter_crashed", "The adapter gave None where a Reply or an AdapterError was due"),
        ("garbage", "adapter_crashed", "The adapter gave 'garbage' where"),
        ("exit", "adapter_crashed", "SystemExit: 3"),
        ("end the process", "adapter_exited", "status 3"),
        ("segfault", "adapter_killed_by_signal", "SIGSEGV"),
        ("be killed", "adapter_killed_by_signal", "SIGKILL"),
        ("eat memory", "adapter_out_of_memory", "more memory"),
        ("eat memory natively", "adapter_killed_by_signal", "SIGABRT"),
        ("say nonsense", "adapter_talked_nonsense", "protocol"),
        ("say too much", "adapter_talked_nonsense", "protocol"),
        ("hang up", "adapter_talked_nonsense", "protocol"),
    ],
)
def test_a_host_that_dies_leaves_what_it_answered_and_says_how(host, monkeypatch, what, code, says):
    monkeypatch.setattr("inference.host.process.GONE_SECONDS", 1.0)

    came, crashed = crash(host, order({"0.6": what}, lengths=(0.5, 0.6, 0.7)))

    assert [one.clip.seconds for one in came] == [0.5]
    assert crashed.code == code
    assert says in crashed.message
    assert not host.alive
    assert not psutil.pid_exists(host.pid)


@pytest.mark.parametrize("what", ["loop", "keep the lock", "freeze"])
def test_a_host_that_hangs_is_ended_at_its_deadline(host, what):
    came, crashed = crash(host, order({"0.6": what}, lengths=(0.5, 0.6)), seconds=1.5)

    assert len(came) == 1
    assert crashed.code == "adapter_hung"
    assert not psutil.pid_exists(host.pid)
    # Where it hung, for staff; a frozen process says nothing.
    assert ("tests/fakes/adapters.py" in crashed.detail) is (what != "freeze")


def test_staff_see_where_a_host_broke_down(start, host):
    _, raised = crash(host, order({"0.5": "raise"}))
    _, broke = crash(start(), order({"0.5": "segfault"}))

    assert 'raise ValueError("a bug in the adapter")' in raised.detail
    assert "Fatal Python error: Segmentation fault" in broke.detail
    assert "tests/fakes/adapters.py" in broke.detail


def test_only_the_end_of_much_that_a_host_says_is_kept(host):
    _, crashed = crash(host, order({"0.5": "write much"}))

    assert crashed.code == "adapter_exited"
    assert crashed.detail == ("much " * 100_000)[-8000:]


def test_the_callers_own_time_does_not_count(host):
    outcomes = host.respond(order(lengths=(0.5, 0.6)), seconds=1.5)
    next(outcomes)
    time.sleep(1.6)  # what is tested is the clock

    assert next(outcomes).clip.seconds == 0.6


def test_a_host_that_is_not_wanted_any_more_is_ended(host):
    since = time.monotonic()

    with pytest.raises(Abandoned):
        answers(host, order({"0.5": "loop"}), abandoned=lambda: time.monotonic() > since + 0.5)

    assert not psutil.pid_exists(host.pid)


def test_what_an_adapter_started_dies_with_its_host(host, notes):
    _, crashed = crash(host, order({"0.5": "start a child"}), seconds=1.5)

    assert crashed.code == "adapter_hung"
    (child,) = notes.children
    psutil.wait_procs([psutil.Process(child)] if psutil.pid_exists(child) else [], timeout=5)
    assert not psutil.pid_exists(child)


def test_a_host_yields_the_processor_to_the_arena(host):
    assert psutil.Process(host.pid).nice() == min(psutil.Process().nice() + NICENESS, 19)


def test_a_host_has_no_variable_but_those_it_is_given(start, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    monkeypatch.setenv("ARENA_SECRET_OPENAI", "a-key-of-ours")

    (reply,) = answers(start(HOME="/"), order({"0.5": "show the environment"}))

    assert set(reply.transcript.split()) <= {
        "FAKE_NOTES", "HOME", "LC_CTYPE", "MALLOC_ARENA_MAX", "PATH", "PYTHONPATH", "PYTHONUNBUFFERED"
    }  # fmt: skip


def test_secrets_are_lent_and_masked_in_all_that_comes_back(host):
    asked = order({"0.5": "tell the secret"}, secrets={"api": "hush-hush-1"}, needs=("api",))

    _, crashed = crash(host, asked)

    assert crashed.message == "The system's adapter crashed: ValueError: The key is [secret]"
    assert "hush-hush-1" not in crashed.detail
    assert "[secret]" in crashed.detail


def test_an_answer_that_is_far_too_long_fails_alone(start):
    first, second = answers(start(), order({"0.5": "far too long"}, lengths=(0.5, 0.6)))

    assert isinstance(first, PermanentError)
    assert first.code == "too_long"
    assert second.clip.seconds == 0.6


def test_a_host_outlives_the_thread_that_asked_for_it(start):
    made = []
    thread = threading.Thread(target=lambda: made.append(start()))
    thread.start()
    thread.join()

    assert answers(made[0], order())


STARTS = """
import sys, time
from inference.host.process import Host
print(Host(variables={}).pid, flush=True)
time.sleep(600)
"""


def test_a_host_dies_with_the_process_that_started_it(tmp_path):
    parent = psutil.Popen([sys.executable, "-c", STARTS], stdout=-1, text=True)
    host = psutil.Process(int(parent.stdout.readline()))

    parent.kill()
    parent.wait()
    parent.stdout.close()

    _, alive = psutil.wait_procs([host], timeout=10)
    assert alive == []
