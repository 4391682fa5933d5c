"""A real worker: it comes by a bell, without one, and goes without losing anything."""

import pytest
from django.db import connection

from inference.models import Attempt, Job, WorkerPulse
from inference.services import jobs
from tests import factories

NEVER = "3600"


@pytest.fixture
def echo():
    return factories.system("echo")


def test_a_bell_wakes_a_worker_that_does_not_look_by_itself(rig, wait_until, echo):
    rig.start_worker(POLL_SECONDS=NEVER, RING_AGAIN_SECONDS=NEVER)
    wait_until("the worker looks for work once", WorkerPulse.objects.exists)

    jobs.request(systems=[echo], prompts=[factories.prompt(), factories.prompt()])

    wait_until("the worker has come", lambda: Job.objects.filter(state="done").count() == 2)


def test_a_worker_that_never_finds_a_broker_works(rig, wait_until, echo):
    rig.kill_redis()
    jobs.request(systems=[echo], prompts=[factories.prompt(), factories.prompt()])

    rig.start_worker()

    wait_until("all is answered", lambda: Job.objects.filter(state="done").count() == 2)


def test_the_sweeper_rings_for_what_was_never_rung_for(rig, wait_until, echo):
    rig.start_worker(POLL_SECONDS=NEVER)
    wait_until("the worker looks for work once", WorkerPulse.objects.exists)
    factories.job(echo, factories.prompt())

    rig.start_sweeper()

    wait_until("the worker has come", lambda: Job.objects.get().state == "done")


def test_a_worker_that_is_asked_to_stop_leaves_no_job_behind(rig, wait_until, echo):
    worker = rig.start_worker(slots=1)
    jobs.request(systems=[echo], prompts=[factories.prompt() for _ in range(60)])
    wait_until("the worker is at it", lambda: Job.objects.filter(state="done").count() >= 2)

    code = rig.stop(worker)

    states = set(Job.objects.values_list("state", "lease_token", "crashes", "errors"))
    assert code == 0
    assert states == {("done", None, 0, 0), ("queued", None, 0, 0)}
    assert set(Attempt.objects.values_list("outcome", flat=True)) <= {"done", "released"}


def test_a_second_sweeper_waits_until_the_first_is_gone(rig, wait_until):
    first, second = rig.start_sweeper(), rig.start_sweeper()
    wait_until("one leads", lambda: WorkerPulse.objects.filter(worker="sweeper").exists())
    wait_until("the other waits", lambda: len(leaders()) == 1 and second.poll() is None)
    (leader,) = leaders()

    rig.kill(first if first.pid == leader else second)

    wait_until("the other leads", lambda: leaders() and leaders() != [leader])


def leaders() -> list[int]:
    """The processes that hold the sweepers' lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted")
        return [pid for (pid,) in cursor.fetchall()]
