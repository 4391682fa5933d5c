"""How workers take jobs."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from inference.models import Attempt, Job, Model, System, WorkerPulse
from inference.services import jobs
from inference.services.jobs import claiming
from tests import factories


def in_a_minute():
    return timezone.now() + timedelta(minutes=1)


def test_claim_leases_a_job_and_begins_its_attempt(db, settings, take):
    settings.LEASE_SECONDS, settings.DEADLINE_SECONDS = 60, 240
    job = factories.job(factories.system(), factories.prompt(), seed=77)

    claim = take()

    job.refresh_from_db()
    attempt = Attempt.objects.get()
    (lease,) = claim.leases
    assert claim.system == job.system
    assert (job.state, job.attempts, job.lease_token) == ("running", 1, lease.token)
    assert timedelta(seconds=55) < job.lease_expires_at - attempt.started_at < timedelta(seconds=65)
    assert timedelta(seconds=235) < job.hard_deadline_at - attempt.started_at < timedelta(seconds=245)
    assert (attempt.job, attempt.number, attempt.worker, attempt.outcome) == (job, 1, "test", "")
    assert (lease.job_id, lease.attempt_id, lease.prompt_id, lease.seed) == (
        job.pk,
        attempt.pk,
        job.prompt_id,
        77,
    )


def test_claim_takes_up_to_a_batch_of_one_system(db, take):
    batching = factories.system(adapter="scripted", config={"batch_size": 3})
    for _ in range(4):
        factories.job(batching, factories.prompt())
    factories.job(factories.system(), factories.prompt())

    sizes = [len(claim.leases) for claim in iter(take, None)]

    assert sorted(sizes) == [1, 1, 3]


def test_claim_gives_each_job_a_token_of_its_own(db, take):
    system = factories.system(adapter="scripted", config={"batch_size": 8})
    for _ in range(3):
        factories.job(system, factories.prompt())

    claim = take()

    assert len({lease.token for lease in claim.leases}) == 3


def test_claim_gives_a_batch_a_deadline_for_its_size(db, settings, take):
    settings.CALL_SECONDS, settings.DEADLINE_SECONDS = 100, 200
    system = factories.system(adapter="scripted", config={"batch_size": 4})
    job = factories.job(system, factories.prompt())

    take()

    job.refresh_from_db()
    attempt = Attempt.objects.get()
    assert timedelta(seconds=495) < job.hard_deadline_at - attempt.started_at < timedelta(seconds=505)


def test_claim_takes_the_smallest_priority_and_then_what_was_asked_first(db, take):
    system = factories.system()
    late = factories.job(system, factories.prompt(), priority=5)
    first = factories.job(system, factories.prompt(), priority=1)
    second = factories.job(
        system, factories.prompt(), priority=1, not_before=timezone.now() - timedelta(hours=1)
    )

    order = [claim.leases[0].job_id for claim in iter(take, None)]

    assert order == [first.pk, second.pk, late.pk]


def test_claim_takes_jobs_of_one_seed_together(db, take):
    system = factories.system(adapter="scripted", config={"batch_size": 8})
    one, two, other, three = [factories.job(system, factories.prompt(), seed=seed) for seed in (1, 1, 2, 1)]

    batches = [[lease.job_id for lease in claim.leases] for claim in iter(take, None)]

    assert batches == [[one.pk, two.pk, three.pk], [other.pk]]


def test_claim_looks_at_the_most_urgent_system_first(db, take):
    factories.job(factories.system(), factories.prompt(), priority=3)
    urgent = factories.job(factories.system(), factories.prompt(), priority=-1)

    assert take().system == urgent.system


def test_claim_keeps_to_one_system_where_it_is_told_to(db, take):
    other = factories.job(factories.system(), factories.prompt())
    factories.job(factories.system(), factories.prompt(), priority=-9)

    assert take(other.system).leases[0].job_id == other.pk
    assert take(other.system) is None


def test_claim_leaves_what_is_not_due(db, take):
    factories.job(factories.system(), factories.prompt(), not_before=in_a_minute())

    assert take() is None


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "retired", "retired_at": timezone.now(), "retire_reason": "old"},
        {"paused_at": timezone.now(), "pause_code": "moderator"},
    ],
    ids=["retired", "paused"],
)
def test_claim_passes_over_a_system_that_is_not_to_run(db, take, fields):
    factories.job(factories.system(**fields), factories.prompt())
    runs = factories.job(factories.system(state="private"), factories.prompt())

    assert take().leases[0].job_id == runs.pk
    assert take() is None


def test_claim_takes_only_what_its_queues_run(db, take):
    heavy = factories.job(factories.system(adapter="scripted", config={"runs_on": "gpu"}), factories.prompt())

    assert take(queues=["api"]) is None
    assert take(queues=["gpu"]).leases[0].job_id == heavy.pk


def test_claim_takes_a_system_that_cannot_be_loaded_so_that_it_fails_and_says_why(db, take):
    job = factories.job(factories.system(adapter="no-such-thing"), factories.prompt())

    assert take(queues=["gpu"]) is None
    assert take(queues=["api"]).leases[0].job_id == job.pk


@pytest.mark.parametrize("blame", ["errors", "crashes"])
def test_claim_takes_a_job_alone_that_failed_before(db, take, blame):
    system = factories.system(adapter="scripted", config={"batch_size": 8})
    suspect = factories.job(system, factories.prompt(), **{blame: 1})
    clean = [factories.job(system, factories.prompt()) for _ in range(2)]

    batches = [[lease.job_id for lease in claim.leases] for claim in iter(take, None)]

    assert sorted(batches) == [[suspect.pk], [job.pk for job in clean]]


def test_claim_notes_each_look_for_work(db, take):
    take(worker="one", queues=["gpu", "api"])
    nothing = WorkerPulse.objects.get()
    factories.job(factories.system(), factories.prompt())
    take(worker="one", queues=["gpu", "api"])
    something = WorkerPulse.objects.get()
    take(worker="one", queues=["gpu", "api"])
    nothing_again = WorkerPulse.objects.get()

    assert (nothing.worker, nothing.queue, nothing.claimed_at) == ("one", "api,gpu", None)
    assert something.claimed_at >= something.looked_at > nothing.looked_at
    assert nothing_again.claimed_at == something.claimed_at
    assert nothing_again.looked_at > something.looked_at


def test_forty_claimers_never_share_a_job(committed_db, take):
    system, prompt = factories.system(adapter="scripted", config={"batch_size": 3}), factories.prompt()
    for replicate in range(1, 301):
        factories.job(system, prompt, replicate=replicate)
    taken, start = [], threading.Barrier(40)

    def work(name):
        start.wait()
        while claim := take(worker=name):
            taken.extend(lease.job_id for lease in claim.leases)
        connection.close()

    threads = [threading.Thread(target=work, args=(f"worker {number}",)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == sorted(Job.objects.values_list("pk", flat=True))
    assert set(Job.objects.values_list("state", "attempts")) == {("running", 1)}


def test_an_unknown_system_has_nothing_to_claim(db):
    assert jobs.claim(queues=["api"], worker="test", system_id=0) is None


@pytest.mark.parametrize(
    ("system", "job", "queues"),
    [
        ({}, {}, {"api"}),
        ({}, {"state": "done"}, set()),
        ({}, {"not_before": "2999-01-01T00:00:00Z"}, set()),
        ({"paused_at": "2026-01-01T00:00:00Z", "pause_code": "x"}, {}, set()),
        ({"state": "draft"}, {}, set()),
        ({"adapter": "scripted", "config": {"runs_on": "gpu"}}, {}, {"gpu"}),
    ],
    ids=["due", "done", "later", "paused", "draft", "elsewhere"],
)
def test_queues_have_work_where_a_job_is_due_that_workers_may_run(db, system, job, queues):
    factories.job(factories.system(**system), factories.prompt(), **job)

    assert jobs.queues_with_work() == queues


@pytest.mark.parametrize(
    "change", [{"paused_at": "2026-01-01T00:00:00Z", "pause_code": "x"}, {"state": "draft"}]
)
def test_a_system_that_was_paused_since_its_turn_was_found_gives_no_job(db, change):
    system = factories.system()
    factories.job(system, factories.prompt())
    (found,) = claiming._systems_in_turn(None, prefer=None)
    System.objects.filter(pk=system.pk).update(**change)

    assert claiming._take(found, worker="test") == []
    assert Job.objects.get().state == "queued"


def test_a_worker_that_is_frozen_in_its_claim_holds_up_its_owner_alone(committed_db, take):
    blocked, free = factories.system(), factories.system()
    Model.objects.filter(pk=blocked.model_id).update(team=factories.team())
    for system in (blocked, free):
        factories.job(system, factories.prompt())
    there, go = threading.Barrier(2), threading.Event()

    def freeze():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(claiming.LOCK_OWNER, [blocked.pk])
            there.wait()
            go.wait(50)
        connection.close()

    frozen = threading.Thread(target=freeze)
    frozen.start()
    there.wait()

    meanwhile, none = take(), take()
    go.set()
    frozen.join()

    assert (meanwhile.system, none) == (free, None)
    assert take().system == blocked
