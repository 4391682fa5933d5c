"""A team's own machines take its jobs over the API, under the same leases and fencing (api A34)."""

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from inference.audio.errors import AudioRefused
from inference.errors import Refused
from inference.models import ApiToken, Attempt, Job, Response, Submission, System
from inference.services.jobs.asking import RUNNABLE
from inference.services.jobs.claiming import take
from inference.services.jobs.ending import Recording, complete, fail, release
from inference.services.jobs.failures import Failure
from inference.services.jobs.leases import KEEP, Lease

LEASE_SECONDS = 120
DEADLINE_SECONDS = 600
MOST = 32


@dataclass(frozen=True)
class Taken:
    """A job in a machine's hands."""

    job: Job
    lease: Lease


def claim(submission: Submission, *, at_most: int, worker: str, token: ApiToken) -> list[Taken]:
    """Take up to so many due jobs of a submission whose model runs at its team's; empty: nothing is due."""
    system = submission.system
    waits = submission.state in {Submission.State.QUEUED, Submission.State.RUNNING}
    if (
        not waits
        or system.delivery != System.Delivery.PULLED
        or system.state not in RUNNABLE
        or system.paused_at
    ):
        return []
    with transaction.atomic():
        leases = take(
            system,
            limit=min(at_most, MOST),
            worker=worker,
            lease_seconds=LEASE_SECONDS,
            deadline_seconds=float(submission.limits.get("timeout_seconds") or DEADLINE_SECONDS),
            token_id=token.pk,
        )
    rows = Job.objects.select_related("prompt__language", "prompt__raw").in_bulk(
        [one.job_id for one in leases]
    )
    return [Taken(rows[lease.job_id], lease) for lease in leases]


def held(job: UUID, token: UUID, *, by: ApiToken) -> Lease:
    """Find the lease that a machine says it holds; whether it still counts, its end will say.

    Raises:
        Refused: `not_found`, for what is no job of the team's; `lease_lost`, for a token that never was.
    """
    row = Job.objects.filter(public_id=job, submission__team=by.team_id).first()
    if row is None:
        raise Refused("There is no such job of your team.", "not_found", status=404)
    attempt = row.attempt_set.filter(lease_token=token).first()
    if attempt is None:
        raise _lost()
    return Lease(
        token=token,
        job_id=row.pk,
        attempt_id=attempt.pk,
        system_id=row.system_id,
        prompt_id=row.prompt_id,
        replicate=row.replicate,
        seed=row.seed,
        errors=row.errors,
        crashes=row.crashes,
        excused=row.excused,
    )


def keep(lease: Lease) -> datetime:
    """Extend a lease, before its deadline only, and return when it ends now.

    Raises:
        Refused: `lease_lost`.
    """
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [LEASE_SECONDS, [lease.token]])
        if not cursor.fetchall():
            raise _lost()
    expires: datetime | None = Job.objects.values_list("lease_expires_at", flat=True).get(pk=lease.job_id)
    if expires is None:
        raise _lost()
    return expires


def answer(lease: Lease, recording: Recording, *, rng: random.Random) -> Response:
    """Let a machine's answer be the job's; the same one again is found as it is.

    Raises:
        Refused: `lease_lost`.
    """
    if there := _ended_with(lease, Attempt.Outcome.DONE):
        return there
    response = complete(lease, recording, rng=rng)
    if response is None:
        raise _lost()
    return response


def refuse(lease: Lease, refused: AudioRefused, *, rng: random.Random) -> None:
    """Let a job fail whose answer cannot be taken.

    Raises:
        Refused: `lease_lost`.
    """
    give_up(lease, Failure.of(refused), rng=rng)


def give_up(lease: Lease, failure: Failure, *, rng: random.Random) -> None:
    """Let a try fail; the same again changes nothing.

    Raises:
        Refused: `lease_lost`.
    """
    if not fail(lease, failure, rng=rng) and not _ended_as(
        lease, [Attempt.Outcome.TRANSIENT, Attempt.Outcome.PERMANENT]
    ):
        raise _lost()


def give_back(lease: Lease) -> None:
    """Give a job back untried; the same again changes nothing.

    Raises:
        Refused: `lease_lost`.
    """
    if not release(lease) and not _ended_as(lease, [Attempt.Outcome.RELEASED]):
        raise _lost()


def _ended_as(lease: Lease, outcomes: Collection[str]) -> bool:
    return Attempt.objects.filter(pk=lease.attempt_id, outcome__in=list(outcomes)).exists()


def _ended_with(lease: Lease, outcome: str) -> Response | None:
    if not _ended_as(lease, [outcome]):
        return None
    return Response.objects.filter(job=lease.job_id).exclude(state=Response.State.REJECTED).first()


def _lost() -> Refused:
    return Refused("This lease is not yours any more; drop the work.", "lease_lost", status=409)
