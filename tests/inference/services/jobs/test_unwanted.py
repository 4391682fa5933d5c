"""Jobs that run while their system or prompt goes: they are not queued again."""

import random
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from inference.models import Attempt, Job
from inference.services import jobs, moderation, sweep
from inference.services.jobs import Failure, Kind
from tests import factories

BUSY = Failure(kind=Kind.TRANSIENT, code="busy", message="The line is busy.")
CRASH = Failure(kind=Kind.CRASH, code="adapter_crashed", message="It crashed.")


@pytest.fixture
def lease(take):
    """The lease of a job that a worker holds."""
    factories.job(factories.system(), factories.prompt())
    return take().leases[0]


def run_out(lease):
    """Let a lease run out and the sweeper see it."""
    Job.objects.filter(pk=lease.job_id).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    sweep.lost_leases(rng=random.Random(1))


BACK = {
    "fails": lambda lease: jobs.fail(lease, BUSY, rng=random.Random(1)),
    "crashes": lambda lease: jobs.fail(lease, CRASH, rng=random.Random(1)),
    "is released": jobs.release,
    "loses its lease": run_out,
}


@pytest.mark.parametrize("how", BACK)
def test_a_job_of_a_system_that_was_retired_meanwhile_is_not_queued_again(db, lease, how):
    moderation.retire(Job.objects.get().system, by=None, reason="Its maker asked for it.")

    BACK[how](lease)

    job, attempt = Job.objects.get(), Attempt.objects.get()
    assert (job.state, job.lease_token) == ("cancelled", None)
    assert job.ended_at is not None
    assert attempt.outcome in {"transient", "lost", "released"}


@pytest.mark.parametrize("how", BACK)
def test_a_job_of_a_prompt_that_was_withdrawn_meanwhile_is_not_queued_again(db, lease, how):
    moderation.withdraw(Job.objects.get().prompt, by=None, reason="A name is said.")

    BACK[how](lease)

    assert Job.objects.get().state == "cancelled"


def test_a_failing_job_and_the_end_of_its_system_take_turns(committed_db, take, eventually):
    system = factories.system()
    factories.job(system, factories.prompt())
    lease = take().leases[0]

    def fail():
        jobs.fail(lease, BUSY, rng=random.Random(1))
        connection.close()

    thread = threading.Thread(target=fail)
    with transaction.atomic():
        moderation.retire(system, by=None, reason="Its maker asked for it.")
        thread.start()
        eventually(somebody_waits_for_a_lock)
    thread.join()

    assert Job.objects.get().state == "cancelled"


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        # A transaction sees who is connected as it was when it first looked.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE datname = current_database() AND NOT granted"
        )
        return cursor.fetchone()[0] > 0
