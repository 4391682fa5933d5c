"""How a try ends: answered, failed or given back, each by one conditional update on its token."""

import logging
import random
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from inference.adapters.base import Reply
from inference.audio.errors import AudioRefused, Code
from inference.audio.ingest import Ingested, ingest
from inference.models import Attempt, Job, Response
from inference.services import media
from inference.services.jobs import breaker
from inference.services.jobs.asking import still_wanted
from inference.services.jobs.leases import DatabaseClock, Lease, insist

logger = logging.getLogger(__name__)
MOST_ERRORS = 5
MOST_CRASHES = 3
LONGEST_DETAIL = 8_000
# The widths of the columns.
LONGEST_CODE = 60
LONGEST_STAGE = 40
# The answer may be fine: it was our own decoder that failed on it.
OUR_FAULT = {Code.DECODER_FAILED, Code.DECODER_TIMED_OUT, Code.DECODER_OUT_OF_MEMORY}


class Kind(StrEnum):
    """What follows from a failure: another try later, none, or a few more and each of them alone."""

    TRANSIENT = "transient"
    PERMANENT = "permanent"
    CRASH = "crash"


OUTCOMES = {
    Kind.TRANSIENT: Attempt.Outcome.TRANSIENT,
    Kind.PERMANENT: Attempt.Outcome.PERMANENT,
    Kind.CRASH: Attempt.Outcome.LOST,
}


@dataclass(frozen=True)
class Failure:
    """Why a try brought no answer.

    Attributes:
        kind: what follows.
        code: a stable slug for programs.
        message: one sentence for the system's owner.
        stage: which step failed; empty where there are none.
        detail: for staff, such as a traceback.
    """

    kind: Kind
    code: str
    message: str
    stage: str = ""
    detail: str = ""

    @classmethod
    def of(cls, refused: AudioRefused) -> "Failure":
        """Say what follows from a clip that was refused."""
        kind = Kind.TRANSIENT if refused.code in OUR_FAULT else Kind.PERMANENT
        return cls(kind=kind, code=refused.code, message=refused.message)


NO_AUDIO = Failure(kind=Kind.PERMANENT, code="no_audio", message="The system answered without any sound.")


def complete(lease: Lease, reply: Reply, *, rng: random.Random) -> Response | None:
    """Check an answer and store it as the job's response. Every way in ends here.

    Args:
        lease: of the job that was answered.
        reply: what the system said.
        rng: for the back-off, should the answer have to be asked for again.

    Returns:
        None if the answer was refused (its attempt says why) or came too late (its attempt is *fenced*).
    """
    if reply.clip.samples.size == 0:
        fail(lease, NO_AUDIO, rng=rng)
        return None
    try:
        raw = reply.clip.flac()
        taken = ingest(raw)
    except AudioRefused as refused:
        fail(lease, Failure.of(refused), rng=rng)
        return None
    # Bytes first: a file without a row is garbage that the sweeper finds, a row without its file cannot be.
    keys = media.write(raw), media.write(taken.playback.flac)
    response = insist(partial(_accept, lease, reply, taken=taken, keys=keys))
    if response is None:
        media.discard(*keys)
    else:
        logger.info(
            "job_done job=%s attempt=%s total_ms=%s", lease.job_id, lease.attempt_id, response.total_ms
        )
    return response


@transaction.atomic
def _accept(lease: Lease, reply: Reply, *, taken: Ingested, keys: tuple[str, str]) -> Response | None:
    if not _let_go(lease, state=Job.State.DONE, ended_at=DatabaseClock()):
        # A connection that broke during the commit left open whether this call did it before.
        if own := Response.objects.filter(job_id=lease.job_id, raw__storage_key=keys[0]).first():
            return own
        _fence(lease)
        return None
    raw = media.record_raw(keys[0], taken.raw)
    playback = media.record_playback(keys[1], taken.playback, made_from=raw)
    total_ms = round(1000 * reply.total_seconds)
    first = reply.first_audio_seconds
    first_audio_ms = None if first is None else round(1000 * first)
    _end(lease, outcome=Attempt.Outcome.DONE, first_audio_ms=first_audio_ms, total_ms=total_ms)
    return Response.objects.create(
        job_id=lease.job_id,
        system_id=lease.system_id,
        prompt_id=lease.prompt_id,
        replicate=lease.replicate,
        raw=raw,
        playback=playback,
        own_transcript=_fitting(reply.transcript or ""),
        first_audio_ms=first_audio_ms,
        total_ms=total_ms,
        seed=lease.seed,
        parameters=dict(reply.parameters),
        stop_reason=reply.stop_reason,
    )


