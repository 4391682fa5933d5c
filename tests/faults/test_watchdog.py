"""R7: workers that live and do nothing are replaced; those who watch them leave none behind."""

import os
import signal

import psutil
import pytest

from inference.models import Attempt, Job, WorkerPulse
from inference.services import jobs
from tests import factories
from tests.fakes.adapters import PLUGIN

NEVER = "3600"
SOON = "3"


@pytest.fixture
def echo():
    return factories.system("echo")


def answered(system) -> int:
    return Job.objects.filter(system=system, state="done").count()


def slots(worker) -> dict[int, psutil.Process]:
    """The processes of a worker that have looked for work, by their ids."""
    looked = {int(name.rpartition("/")[2]) for name in WorkerPulse.objects.values_list("worker", flat=True)}
    family = psutil.Process(worker.pid).children(recursive=True)
    return {process.pid: process for process in family if process.pid in looked}


def test_a_worker_that_is_deaf_to_its_broker_and_never_looks_is_replaced(rig, wait_until, echo):
    worker = rig.start_worker(POLL_SECONDS=NEVER, WATCHDOG_SECONDS=SOON)
    wait_until("both slots have looked once", lambda: len(slots(worker)) == 2)
    deaf = set(slots(worker))
    rig.redis.process.send_signal(signal.SIGSTOP)

    jobs.request(systems=[echo], prompts=[factories.prompt() for _ in range(4)])

    wait_until("answers come again", lambda: answered(echo) == 4)
    assert not deaf & set(slots(worker))
    assert {int(name.rpartition("/")[2]) for name in Attempt.objects.values_list("worker", flat=True)} <= set(
        slots(worker)
    )
    rig.redis.process.send_signal(signal.SIGCONT)


def test_one_slot_that_is_frozen_is_replaced_while_the_other_works(rig, wait_until):
    slow = factories.system(adapter="scripted", config={"pause_seconds": 0.4})
    worker = rig.start_worker(WATCHDOG_SECONDS=SOON, PYTHONPATH=str(PLUGIN))
    wait_until("both slots have looked", lambda: len(slots(worker)) == 2)
    frozen, other = slots(worker).values()
    frozen.suspend()

    jobs.request(systems=[slow], prompts=[factories.prompt() for _ in range(25)])

    wait_until("the frozen one is gone", lambda: not frozen.is_running())
    wait_until("another has come", lambda: len(slots(worker)) == 2)
    wait_until("all is answered", lambda: answered(slow) == 25)
    assert other.is_running()
    assert set(Job.objects.values_list("crashes", flat=True)) == {0}


def test_a_worker_that_was_killed_comes_back_and_goes_with_the_one_who_watches(rig, wait_until, echo):
    watching = rig.start_worker()
    wait_until("the worker looks for work", lambda: slots(watching))
    (worker,) = psutil.Process(watching.pid).children()
    before = psutil.Process(watching.pid).children(recursive=True)
    worker.kill()
    psutil.wait_procs(before, timeout=20)
    jobs.request(systems=[echo], prompts=[factories.prompt()])
    wait_until("it has come back", lambda: answered(echo) == 1)
    family = psutil.Process(watching.pid).children(recursive=True)

    os.kill(watching.pid, signal.SIGKILL)

    watching.wait()
    rig.running.remove(watching)
    _, alive = psutil.wait_procs(family, timeout=20)
    assert [process for process in before if process.is_running()] == alive == []
    # The worker, its two slots, and the host that answered.
    assert len(family) >= 4
