"""How a try ends: answered, failed or given back, each by one conditional update on its token."""

import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from inference.adapters.base import Reply
from inference.audio.errors import AudioRefused
from inference.audio.ingest import Ingested, ingest
from inference.models import Attempt, Job, Response
from inference.services import audit, identity, media
from inference.services.jobs import breaker
from inference.services.jobs.asking import still_wanted
from inference.services.jobs.failures import LEASE_RAN_OUT, Failure, Kind, back_off, is_last
from inference.services.jobs.leases import DatabaseClock, Lease, insist

logger = logging.getLogger(__name__)
LONGEST_DETAIL = 8_000
# The widths of the columns.
LONGEST_CODE = 60
LONGEST_STAGE = 40

OUTCOMES = {
    Kind.TRANSIENT: Attempt.Outcome.TRANSIENT,
    Kind.PERMANENT: Attempt.Outcome.PERMANENT,
    Kind.CRASH: Attempt.Outcome.LOST,
}
NO_AUDIO = Failure(kind=Kind.PERMANENT, code="no_audio", message="The system answered without any sound.")


@dataclass(frozen=True, kw_only=True)
class Recording:
    """An answer as a file that was looked at and can be stored.

    Attributes:
        file: its bytes.
        taken: what `ingest` made of them.
        total_seconds: how long the answer took; None: nobody knows.
        seed: what the system drew from; None: nobody knows.
        transcript, first_audio_seconds, parameters: as in a `Reply`.
        stop_reason: as in a `Reply`; empty where it is not known.
    """

    file: bytes
    taken: Ingested
    total_seconds: float | None = None
    seed: int | None = None
    transcript: str | None = None
    first_audio_seconds: float | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)
    stop_reason: str = ""


def complete(lease: Lease, reply: Reply | Recording, *, rng: random.Random) -> Response | None:
    """Check an answer and store it as the job's response. Every way in ends here.

    Args:
        lease: of the job that was answered.
        reply: what the system said, or the file of it where it was made elsewhere.
        rng: for the back-off, should the answer have to be asked for again.

    Returns:
        None if the answer was refused (its attempt says why) or came too late (its attempt is *fenced*).
    """
    if isinstance(reply, Reply):
        if reply.clip.samples.size == 0:
            fail(lease, NO_AUDIO, rng=rng)
            return None
        try:
            reply = _recorded(reply, seed=lease.seed)
        except AudioRefused as refused:
            fail(lease, Failure.of(refused), rng=rng)
            return None
    # Bytes first: a file without a row is garbage that the sweeper finds, a row without its file cannot be.
    keys = media.write(reply.file), media.write(reply.taken.playback.flac)
    response = insist(partial(_accept, lease, reply, keys=keys))
    if response is None:
        media.discard(*keys)
    else:
        logger.info(
            "job_done job=%s attempt=%s total_ms=%s", lease.job_id, lease.attempt_id, response.total_ms
        )
    return response


def _recorded(reply: Reply, *, seed: int) -> Recording:
    """Look at an answer.

    Raises:
        AudioRefused: why it is not taken.
    """
    file = reply.clip.flac()
    return Recording(
        file=file,
        taken=ingest(file),
        total_seconds=reply.total_seconds,
        seed=seed,
        transcript=reply.transcript,
        first_audio_seconds=reply.first_audio_seconds,
        parameters=reply.parameters,
        stop_reason=reply.stop_reason,
    )


@transaction.atomic
def _accept(lease: Lease, answer: Recording, *, keys: tuple[str, str]) -> Response | None:
    times = {
        "first_audio_ms": _milliseconds(answer.first_audio_seconds),
        "total_ms": _milliseconds(answer.total_seconds),
    }
    if not _end(lease, state=Job.State.DONE, attempt={"outcome": Attempt.Outcome.DONE, **times}):
        # A connection that broke during the commit left open whether this call did it before.
        if own := Response.objects.filter(job_id=lease.job_id, raw__storage_key=keys[0]).first():
            return own
        _fence(lease)
        return None
    raw = media.record_raw(keys[0], answer.taken.raw)
    playback = media.record_playback(keys[1], answer.taken.playback, made_from=raw)
    transcript = _fitting(answer.transcript or "")
    state, code, found = identity.state_of(transcript, prompt=lease.prompt_id)
    response = Response.objects.create(
        job_id=lease.job_id,
        system_id=lease.system_id,
        prompt_id=lease.prompt_id,
        replicate=lease.replicate,
        raw=raw,
        playback=playback,
        own_transcript=transcript,
        seed=answer.seed,
        parameters=dict(answer.parameters),
        stop_reason=answer.stop_reason,
        state=state,
        state_code=code,
        **times,
    )
    if found:
        identity.note(response, found)
    return response


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(1000 * seconds)


def fail(lease: Lease, failure: Failure, *, rng: random.Random) -> bool:
    """Put a job back for a later try, or end it where that is pointless or was tried often enough.

    Args:
        lease: of the job.
        failure: what went wrong.
        rng: spreads the tries that follow, so that many jobs do not come back at once.

    Returns:
        False if the lease was lost before: then nothing but its attempt changes.
    """
    return insist(partial(_fail, lease, failure, share=rng.random()))


