"""Leases and the heart that keeps them."""

import os
from datetime import timedelta

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from inference.models import Job
from inference.services.jobs.leases import Heartbeat, insist
from tests import factories


@pytest.fixture
def held(take):
    """The leases of a batch of three."""

    def claimed():
        system = factories.system(adapter="scripted", config={"batch_size": 3})
        for _ in range(3):
            factories.job(system, factories.prompt())
        return take().leases

    return claimed


def expiries() -> list:
    return list(Job.objects.order_by("pk").values_list("lease_expires_at", flat=True))


def test_a_beat_extends_every_lease(db, held):
    leases = held()
    before = expiries()

    Heartbeat(leases).beat()

    assert all(later > earlier for earlier, later in zip(before, expiries(), strict=True))


def test_a_beat_leaves_the_leases_of_jobs_that_ended(db, held):
    leases = held()
    before = expiries()
    heartbeat = Heartbeat(leases)
    heartbeat.forget(leases[1])

    heartbeat.beat()

    moved = [later > earlier for earlier, later in zip(before, expiries(), strict=True)]
    assert moved == [True, False, True]


def test_a_beat_finds_out_that_a_lease_was_lost(db, held):
    leases = held()
    heartbeat = Heartbeat(leases)
    Job.objects.filter(pk=leases[0].job_id).update(
        state="queued", lease_token=None, lease_expires_at=None, hard_deadline_at=None
    )

    heartbeat.beat()

    assert [heartbeat.holds(lease) for lease in leases] == [False, True, True]
    assert Job.objects.get(pk=leases[0].job_id).lease_expires_at is None


def test_no_beat_extends_a_lease_past_the_hard_deadline(db, held):
    leases = held()
    Job.objects.filter(pk=leases[2].job_id).update(hard_deadline_at=timezone.now() - timedelta(seconds=1))
    before = expiries()
    heartbeat = Heartbeat(leases)

    heartbeat.beat()

    assert expiries()[2] == before[2]
    assert not heartbeat.holds(leases[2])


def test_the_heart_beats_while_a_batch_is_worked_on_and_closes_its_connection(
    committed_db, held, settings, eventually
):
    settings.HEARTBEAT_SECONDS = 0.01
    leases = held()
    before, connections = expiries(), server_connections()

    with Heartbeat(leases).beating():
        eventually(lambda: all(later > first for first, later in zip(before, expiries(), strict=True)))

    eventually(lambda: server_connections() == connections)


def test_insist_tries_again_while_the_database_is_away(committed_db, settings):
    settings.LEASE_SECONDS = 60
    tries = []

    def write():
        tries.append(1)
        with connection.cursor() as cursor:
            if len(tries) == 1:
                # What a restart of the server does to every connection.
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            cursor.execute("SELECT 7")
            return cursor.fetchone()[0]

    assert insist(write) == 7
    assert len(tries) == 2


def test_insist_tries_again_where_a_transaction_was_given_up_on(committed_db, settings):
    """As the settings have it done to who freezes, or whose line is slow, in the middle of one."""
    settings.LEASE_SECONDS = 10
    tries = []

    def write() -> int:
        tries.append(1)
        if len(tries) == 1:
            given_up()
        return 7

    assert insist(write) == 7
    assert len(tries) == 2


def test_insist_calls_a_transaction_that_is_always_given_up_on_a_lost_line(committed_db, settings):
    settings.LEASE_SECONDS = 0

    with pytest.raises(OperationalError, match="idle-in-transaction"):
        insist(given_up)


@transaction.atomic
def given_up() -> None:
    """Begin a transaction, and say nothing until the server has ended it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '50ms'")
        cursor.execute("SELECT pg_backend_pid()")
        until_gone(cursor.fetchone()[0])
        cursor.execute("SELECT 7")


def until_gone(session: int) -> None:
    """Wait, on another line, until the server has ended a session."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as line:
        for _ in range(1000):
            if not line.execute("SELECT FROM pg_stat_activity WHERE pid = %s", [session]).rowcount:
                return
            line.execute("SELECT pg_sleep(0.01)")
    pytest.fail("the session was not ended")


def test_insist_gives_up_once_a_lease_would_have_run_out(committed_db, settings):
    settings.LEASE_SECONDS = 0

    def write():
        raise OperationalError("the server is gone")

    with pytest.raises(OperationalError):
        insist(write)


def test_insist_does_not_repeat_half_a_transaction(db):
    tries = []

    def write():
        tries.append(1)
        raise OperationalError("deadlock detected")

    with pytest.raises(OperationalError):
        insist(write)

    assert len(tries) == 1


def server_connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return cursor.fetchone()[0]
