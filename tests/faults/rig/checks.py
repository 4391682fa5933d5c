"""What has to hold whatever happens, asked of the database from outside."""

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg

# The rig's systems are told by their names; those that people vote on have others.
OURS = "job.system_id IN (SELECT id FROM inference_system WHERE slug LIKE 'rig-%%')"
STUCK_SECONDS = 30
WAITING_SECONDS = 60
# A worker is idle whose last look, not long ago, found nothing; for so many looks of ours in a row.
LOOKED_SECONDS = 3
IDLE_POLLS = 3

TRIES = "inference_attempt AS attempt JOIN inference_job AS job ON job.id = attempt.job_id"
NUMBERS = {
    "jobs": "SELECT count(*) FROM inference_job job WHERE {ours}",
    "done": "SELECT count(*) FROM inference_job job WHERE {ours} AND state = 'done'",
    "failed": "SELECT count(*) FROM inference_job job WHERE {ours} AND state = 'failed'",
    "attempts": f"SELECT count(*) FROM {TRIES} WHERE {{ours}}",
    "released": f"SELECT count(*) FROM {TRIES} WHERE {{ours}} AND outcome = 'released'",
    "fenced": f"SELECT count(*) FROM {TRIES} WHERE {{ours}} AND outcome = 'fenced'",
}

# Each counts rows that must not be.
WRONG = {
    "not_ended": "SELECT count(*) FROM inference_job job WHERE {ours} AND state IN ('queued', 'running')",
    "lost": """
        SELECT count(*) FROM inference_job job WHERE {ours} AND NOT (
            state IN ('queued', 'running')
            OR (state = 'done' AND EXISTS (SELECT FROM inference_response WHERE job_id = job.id))
            OR (state = 'failed' AND EXISTS (
                SELECT FROM inference_attempt WHERE job_id = job.id AND ended_at IS NOT NULL
                    AND outcome IN ('transient', 'permanent', 'lost') AND code <> '' AND message <> '')))
    """,
    "duplicated": """
        SELECT count(*) FROM (
            SELECT job.system_id, job.prompt_id, job.replicate FROM inference_response
            JOIN inference_job job ON job.id = job_id WHERE {ours}
            GROUP BY 1, 2, 3 HAVING count(*) > 1) AS twice
    """,
    "answered_though_not_done": "SELECT count(*) FROM inference_job job WHERE {ours} AND state <> 'done' "
    "AND EXISTS (SELECT FROM inference_response WHERE job_id = job.id)",
    "attempts_without_an_end": f"SELECT count(*) FROM {TRIES} WHERE {{ours}} "
    "AND attempt.ended_at IS NULL AND job.state <> 'running'",
    "done_without_exactly_one_done_attempt": """
        SELECT count(*) FROM inference_job job WHERE {ours} AND state = 'done' AND 1 <> (
            SELECT count(*) FROM inference_attempt WHERE job_id = job.id AND outcome = 'done')
    """,
    "miscounted_attempts": """
        SELECT count(*) FROM inference_job job WHERE {ours} AND attempts <> (
            SELECT count(*) FROM inference_attempt WHERE job_id = job.id)
    """,
}

FILES = """
    SELECT storage_key, sha256 FROM inference_response JOIN inference_job job ON job.id = job_id
    JOIN inference_audiofile file ON file.id IN (raw_id, playback_id) WHERE {ours}
"""

STUCK = f"""
    SELECT id FROM inference_job
    WHERE state = 'running' AND lease_expires_at < clock_timestamp() - interval '{STUCK_SECONDS} seconds'
"""
WAITING = f"""
    SELECT job.id FROM inference_job job JOIN inference_system system ON system.id = system_id
    WHERE job.state = 'queued' AND not_before < clock_timestamp() - interval '{WAITING_SECONDS} seconds'
        AND system.paused_at IS NULL AND system.state IN ('private', 'live')
        AND EXISTS (
            SELECT FROM inference_workerpulse WHERE worker <> 'sweeper' AND queue LIKE '%%api%%'
                AND looked_at > clock_timestamp() - interval '{LOOKED_SECONDS} seconds'
                AND coalesce(claimed_at, '-infinity') < looked_at)
    ORDER BY job.id LIMIT 1000
"""