@transaction.atomic
def _fail(lease: Lease, failure: Failure, *, share: float) -> bool:
    last = is_last(lease, failure)
    ours = _end(
        lease,
        state=Job.State.FAILED if last else Job.State.QUEUED,
        pause=back_off(lease, failure, share=share).total_seconds(),
        counted=_counted(failure),
        attempt={
            "outcome": OUTCOMES[failure.kind],
            "fault": failure.fault,
            "code": _fitting(failure.code)[:LONGEST_CODE],
            "message": _fitting(failure.message),
            "stage": _fitting(failure.stage)[:LONGEST_STAGE],
            "detail": _fitting(failure.detail)[-LONGEST_DETAIL:],
        },
    )
    if not ours:
        _fence(lease)
        return False
    logger.info("attempt_failed job=%s attempt=%s code=%s", lease.job_id, lease.attempt_id, failure.code)
    if last:
        breaker.trip_if_failing(lease.system_id)
    else:
        _cancel_if_unwanted(lease)
    return True


def _counted(failure: Failure) -> str:
    """Name the job's column that counts such tries."""
    if failure.kind is Kind.CRASH:
        return "crashes"
    return "excused" if failure.is_excused else "errors"


def release(lease: Lease) -> bool:
    """Give a job back untried, as a worker does that stops; nobody is blamed and it is due at once.

    Returns:
        False if the lease was lost before.
    """
    return insist(partial(_release, lease))


@transaction.atomic
def _release(lease: Lease) -> bool:
    if not _end(lease, state=Job.State.QUEUED, attempt={"outcome": Attempt.Outcome.RELEASED}):
        _fence(lease)
        return False
    _cancel_if_unwanted(lease)
    return True


def _fitting(text: str) -> str:
    """Drop what PostgreSQL's text cannot hold: other people's code may say anything."""
    return text.replace("\0", "").encode(errors="replace").decode()


# All that ends a try: the job loses its lease if that is still this one, and only then does the attempt end.
END = """
    WITH ours AS (
        UPDATE inference_job SET
            state = %(state)s, lease_token = NULL, lease_expires_at = NULL, hard_deadline_at = NULL,
            errors = errors + (%(counted)s = 'errors')::integer,
            crashes = crashes + (%(counted)s = 'crashes')::integer,
            excused = excused + (%(counted)s = 'excused')::integer,
            not_before = CASE WHEN %(pause)s > 0
                THEN clock_timestamp() + make_interval(secs => %(pause)s) ELSE not_before END,
            ended_at = CASE WHEN %(state)s <> 'queued' THEN clock_timestamp() END
        WHERE id = %(job)s AND lease_token = %(token)s AND state = 'running'
        RETURNING id
    )
    UPDATE inference_attempt AS attempt SET
        ended_at = clock_timestamp(), outcome = %(outcome)s, fault = %(fault)s, code = %(code)s,
        message = %(message)s, stage = %(stage)s, detail = %(detail)s,
        first_audio_ms = %(first_audio_ms)s::integer, total_ms = %(total_ms)s::integer
    FROM ours WHERE attempt.job_id = ours.id AND attempt.id = %(attempt)s
"""
SILENT: dict[str, Any] = {"fault": "", "code": "", "message": "", "stage": "", "detail": ""}
UNTIMED: dict[str, Any] = {"first_audio_ms": None, "total_ms": None}


def _end(
    lease: Lease,
    *,
    state: Job.State,
    attempt: dict[str, Any],
    pause: float = 0.0,
    counted: str = "",
) -> bool:
    """End a try and what it was for, if the lease is still this one.

    Args:
        lease: of the job.
        state: what becomes of it.
        attempt: what is said of the try.
        pause: seconds until a queued job is due again; 0: when it was before.
        counted: the column of the job that has one more now; empty: none.
    """
    known: dict[str, Any] = {"job": lease.job_id, "token": lease.token, "attempt": lease.attempt_id}
    known |= {"state": state, "pause": pause, "counted": counted}
    with connection.cursor() as cursor:
        cursor.execute(END, {**SILENT, **UNTIMED, **attempt, **known})
        return bool(cursor.rowcount)


def _cancel_if_unwanted(lease: Lease) -> None:
    """Cancel a job that was queued again where no worker would ever take it."""
    if not still_wanted(system_id=lease.system_id, prompt_id=lease.prompt_id):
        Job.objects.filter(pk=lease.job_id).update(state=Job.State.CANCELLED, ended_at=DatabaseClock())
        audit.record(
            action="job.cancel",
            target=Job(pk=lease.job_id),
            reason="Its system does not run any more, or its prompt was withdrawn.",
            before={"state": Job.State.RUNNING},
            after={"state": Job.State.CANCELLED},
        )
        logger.info("job_cancelled job=%s", lease.job_id)


def _fence(lease: Lease) -> None:
    """Note that a result came after its lease was lost; a try that ended in another way stays as it is.

    So does one that this worker itself ended before, if only it had heard of it.
    """
    late = Attempt.objects.filter(pk=lease.attempt_id).filter(
        Q(ended_at=None) | Q(outcome=Attempt.Outcome.LOST, code=LEASE_RAN_OUT.code)
    )
    if late.update(ended_at=DatabaseClock(), outcome=Attempt.Outcome.FENCED):
        logger.warning("attempt_fenced job=%s attempt=%s", lease.job_id, lease.attempt_id)
