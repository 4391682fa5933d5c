"""Requests that meet the end of a system or prompt, or each other."""

import random
import threading

import pytest
from django.db import connection, transaction

from inference.errors import Refused
from inference.models import Job, PromptSet
from inference.services import jobs, moderation
from tests import factories
from tests.inference.services.jobs.test_unwanted import somebody_waits_for_a_lock

ENDS = {
    "system": lambda system, prompt: moderation.retire(system, by=None, reason="Its maker asked for it."),
    "prompt": lambda system, prompt: moderation.withdraw(prompt, by=None, reason="A name is said."),
}


@pytest.fixture
def beside():
    """Run something in a thread of its own; joined, it holds what came of it: `beside(request).got`."""
    started = []

    class Beside(threading.Thread):
        def __init__(self, do) -> None:
            super().__init__()
            self.do = do
            self.got: object = None
            started.append(self)
            self.start()

        def run(self) -> None:
            try:
                self.got = self.do()
            except Exception as error:  # the test looks at it
                self.got = error
            finally:
                connection.close()

    yield Beside
    for thread in started:
        thread.join()


@pytest.mark.parametrize("ends", ENDS)
def test_a_request_that_meets_an_end_queues_nothing(committed_db, beside, eventually, ends):
    system, prompt = factories.system(), factories.prompt()

    with transaction.atomic():
        ENDS[ends](system, prompt)
        request = beside(lambda: jobs.request(systems=[system], prompts=[prompt]))
        eventually(lambda: somebody_waits_for_a_lock() or not request.is_alive())
    request.join()

    assert isinstance(request.got, Refused)
    assert request.got.code in {"system_not_runnable", "prompt_withdrawn"}
    assert not Job.objects.exists()


@pytest.mark.parametrize("ends", ENDS)
def test_an_end_that_meets_a_request_cancels_what_it_queued(committed_db, beside, eventually, ends):
    system, prompt = factories.system(), factories.prompt()

    with transaction.atomic():
        jobs.request(systems=[system], prompts=[prompt])
        end = beside(lambda: ENDS[ends](system, prompt))
        eventually(lambda: somebody_waits_for_a_lock() or not end.is_alive())
    end.join()

    assert not isinstance(end.got, Exception)
    assert Job.objects.get().state == "cancelled"


def test_requests_and_ends_at_once_never_wait_in_a_circle(committed_db, beside):
    systems = [factories.system() for _ in range(4)]
    sets = [factories.prompt_set() for _ in range(3)]
    prompts = [factories.prompt(within) for within in sets for _ in range(4)]
    start = threading.Barrier(10)

    def request(seed):
        rng = random.Random(seed)
        start.wait()
        return jobs.request(
            systems=rng.sample(systems[1:], 3), prompts=rng.sample(prompts[1:], 11), replicate=1 + seed % 2
        )

    threads = [beside(lambda seed=seed: request(seed)) for seed in range(8)]
    threads += [beside(lambda end=end: (start.wait(), end(systems[0], prompts[0]))) for end in ENDS.values()]
    for thread in threads:
        thread.join()

    assert [thread.got for thread in threads if isinstance(thread.got, Exception)] == []
    assert sum(thread.got for thread in threads[:8]) == Job.objects.count() == 2 * 3 * 11
    assert not PromptSet.objects.filter(frozen_at=None).exists()
