"""How workers take jobs: under a lease, a batch at a time, in turns, never two workers the same one."""

import logging
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from inference.models import Prompt, System
from inference.services import adapters, pulses
from inference.services.jobs.asking import RUNNABLE
from inference.services.jobs.leases import Lease

logger = logging.getLogger(__name__)
# Whose workers also take in what was made elsewhere and uploaded.
TAKES_IN = "api"


@dataclass(frozen=True)
class Claim:
    """What a worker took: up to a batch of one system's jobs, which share their seed."""

    system: System
    leases: list[Lease]


def claim(
    *,
    queues: Collection[str],
    worker: str,
    system_id: int | None = None,
    prefer_system_id: int | None = None,
) -> Claim | None:
    """Take up to a batch of due jobs of one system.

    The smallest priority goes first. Of the owners who have such jobs due, the one with the fewest batches
    running comes next, and then the one who was served the longest ago: however many jobs somebody queues,
    everybody else's turn comes after one batch of theirs. An owner is a team, or the site with all systems
    that have none; a team has at most OWNER_SLOTS batches running at once.

    Args:
        queues: whose systems this worker may run.
        worker: its name, in attempts and pulses.
        system_id: look at this system only; None: at all.
        prefer_system_id: of equal priority this one goes first, whoever's turn it is: its weights are loaded.
            Whoever asks for that has to stop after a while, or one owner keeps that worker for good.

    Returns:
        None if nothing is due that this worker may run, or their owners have enough running.
    """
    for system in _systems_in_turn(system_id, prefer=prefer_system_id):
        if not _runs_here(system, queues):
            continue
        try:
            with transaction.atomic():
                if leases := _take(system, worker=worker):
                    pulses.beat(worker, queues=queues, claimed=True)
                    return Claim(system=system, leases=leases)
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            # Somebody stands still in the middle of a claim: others need not.
            logger.warning("claim_blocked system=%s", system)
    pulses.beat(worker, queues=queues, claimed=False)
    return None


def _runs_here(system: System, queues: Collection[str]) -> bool:
    """Whether workers of these queues serve a system; those of `api` also take in what a team uploaded.

    The answers of an uploaded system without a submission come by a command, which takes them in itself.
    """
    queue = adapters.queue_of(system)
    uploaded = queue == System.Delivery.UPLOADED and TAKES_IN in queues
    return queue in queues or (uploaded and system.submissions.exists())


def claim_one(*, system: System, prompt: Prompt, worker: str) -> Lease | None:
    """Take one particular job, whosever turn it is: whoever asks has its answer already.

    Args:
        system: who was asked.
        prompt: for what.
        worker: a name for the attempt.

    Returns:
        None if that job is not queued.
    """
    values: dict[str, Any] = {
        "system": system.pk,
        "prompt": prompt.pk,
        "batch": uuid.uuid4(),
        "worker": worker,
        "token": None,
        "lease": settings.LEASE_SECONDS,
        "deadline": settings.DEADLINE_SECONDS,
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE_ONE, values)
        row = cursor.fetchone()
    return Lease(*row) if row else None


# Times in conditions are a statement's, the database's clock too, so that an index can answer them. A running
# job counts to the batch it was taken with; one that an older release took has none and counts alone.
IN_TURN = """
    WITH owner AS MATERIALIZED (
        SELECT model.team_id, coalesce(sum(batches.running), 0) AS running, max(turn.taken_at) AS served_at
        FROM inference_system AS system
        JOIN inference_model AS model ON model.id = system.model_id
        LEFT JOIN (
            SELECT system_id, count(DISTINCT coalesce(batch, lease_token)) AS running
            FROM inference_job WHERE state = 'running' GROUP BY system_id
        ) AS batches ON batches.system_id = system.id
        LEFT JOIN inference_turn AS turn ON turn.system_id = system.id
        GROUP BY model.team_id
    )
    SELECT system.*
    FROM inference_system AS system
    JOIN inference_model AS model ON model.id = system.model_id
    JOIN owner ON owner.team_id IS NOT DISTINCT FROM model.team_id
    CROSS JOIN LATERAL (
        SELECT id, priority FROM inference_job
        WHERE system_id = system.id AND state = 'queued' AND not_before <= statement_timestamp()
        ORDER BY priority, id LIMIT 1
    ) AS head
    WHERE system.state = ANY(%(runnable)s) AND system.paused_at IS NULL
        AND (%(only)s::bigint IS NULL OR system.id = %(only)s)
        AND (owner.team_id IS NULL OR owner.running < %(slots)s)
    ORDER BY head.priority, system.id = %(prefer)s DESC NULLS LAST, owner.running,
        owner.served_at NULLS FIRST, head.id
"""


