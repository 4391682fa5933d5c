"""A real worker: it comes by a bell, without one, and goes without losing anything."""

import psycopg
import pytest
from django.db import connection

from inference.models import Attempt, Job, WorkerPulse
from inference.services import jobs
from inference.services.sweep import LEADER_LOCK
from tests import factories

NEVER = "3600"


@pytest.fixture
def echo():
    return factories.system("echo")


def test_a_bell_wakes_a_worker_that_does_not_look_by_itself(rig, wait_until, echo, patience):
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


def test_a_worker_frozen_in_a_transaction_holds_up_no_other(rig, wait_until, echo):
    jobs.request(systems=[echo], prompts=[factories.prompt()])
    with psycopg.connect(rig.environment["DATABASE_URL"]) as line:
        # Whoever claims has to wait here, in the middle of the claim.
        line.execute("LOCK TABLE inference_workerpulse IN EXCLUSIVE MODE")
        frozen = rig.start_worker(slots=1)
        wait_until("a claim has begun and waits", lambda: waiting_for_a_lock() == 1)
        rig.freeze(frozen)

    rig.start_worker(slots=1)
    rig.start_sweeper()

    wait_until("the other has done the job", lambda: Job.objects.get().state == "done")


def waiting_for_a_lock() -> int:
    """How many sessions on our database wait for one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0]


def test_a_second_sweeper_waits_until_the_first_is_gone(rig, wait_until):
    sweepers = {name: rig.start_sweeper(PGAPPNAME=name) for name in ("first", "second")}
    wait_until("one leads", lambda: len(leaders()) == 1)
    wait_until("the other is up too", lambda: sweepers_connected() == set(sweepers))
    (leader,) = leaders()

    rig.kill(sweepers.pop(leader))

    wait_until("the other leads", lambda: leaders() == list(sweepers))


def leaders() -> list[str]:
    """The names of those who hold the sweepers' lock on our database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE locktype = 'advisory' AND granted AND datname = current_database() "
            "AND (classid::bigint << 32 | objid::bigint) = %s",
            [LEADER_LOCK],
        )
        return [name for (name,) in cursor.fetchall()]


def sweepers_connected() -> set[str]:
    """The names of those who are connected to our database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT application_name FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name IN ('first', 'second')"
        )
        return {name for (name,) in cursor.fetchall()}