def fail(lease: Lease, failure: Failure, *, rng: random.Random) -> bool:
    """Put a job back for a later try, or end it where that is pointless or was tried often enough.

    Args:
        lease: of the job.
        failure: what went wrong.
        rng: spreads the tries that follow, so that many jobs do not come back at once.

    Returns:
        False if the lease was lost before: then nothing but its attempt changes.
    """
    return insist(partial(_fail, lease, failure, pause=back_off(lease, rng=rng)))


def back_off(lease: Lease, *, rng: random.Random) -> timedelta:
    """Draw how long to wait: up to BACKOFF_SECONDS after one failure, and twice as long after each more."""
    return timedelta(seconds=rng.uniform(0, settings.BACKOFF_SECONDS * 2 ** (lease.errors + lease.crashes)))


@transaction.atomic
def _fail(lease: Lease, failure: Failure, *, pause: timedelta) -> bool:
    crash = failure.kind is Kind.CRASH
    counters: dict[str, Any] = {"crashes": F("crashes") + 1} if crash else {"errors": F("errors") + 1}
    dead = {
        Kind.PERMANENT: True,
        Kind.TRANSIENT: lease.errors + 1 >= MOST_ERRORS,
        Kind.CRASH: lease.crashes + 1 >= MOST_CRASHES,
    }[failure.kind]
    if dead:
        ours = _let_go(lease, state=Job.State.FAILED, ended_at=DatabaseClock(), **counters)
    else:
        ours = _put_back(lease, not_before=DatabaseClock() + pause, **counters)
    if not ours:
        _fence(lease)
        return False
    _end(
        lease,
        outcome=OUTCOMES[failure.kind],
        code=_fitting(failure.code)[:LONGEST_CODE],
        message=_fitting(failure.message),
        stage=_fitting(failure.stage)[:LONGEST_STAGE],
        detail=_fitting(failure.detail)[-LONGEST_DETAIL:],
    )
    logger.info("attempt_failed job=%s attempt=%s code=%s", lease.job_id, lease.attempt_id, failure.code)
    if dead:
        breaker.trip_if_failing(lease.system_id)
    return True


def release(lease: Lease) -> bool:
    """Give a job back untried, as a worker does that stops; nobody is blamed and it is due at once.

    Returns:
        False if the lease was lost before.
    """
    return insist(partial(_release, lease))


@transaction.atomic
def _release(lease: Lease) -> bool:
    if not _put_back(lease):
        _fence(lease)
        return False
    _end(lease, outcome=Attempt.Outcome.RELEASED)
    return True


def _fitting(text: str) -> str:
    """Drop what PostgreSQL's text cannot hold: other people's code may say anything."""
    return text.replace("\0", "").encode(errors="replace").decode()


def _put_back(lease: Lease, **changes: Any) -> bool:
    """Queue a job again if the lease is still this one; cancel it where no worker would ever take it."""
    if not _let_go(lease, state=Job.State.QUEUED, **changes):
        return False
    if not still_wanted(system_id=lease.system_id, prompt_id=lease.prompt_id):
        Job.objects.filter(pk=lease.job_id).update(state=Job.State.CANCELLED, ended_at=DatabaseClock())
        logger.info("job_cancelled job=%s", lease.job_id)
    return True


def _let_go(lease: Lease, **changes: Any) -> bool:
    """Change a job and drop its lease, if it is still this one."""
    ours = Job.objects.filter(pk=lease.job_id, lease_token=lease.token, state=Job.State.RUNNING)
    dropped = {"lease_token": None, "lease_expires_at": None, "hard_deadline_at": None}
    return ours.update(**dropped, **changes) == 1


def _end(lease: Lease, **changes: Any) -> None:
    Attempt.objects.filter(pk=lease.attempt_id).update(ended_at=DatabaseClock(), **changes)


def _fence(lease: Lease) -> None:
    """Note that a result came after its lease was lost; a try that ended in another way stays as it is."""
    late = Attempt.objects.filter(pk=lease.attempt_id).filter(
        Q(ended_at=None) | Q(outcome=Attempt.Outcome.LOST)
    )
    if late.update(ended_at=DatabaseClock(), outcome=Attempt.Outcome.FENCED):
        logger.warning("attempt_fenced job=%s attempt=%s", lease.job_id, lease.attempt_id)