class Database:
    """A connection of the rig's own that comes back after each fault."""

    def __init__(self, url: str, *, patience_seconds: float = 120.0) -> None:
        self.url = url
        self.patience_seconds = patience_seconds
        self._turn = threading.Lock()
        self._connection: psycopg.Connection | None = None

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple]:
        """Ask; while the database is away, ask again.

        Raises:
            psycopg.OperationalError: it stayed away.
        """
        until = time.monotonic() + self.patience_seconds
        while True:
            try:
                with self._turn:
                    return self._rows(query, parameters)
            except psycopg.OperationalError:
                self.close()
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def number(self, query: str, parameters: Sequence[Any] = ()) -> int:
        """Ask for one number."""
        return int(self.rows(query, parameters)[0][0])

    def close(self) -> None:
        """Let go of the connection."""
        with self._turn:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _rows(self, query: str, parameters: Sequence[Any]) -> list[tuple]:
        if self._connection is None:
            self._connection = psycopg.connect(self.url, autocommit=True, connect_timeout=3)
        with self._connection.cursor() as cursor:
            cursor.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []


def numbers(database: Database) -> dict[str, int]:
    """Count the jobs and their tries."""
    return {name: database.number(query.format(ours=OURS), []) for name, query in NUMBERS.items()}


def wrong(database: Database) -> dict[str, int]:
    """Count what must not be, by name; all are 0 where everything has ended as it should."""
    return {name: database.number(query.format(ours=OURS), []) for name, query in WRONG.items()}


def not_ended(database: Database) -> int:
    """Count the jobs that wait or run: cheap enough to be asked all the time."""
    return database.number(WRONG["not_ended"].format(ours=OURS), [])


def bad_files(database: Database, media: Path) -> int:
    """Count the answers' files that are missing on the disk or are not what their row says."""
    bad = 0
    for key, sha256 in database.rows(FILES.format(ours=OURS), []):
        path = media / key
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            bad += 1
    return bad


def outcomes(database: Database) -> dict[str, int]:
    """Count the tries by how they ended and why."""
    query = f"""
        SELECT concat_ws(' ', nullif(outcome, ''), nullif(code, '')), count(*) FROM {TRIES}
        WHERE {OURS} GROUP BY 1 ORDER BY 2 DESC
    """
    return {name or "open": count for name, count in database.rows(query, [])}


def surprises(database: Database) -> list[str]:
    """Say why healthy systems' jobs failed, and where our own code broke down."""
    query = f"""
        SELECT DISTINCT
            concat_ws(' | ', slug, job.state, attempt.code, left(message, 200), right(detail, 300))
        FROM {TRIES} JOIN inference_system system ON system.id = job.system_id
        WHERE {OURS} AND ((job.state = 'failed' AND attempt.number = job.attempts) OR code = 'worker_crashed')
        LIMIT 10
    """
    return [said for (said,) in database.rows(query)]


class Watcher:
    """Looks once a second whether a row is stuck (R6).

    Attributes:
        looks: how often it looked.
        blind: how often the database did not answer.
        stuck: jobs that ran with a lease over for more than 30 s.
        waiting: jobs that were due for more than 60 s while a worker was idle.
    """

    def __init__(self, url: str) -> None:
        self.looks = 0
        self.blind = 0
        self.stuck: set[int] = set()
        self.waiting: set[int] = set()
        self._database = Database(url, patience_seconds=0)
        self._in_a_row: Counter[int] = Counter()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watcher", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def close(self) -> dict[str, int]:
        """Stop, and return the figures."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(30)
        self._database.close()
        return {
            "looks": self.looks,
            "blind": self.blind,
            "running_30_s_past_their_lease": len(self.stuck),
            "due_60_s_beside_an_idle_worker": len(self.waiting),
        }

    def _watch(self) -> None:
        while not self._over.wait(1.0):
            try:
                stuck = {key for (key,) in self._database.rows(STUCK)}
                waiting = {key for (key,) in self._database.rows(WAITING)}
            except psycopg.Error:
                self.blind += 1
                self._in_a_row.clear()
                continue
            self.looks += 1
            self.stuck |= stuck
            self._in_a_row = Counter({key: self._in_a_row[key] + 1 for key in waiting})
            self.waiting |= {key for key, times in self._in_a_row.items() if times >= IDLE_POLLS}
