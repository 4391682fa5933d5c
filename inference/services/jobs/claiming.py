"""How workers take jobs: under a lease, a batch at a time, never two workers the same one."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery

from inference.models import Job, System
from inference.services import adapters, pulses
from inference.services.jobs.asking import RUNNABLE
from inference.services.jobs.leases import DatabaseClock, Lease


@dataclass(frozen=True)
class Claim:
    """What a worker took: up to a batch of one system's jobs, which share their seed."""

    system: System
    leases: list[Lease]


def claim(*, queues: Collection[str], worker: str, system_id: int | None = None) -> Claim | None:
    """Take up to a batch of due jobs of one system.

    Args:
        queues: whose systems this worker may run.
        worker: its name, in attempts and pulses.
        system_id: look at this system only; None: at all, the one whose job comes first before the others.

    Returns:
        None if nothing is due that this worker may run.
    """
    taken = None
    for system in _systems_with_due_jobs(system_id):
        if adapters.queue_of(system) in queues and (held := _take(system, worker=worker)):
            taken = Claim(system=system, leases=held)
            break
    pulses.beat(worker, queues=queues, claimed=taken is not None)
    return taken


def _systems_with_due_jobs(system_id: int | None) -> QuerySet[System]:
    due = Job.objects.filter(system=OuterRef("pk"), state=Job.State.QUEUED, not_before__lte=DatabaseClock())
    first = due.order_by("priority", "not_before", "id")
    systems = System.objects.filter(state__in=RUNNABLE, paused_at=None)
    if system_id is not None:
        systems = systems.filter(pk=system_id)
    return (
        systems.annotate(
            first_priority=Subquery(first.values("priority")[:1]),
            first_due=Subquery(first.values("not_before")[:1]),
        )
        .filter(first_priority__isnull=False)
        .order_by("first_priority", "first_due", "pk")
    )


# Rows that another worker is taking just now are passed over. A job that failed or crashed before is taken
# alone: a poisoned prompt must not spoil a second batch.
TAKE = """
    WITH head AS MATERIALIZED (
        SELECT id, errors + crashes AS blame FROM inference_job
        WHERE system_id = %(system)s AND state = 'queued' AND not_before <= clock_timestamp()
        ORDER BY priority, not_before, id LIMIT 1 FOR UPDATE SKIP LOCKED
    ), others AS MATERIALIZED (
        SELECT id FROM inference_job
        WHERE system_id = %(system)s AND state = 'queued' AND not_before <= clock_timestamp()
            AND errors = 0 AND crashes = 0 AND id <> (SELECT id FROM head) AND (SELECT blame FROM head) = 0
        ORDER BY priority, not_before, id LIMIT %(limit)s - 1 FOR UPDATE SKIP LOCKED
    ), taken AS (
        UPDATE inference_job AS job SET
            state = 'running', attempts = attempts + 1, lease_token = gen_random_uuid(),
            lease_expires_at = clock_timestamp() + make_interval(secs => %(lease)s),
            hard_deadline_at = clock_timestamp() + make_interval(secs => %(deadline)s)
        FROM (SELECT id FROM head UNION ALL SELECT id FROM others) AS due
        WHERE job.id = due.id
        RETURNING job.*
    ), begun AS (
        INSERT INTO inference_attempt
            (job_id, number, lease_token, worker, started_at, outcome, stage, code, message, detail)
        SELECT id, attempts, lease_token, %(worker)s, clock_timestamp(), '', '', '', '', '' FROM taken
        RETURNING id, job_id
    )
    SELECT taken.lease_token, taken.id, begun.id, system_id, prompt_id, replicate, seed, errors, crashes
    FROM taken JOIN begun ON begun.job_id = taken.id
    ORDER BY priority, not_before, taken.id
"""


def _take(system: System, *, worker: str) -> list[Lease]:
    """Lease a system's due jobs and begin their attempts, all in one statement."""
    limit = adapters.batch_size_of(system)
    values: dict[str, Any] = {
        "system": system.pk,
        "limit": limit,
        "worker": worker,
        "lease": settings.LEASE_SECONDS,
        "deadline": settings.DEADLINE_SECONDS + (limit - 1) * settings.CALL_SECONDS,
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE, values)
        return [Lease(*row) for row in cursor.fetchall()]