def _systems_in_turn(only: int | None, *, prefer: int | None) -> Iterator[System]:
    values = {
        "only": only,
        "prefer": prefer,
        "runnable": [str(state) for state in RUNNABLE],
        "slots": settings.OWNER_SLOTS,
    }
    return System.objects.raw(IN_TURN, values).iterator()


# One due job of each system is enough to know.
WITH_WORK = """
    SELECT system.* FROM inference_system AS system
    CROSS JOIN LATERAL (
        SELECT FROM inference_job
        WHERE system_id = system.id AND state = 'queued' AND not_before <= statement_timestamp()
        ORDER BY priority, id LIMIT 1
    ) AS head
    WHERE system.paused_at IS NULL AND system.state = ANY(%(runnable)s)
"""


def queues_with_work() -> set[str]:
    """Return the queues on which some job is due that a worker may run."""
    values = {"runnable": [str(state) for state in RUNNABLE]}
    return {adapters.queue_of(system) for system in System.objects.raw(WITH_WORK, values)}


# A claim need not outlive a crash of the database: its jobs are then queued as before, and what its worker
# brings is refused. Waiting for the disk would be half of what a claim costs.
NOT_ON_THE_DISK_YET = "SET LOCAL synchronous_commit TO off"
# A claim holds its locks for milliseconds, unless its worker is frozen there.
NO_LONG_WAIT = "SET LOCAL lock_timeout TO '2s'"

# The lock makes those who claim for one owner take turns, so that each counts what the one before took: the
# count has to be a statement of its own, for one that waits still sees the table as it was before.
LOCK_OWNER = """
    SELECT team.id FROM inference_team AS team
    JOIN inference_model AS model ON model.team_id = team.id
    JOIN inference_system AS system ON system.model_id = model.id
    WHERE system.id = %s FOR NO KEY UPDATE OF team
"""
RUNNING_OF_OWNER = """
    SELECT count(DISTINCT coalesce(job.batch, job.lease_token)) FROM inference_job AS job
    JOIN inference_system AS system ON system.id = job.system_id
    JOIN inference_model AS model ON model.id = system.model_id
    WHERE job.state = 'running' AND model.team_id = %s
"""

# What makes a queued job a running one, and the row of its try.
LEASED = """
    state = 'running', attempts = attempts + 1, batch = %(batch)s, lease_token = gen_random_uuid(),
    lease_expires_at = clock_timestamp() + make_interval(secs => %(lease)s),
    hard_deadline_at = clock_timestamp() + make_interval(secs => %(deadline)s)
"""
BEGUN = """
    INSERT INTO inference_attempt
        (job_id, number, lease_token, worker, api_token_id, started_at, outcome, stage, code, message, detail)
    SELECT id, attempts, lease_token, %(worker)s, %(token)s::bigint, clock_timestamp(), '', '', '', '', ''
    FROM taken
    RETURNING id, job_id
"""
LEASES = """
    SELECT taken.lease_token, taken.id, begun.id, system_id, prompt_id, replicate, seed, errors, crashes,
        excused
    FROM taken JOIN begun ON begun.job_id = taken.id
    ORDER BY priority, taken.id
"""

