"""The sweeper."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from inference.models import Attempt, Job
from inference.services import sweep
from tests import factories


@pytest.fixture
def expire():
    """Let every lease run out."""

    def expired(**of):
        return Job.objects.filter(state="running", **of).update(
            lease_expires_at=timezone.now() - timedelta(seconds=1)
        )

    return expired


def test_a_lost_lease_puts_its_job_back_as_a_crash(db, take, rng, expire):
    job = factories.job(factories.system(), factories.prompt())
    take()
    expire()

    assert sweep.lost_leases(rng=rng) == 1

    job.refresh_from_db()
    attempt = Attempt.objects.get()
    assert (job.state, job.crashes, job.errors, job.lease_token) == ("queued", 1, 0, None)
    assert job.not_before > attempt.ended_at
    assert (attempt.outcome, attempt.code) == ("lost", "lease_ran_out")


def test_a_lease_that_still_runs_is_left(db, take, rng):
    factories.job(factories.system(), factories.prompt())
    take()

    assert sweep.lost_leases(rng=rng) == 0
    assert Job.objects.get().state == "running"


def test_a_job_that_is_lost_three_times_fails(db, take, rng, expire):
    factories.job(factories.system(), factories.prompt())

    states = []
    for _ in range(3):
        Job.objects.update(not_before=timezone.now())
        take()
        expire()
        sweep.lost_leases(rng=rng)
        states.append(Job.objects.get().state)

    assert states == ["queued", "queued", "failed"]
    assert list(Attempt.objects.values_list("outcome", flat=True)) == ["lost"] * 3


def test_a_lost_batch_is_tried_one_by_one(db, take, rng, expire):
    system = factories.system(adapter="scripted", config={"batch_size": 3})
    for _ in range(3):
        factories.job(system, factories.prompt())
    take()
    expire()
    sweep.lost_leases(rng=rng)
    Job.objects.update(not_before=timezone.now())

    sizes = [len(claim.leases) for claim in iter(take, None)]

    assert sizes == [1, 1, 1]


def test_two_sweepers_count_a_lost_lease_once(committed_db, take, rng, expire):
    system = factories.system()
    for _ in range(6):
        factories.job(system, factories.prompt())
        take()
    expire()
    start = threading.Barrier(3)

    def pass_once():
        start.wait()
        sweep.lost_leases(rng=rng)
        connection.close()

    threads = [threading.Thread(target=pass_once) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(Job.objects.values_list("state", "crashes")) == {("queued", 1)}


def test_ring_again_rings_once_on_each_queue_that_has_work_each_time(db, bell):
    light, heavy = factories.system(), factories.system(adapter="scripted", config={"runs_on": "gpu"})
    for system in (light, light, factories.system(), heavy):
        factories.job(system, factories.prompt())

    assert (sweep.ring_again(), sweep.ring_again()) == (2, 2)

    assert (bell.waiting("api"), bell.waiting("gpu")) == (2, 2)


def test_ring_again_leaves_alone_what_needs_no_bell(db, bell, take):
    now = timezone.now()
    factories.job(factories.system(), factories.prompt())
    take()
    paused = factories.system(paused_at=now, pause_code="moderator")
    retired = factories.system(state="retired", retired_at=now, retire_reason="old")
    pulled = factories.system(delivery="pulled")
    factories.job(factories.system(), factories.prompt(), not_before=now + timedelta(minutes=1))
    for system in (paused, retired, pulled):
        factories.job(system, factories.prompt())
    factories.job(factories.system(), factories.prompt(), state="done")

    assert sweep.ring_again() == 0
    assert bell.waiting("api") == 0


def test_ring_again_bears_a_broker_that_is_down(db, no_broker):
    factories.job(factories.system(), factories.prompt())

    assert sweep.ring_again() == 1


def test_the_sites_own_chores_bear_an_empty_site(committed_db, settings):
    chores = sweep.Sweeper(settings.SWEEPER_CHORES, stop=threading.Event()).chores

    done = {name: chore() for name, (chore, _) in chores.items()}

    assert done["inference.services.sweep.lost_leases"] == 0
    assert done["inference.services.sweep.ring_again"] == 0


def test_a_lost_lease_that_cannot_be_taken_back_holds_up_no_other(db, take, rng, expire):
    system = factories.system()
    bad, good = (factories.job(system, factories.prompt()) for _ in range(2))
    take(), take()
    expire()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'broken row' USING ERRCODE = 'check_violation'; END $$;"
            "CREATE TRIGGER refuse BEFORE UPDATE ON inference_job FOR EACH ROW "
            f"WHEN (OLD.id = {bad.pk}) EXECUTE FUNCTION refuse()"
        )

    assert sweep.lost_leases(rng=rng) == 1

    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, good.state) == ("running", "queued")
