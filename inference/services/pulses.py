"""Signs of life: a slot is judged by when it last looked for work, never by its process."""

from collections.abc import Collection

from django.conf import settings
from django.db import connection

BEAT = """
    INSERT INTO inference_workerpulse (worker, queue, looked_at, claimed_at)
    VALUES (%(worker)s, %(queue)s, clock_timestamp(), CASE WHEN %(claimed)s THEN clock_timestamp() END)
    ON CONFLICT (worker) DO UPDATE SET queue = excluded.queue, looked_at = excluded.looked_at,
        claimed_at = coalesce(excluded.claimed_at, inference_workerpulse.claimed_at)
"""
# A lease is kept up to a job's hard deadline, whatever its worker has come to: being busy excuses no longer.
BUSY = """
    SELECT FROM inference_job AS job
    JOIN inference_attempt AS attempt ON attempt.lease_token = job.lease_token
    WHERE job.state = 'running' AND job.lease_expires_at > clock_timestamp() AND attempt.worker = pulse.worker
"""
MOVING = f"""
    SELECT worker FROM inference_workerpulse AS pulse WHERE worker = ANY(%(workers)s)
    AND (looked_at > clock_timestamp() - make_interval(secs => %(seconds)s) OR EXISTS ({BUSY}))
"""  # noqa: S608 -- our own text
FORGET = f"""
    DELETE FROM inference_workerpulse AS pulse
    WHERE looked_at < clock_timestamp() - make_interval(secs => %(seconds)s) AND NOT EXISTS ({BUSY})
"""  # noqa: S608 -- our own text
# A slot that dies leaves its pulse behind, which staff may want to see for a while.
KEPT_FOR_SILENCES = 10


def beat(worker: str, *, queues: Collection[str], claimed: bool = False) -> None:
    """Note that a slot looked for work, and whether it found some."""
    with connection.cursor() as cursor:
        cursor.execute(BEAT, {"worker": worker, "queue": ",".join(sorted(queues)), "claimed": claimed})


def moving(workers: Collection[str]) -> set[str]:
    """Return those that looked for work within WATCHDOG_SECONDS, or hold a lease that has not run out."""
    with connection.cursor() as cursor:
        cursor.execute(MOVING, {"workers": list(workers), "seconds": settings.WATCHDOG_SECONDS})
        return {worker for (worker,) in cursor.fetchall()}


def forget_dead() -> int:
    """Drop the pulses of slots that were replaced or stopped long ago; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, {"seconds": KEPT_FOR_SILENCES * settings.WATCHDOG_SECONDS})
        return int(cursor.rowcount)
