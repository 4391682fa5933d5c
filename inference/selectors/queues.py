"""What waits, runs and failed, by system, and how attempts ended lately: few statements, each by index."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from inference.models import System

RUNNABLE = (System.State.PRIVATE, System.State.CODENAMED, System.State.LIVE)

# The head of a queue is what has waited the longest, but for the few that rest after a failure.
QUEUES = """
    SELECT system.id, system.slug, system.state, system.delivery, system.paused_at, system.pause_code,
        team.name, coalesce(waiting.jobs, 0), coalesce(running.jobs, 0), coalesce(failed.jobs, 0),
        CASE WHEN system.paused_at IS NULL AND system.state = ANY(%(runnable)s) THEN
            extract(epoch FROM statement_timestamp() - head.not_before)::float END,
        turn.taken_at
    FROM inference_system AS system
    JOIN inference_model AS model ON model.id = system.model_id
    LEFT JOIN inference_team AS team ON team.id = model.team_id
    LEFT JOIN inference_turn AS turn ON turn.system_id = system.id
    LEFT JOIN (
        SELECT system_id, count(*) AS jobs FROM inference_job WHERE state = 'queued' GROUP BY system_id
    ) AS waiting ON waiting.system_id = system.id
    LEFT JOIN (
        SELECT system_id, count(*) AS jobs FROM inference_job WHERE state = 'running' GROUP BY system_id
    ) AS running ON running.system_id = system.id
    LEFT JOIN (
        SELECT system_id, count(*) AS jobs FROM inference_job WHERE state = 'failed' GROUP BY system_id
    ) AS failed ON failed.system_id = system.id
    LEFT JOIN LATERAL (
        SELECT not_before FROM inference_job
        WHERE system_id = system.id AND state = 'queued' AND not_before <= statement_timestamp()
        ORDER BY priority, id LIMIT 1
    ) AS head ON true
    WHERE %(only)s::bigint[] IS NULL OR system.id = ANY(%(only)s)
    ORDER BY system.slug
"""
EXPIRED = """
    SELECT count(*) FROM inference_job
    WHERE state = 'running' AND lease_expires_at < statement_timestamp() - make_interval(secs => %s)
"""
ENDED = """
    SELECT outcome, fault, count(*) FROM inference_attempt
    WHERE ended_at >= statement_timestamp() - make_interval(secs => %s) GROUP BY outcome, fault
"""
STEPS = """
    SELECT floor(extract(epoch FROM statement_timestamp() - ended_at) / %(step)s)::int AS ago, outcome,
        count(*)
    FROM inference_attempt
    WHERE ended_at >= statement_timestamp() - make_interval(secs => %(step)s * %(steps)s)
    GROUP BY ago, outcome
"""
WORKERS = """
    SELECT worker, queue, looked_at, claimed_at,
        extract(epoch FROM statement_timestamp() - looked_at)::float,
        (SELECT count(*) FROM inference_job AS job
         JOIN inference_attempt AS attempt ON attempt.lease_token = job.lease_token
         WHERE job.state = 'running' AND job.lease_expires_at > statement_timestamp()
             AND attempt.worker = pulse.worker)
    FROM inference_workerpulse AS pulse ORDER BY worker
"""


@dataclass(frozen=True)
class Queue:
    """One system's jobs.

    Attributes:
        oldest_due_seconds: how long the first that is due has waited; None where none is, or none may run.
        taken_at: when a worker last took some.
    """

    system_id: int
    slug: str
    state: str
    delivery: str
    paused_at: datetime | None
    pause_code: str
    team: str | None
    waiting: int
    running: int
    failed: int
    oldest_due_seconds: float | None
    taken_at: datetime | None

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to say of it."""
        return not (self.waiting or self.running or self.failed or self.paused_at)


@dataclass(frozen=True)
class Worker:
    """One slot, or the sweeper.

    Attributes:
        silent_seconds: since it last looked for work.
        holds: how many jobs it works on, whose leases have not run out.
    """

    name: str
    queue: str
    looked_at: datetime
    claimed_at: datetime | None
    silent_seconds: float
    holds: int

    @property
    def is_sweeper(self) -> bool:
        """Whether it is the sweeper and runs no jobs."""
        return self.queue == "sweeper"


def queues(systems: list[int] | None = None) -> list[Queue]:
    """Each system with its jobs; all systems, or those with these ids."""
    values = {"runnable": [str(state) for state in RUNNABLE], "only": systems}
    return [Queue(*row) for row in _rows(QUEUES, values)]


def expired(*, longer_than: float = 0.0) -> int:
    """How many running jobs hold a lease that ran out so many seconds ago."""
    return int(_rows(EXPIRED, [longer_than])[0][0])


def ended(within: timedelta) -> dict[tuple[str, str], int]:
    """How many attempts ended within that time, by outcome and fault."""
    return {(outcome, fault): count for outcome, fault, count in _rows(ENDED, [within.total_seconds()])}


def ended_by_step(*, step: timedelta, steps: int) -> list[Mapping[str, int]]:
    """How many attempts ended in each of the last steps, by outcome; the oldest step comes first."""
    counts: list[defaultdict[str, int]] = [defaultdict(int) for _ in range(steps)]
    for ago, outcome, count in _rows(STEPS, {"step": step.total_seconds(), "steps": steps}):
        # What ends while this is read lies in the newest step.
        counts[steps - 1 - min(max(ago, 0), steps - 1)][outcome] += count
    return list(counts)


def workers() -> list[Worker]:
    """All slots that looked for work lately, and the sweeper."""
    return [Worker(*row) for row in _rows(WORKERS)]


def _rows(statement: str, values: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
