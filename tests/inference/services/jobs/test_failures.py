"""Whose fault a failure is, and what follows from it."""

import random
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from inference.adapters.base import PermanentError, Reply, TransientError
from inference.audio.clip import Clip
from inference.audio.errors import AudioRefused, Code
from inference.models import Attempt, Job, System
from inference.services import jobs, moderation
from inference.services.jobs import Failure, Kind, Lease, failures
from tests import factories

BUSY = Failure(kind=Kind.TRANSIENT, code="busy", message="The line is busy.")
DISK_FULL = Failure(kind=Kind.TRANSIENT, code="storage_failed", message="The disk is full.")
CRASH = Failure(kind=Kind.CRASH, code="adapter_crashed", message="It crashed.")
LOST = Failure(kind=Kind.CRASH, code="lease_ran_out", message="The worker fell silent.")


def lease(**counted):
    """The lease of a job of which so much was counted before."""
    known = {"job_id": 1, "attempt_id": 1, "system_id": 1, "prompt_id": 1, "replicate": 1, "seed": 1}
    return Lease(token=uuid4(), **{**known, "errors": 0, "crashes": 0, "excused": 0, **counted})


@pytest.mark.parametrize(
    ("failure", "fault"),
    [
        (Failure.of_adapter(TransientError("Too many requests.", code="rate_limited")), "upstream"),
        (Failure.of_adapter(PermanentError("No such voice.", code="unknown_voice")), "submitter"),
        (Failure.of(AudioRefused("There is no sound in it.", Code.SILENT)), "submitter"),
        (Failure.of(AudioRefused("Decoding took too long.", Code.DECODER_TIMED_OUT)), "platform"),
        (Failure.of_prompt(AudioRefused("There is no sound in it.", Code.SILENT)), "platform"),
        (Failure(kind=Kind.CRASH, code="adapter_killed_by_signal", message="It died."), "submitter"),
        (DISK_FULL, "platform"),
        (LOST, "platform"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.code,
)
def test_a_failure_says_whose_move_is_next(db, take, rng, failure, fault):
    factories.job(factories.system(), factories.prompt())

    jobs.fail(take().leases[0], failure, rng=rng)

    assert Attempt.objects.get().fault == fault


@pytest.mark.parametrize(("errors", "crashes", "most"), [(0, 0, 10), (1, 0, 20), (2, 1, 80), (0, 2, 40)])
def test_back_off_is_spread_evenly_up_to_its_bound(settings, errors, crashes, most):
    settings.BACKOFF_SECONDS = 10
    held = lease(errors=errors, crashes=crashes)

    rests = [failures.back_off(held, BUSY, share=share).total_seconds() for share in (0, 0.25, 0.5, 1)]

    assert rests == [0, most / 4, most / 2, most]


@pytest.mark.parametrize(
    ("asked", "least"),
    [(30, 30), (0.5, 0.5), (900, 100), (-5, 0), (float("nan"), 0), (float("inf"), 0), (None, 0)],
)
def test_an_endpoint_is_left_alone_as_long_as_it_asks_within_bounds(settings, asked, least):
    settings.BACKOFF_SECONDS, settings.LONGEST_BACKOFF_SECONDS = 10, 100
    error = TransientError("Come back later.", code="rate_limited", retry_after_seconds=asked)

    rests = [
        failures.back_off(lease(), Failure.of_adapter(error), share=share).total_seconds() for share in (0, 1)
    ]

    assert rests == [least, least + 10]


def test_a_job_rests_as_long_as_its_endpoint_asked(db, take, rng):
    factories.job(factories.system(), factories.prompt())
    error = TransientError("Come back later.", code="rate_limited", retry_after_seconds=600)

    jobs.fail(take().leases[0], Failure.of_adapter(error), rng=rng)

    job, attempt = Job.objects.get(), Attempt.objects.get()
    assert timedelta(seconds=600) <= job.not_before - attempt.ended_at <= timedelta(seconds=611)


def test_no_back_off_is_longer_than_the_longest(settings):
    settings.BACKOFF_SECONDS, settings.LONGEST_BACKOFF_SECONDS = 10, 100

    rest = failures.back_off(lease(errors=4, crashes=2, excused=19), DISK_FULL, share=1)

    assert rest == timedelta(seconds=100)


def test_the_sites_own_trouble_is_no_error_of_the_job(db, take, rng):
    factories.job(factories.system(), factories.prompt())
    most = failures.MOST_OWN_FAULTS

    states = []
    for _ in range(most):
        Job.objects.update(not_before=timezone.now())
        jobs.fail(take().leases[0], DISK_FULL, rng=rng)
        states.append(Job.objects.get().state)

    assert states == ["queued"] * (most - 1) + ["failed"]
    assert Job.objects.get().errors == 0


def test_the_sites_own_trouble_takes_no_try_from_what_else_goes_wrong(db, take, rng):
    factories.job(factories.system(), factories.prompt())

    for failure in [DISK_FULL, BUSY] * (jobs.MOST_ERRORS - 1):
        Job.objects.update(not_before=timezone.now())
        jobs.fail(take().leases[0], failure, rng=rng)

    job = Job.objects.get()
    assert (job.state, job.errors) == ("queued", jobs.MOST_ERRORS - 1)


def test_lost_leases_end_a_job_but_never_pause_its_system(db, take):
    system = factories.system()
    for _ in range(6):
        factories.job(system, factories.prompt(), crashes=jobs.MOST_CRASHES - 1)

    for _ in range(6):
        jobs.fail(take().leases[0], LOST, rng=random.Random(1))

    assert set(Job.objects.values_list("state", flat=True)) == {"failed"}
    assert System.objects.get().paused_at is None


def test_a_poisoned_prompt_is_the_only_one_of_its_batch_that_fails(db, take, rng):
    system = factories.system(adapter="scripted", config={"batch_size": 8})
    poison, *healthy = [factories.job(system, factories.prompt()) for _ in range(8)]
    answer = Reply(clip=Clip(samples=factories.tone(), rate=24_000), total_seconds=1.0)

    while claim := take():
        spoilt = poison.pk in {lease.job_id for lease in claim.leases}
        for lease in claim.leases:
            if spoilt:
                jobs.fail(lease, CRASH, rng=rng)
            else:
                jobs.complete(lease, answer, rng=rng)
        Job.objects.filter(state="queued").update(not_before=timezone.now())

    ended = set(Job.objects.filter(pk__in=[job.pk for job in healthy]).values_list("state", "crashes"))
    assert ended == {("done", 1)}
    poison.refresh_from_db()
    assert (poison.state, poison.crashes) == ("failed", jobs.MOST_CRASHES)


def test_a_job_that_failed_by_the_sites_trouble_has_all_its_tries_again_after_a_retry(db, take, rng):
    job = factories.job(factories.system(), factories.prompt())
    for _ in range(failures.MOST_OWN_FAULTS):
        Job.objects.update(not_before=timezone.now())
        jobs.fail(take().leases[0], DISK_FULL, rng=rng)
    moderation.retry(job, by=None, reason="The disk has room again.")

    jobs.fail(take().leases[0], DISK_FULL, rng=rng)

    assert Job.objects.get().state == "queued"
