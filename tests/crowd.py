"""A site after a busy year, in one go: 50 systems, 100,000 finished jobs, 10,000 queued and 100 running."""

from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from inference.models import System, Team
from tests import factories

SYSTEMS = 50
FINISHED, QUEUED, RUNNING = 100_000, 10_000, 100

# Jobs differ in their replicate alone, so that one prompt is enough.
JOBS = """
    INSERT INTO inference_job (public_id, system_id, prompt_id, replicate, state, priority, not_before,
        batch, lease_token, lease_expires_at, hard_deadline_at, attempts, errors, crashes, seed, created_at,
        ended_at)
    SELECT gen_random_uuid(), (%(systems)s::bigint[])[1 + number %% %(count)s], %(prompt)s,
        1 + number / %(count)s, state, 0, now(), gen_random_uuid(),
        CASE WHEN state = 'running' THEN gen_random_uuid() END,
        CASE WHEN state = 'running' THEN now() + interval '1 hour' END,
        CASE WHEN state = 'running' THEN now() + interval '2 hours' END,
        CASE WHEN state = 'queued' THEN 0 ELSE 1 END, 0, 0, 1, now(),
        CASE WHEN state IN ('done', 'failed') THEN now() - interval '1 second' * (%(finished)s - number) END
    FROM (
        SELECT number, CASE
            WHEN number < %(finished)s THEN CASE WHEN number %% 20 = 0 THEN 'failed' ELSE 'done' END
            WHEN number < %(finished)s + %(queued)s THEN 'queued' ELSE 'running' END AS state
        FROM generate_series(0, %(finished)s + %(queued)s + %(running)s - 1) AS number
    ) AS numbered
"""
ATTEMPTS = """
    INSERT INTO inference_attempt
        (job_id, number, lease_token, worker, started_at, ended_at, outcome, stage, code, message, detail)
    SELECT id, 1, coalesce(lease_token, gen_random_uuid()), 'crowd', created_at, ended_at,
        CASE state WHEN 'running' THEN '' WHEN 'failed' THEN 'permanent' ELSE 'done' END, '', '', '', ''
    FROM inference_job WHERE state <> 'queued'
"""


def fill() -> None:
    """Fill the tables and let the planner know. Every fifth system rests, and every other one is a team's."""
    systems = [_system(number) for number in range(SYSTEMS)]
    values: dict[str, Any] = {
        "systems": [system.pk for system in systems],
        "count": SYSTEMS,
        "prompt": factories.prompt().pk,
        "finished": FINISHED,
        "queued": QUEUED,
        "running": RUNNING,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        # No triggers: what is made here fits, and each row would be looked up three times.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(JOBS, values)
        cursor.execute(ATTEMPTS)
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("ANALYZE")


def _system(number: int) -> System:
    idle: dict[int, dict[str, Any]] = {
        0: {"paused_at": timezone.now(), "pause_code": "moderator"},
        5: {"state": "retired", "retired_at": timezone.now(), "retire_reason": "old"},
    }
    owner = Team.objects.create(slug=f"crowd-{number}", name="Crowd") if number % 2 else None
    return factories.system(
        config={"batch_size": 8}, model=factories.model(team=owner), **idle.get(number % 10, {})
    )