# Rows that another worker is taking just now are passed over. A job that failed or crashed before is taken
# alone: a poisoned prompt must not spoil a second batch. Jobs of another replicate have another seed, and an
# adapter is given one for all: they wait. The system may have been paused since its turn was found.
TAKE = f"""
    WITH head AS MATERIALIZED (
        SELECT id, seed, errors + crashes AS blame FROM inference_job
        WHERE system_id = %(system)s AND state = 'queued' AND not_before <= statement_timestamp()
            AND EXISTS (
                SELECT FROM inference_system
                WHERE id = %(system)s AND paused_at IS NULL AND state = ANY(%(runnable)s)
            )
        ORDER BY priority, id LIMIT 1 FOR UPDATE SKIP LOCKED
    ), others AS MATERIALIZED (
        SELECT id, seed FROM inference_job
        WHERE system_id = %(system)s AND state = 'queued' AND not_before <= statement_timestamp()
            AND errors = 0 AND crashes = 0 AND id <> (SELECT id FROM head) AND (SELECT blame FROM head) = 0
        ORDER BY priority, id LIMIT %(limit)s - 1 FOR UPDATE SKIP LOCKED
    ), taken AS (
        UPDATE inference_job AS job SET {LEASED}
        FROM (
            SELECT id FROM head UNION ALL SELECT id FROM others WHERE seed = (SELECT seed FROM head)
        ) AS due
        WHERE job.id = due.id
        RETURNING job.*
    ), begun AS ({BEGUN}
    ), served AS (
        INSERT INTO inference_turn (system_id, taken_at)
        SELECT %(system)s, clock_timestamp() WHERE EXISTS (SELECT FROM taken)
        ON CONFLICT (system_id) DO UPDATE SET taken_at = excluded.taken_at
    )
    {LEASES}
"""  # noqa: S608 -- our own text
TAKE_ONE = f"""
    WITH taken AS (
        UPDATE inference_job SET {LEASED}
        WHERE system_id = %(system)s AND prompt_id = %(prompt)s AND replicate = 1 AND state = 'queued'
        RETURNING *
    ), begun AS ({BEGUN})
    {LEASES}
"""  # noqa: S608 -- our own text


def _take(system: System, *, worker: str) -> list[Lease]:
    """Lease a system's due jobs and begin their attempts, all in one statement, if its owner has room."""
    with connection.cursor() as cursor:
        cursor.execute(f"{NOT_ON_THE_DISK_YET}; {NO_LONG_WAIT}")
        cursor.execute(LOCK_OWNER, [system.pk])
        if owner := cursor.fetchone():
            cursor.execute(RUNNING_OF_OWNER, owner)
            if cursor.fetchone()[0] >= settings.OWNER_SLOTS:
                return []
    limit = adapters.batch_size_of(system)
    return take(
        system,
        limit=limit,
        worker=worker,
        lease_seconds=settings.LEASE_SECONDS,
        deadline_seconds=settings.DEADLINE_SECONDS + (limit - 1) * settings.CALL_SECONDS,
    )


def take(
    system: System,
    *,
    limit: int,
    worker: str,
    lease_seconds: float,
    deadline_seconds: float,
    token_id: int | None = None,
) -> list[Lease]:
    """Lease up to so many due jobs of a system, whosever turn it is, and begin their attempts.

    Args:
        system: whose.
        limit: how many at most.
        worker: a name for the attempts.
        lease_seconds: until they have to be heard of again.
        deadline_seconds: until they are lost, whatever is heard.
        token_id: the API's token of a team's own machine; None: the site's worker.
    """
    values: dict[str, Any] = {
        "system": system.pk,
        "limit": limit,
        "runnable": [str(state) for state in RUNNABLE],
        "batch": uuid.uuid4(),
        "worker": worker,
        "token": token_id,
        "lease": lease_seconds,
        "deadline": deadline_seconds,
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE, values)
        return [Lease(*row) for row in cursor.fetchall()]
