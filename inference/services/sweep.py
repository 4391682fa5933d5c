"""The sweeper: what has to happen without anybody asking. Every chore bears being run twice."""

import logging
import random
import threading
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.db import (
    DataError,
    Error,
    IntegrityError,
    InternalError,
    close_old_connections,
    connection,
    transaction,
)
from django.utils.module_loading import import_string

from inference.services import bells, jobs, media, pulses
from inference.services.jobs import LEASE_RAN_OUT, Lease

logger = logging.getLogger(__name__)
# Any number that no other advisory lock of ours has.
LEADER_LOCK = 7_209_114
LEASES_AT_ONCE = 100

# Times in conditions are a statement's, so that an index can answer them.
LOST = """
    SELECT job.lease_token, job.id, attempt.id, system_id, prompt_id, replicate, seed, errors, crashes,
        excused
    FROM inference_job AS job JOIN inference_attempt AS attempt ON attempt.lease_token = job.lease_token
    WHERE job.state = 'running' AND job.lease_expires_at < statement_timestamp()
    ORDER BY job.lease_expires_at LIMIT %(limit)s FOR UPDATE OF job SKIP LOCKED
"""


def lost_leases(*, rng: random.Random | None = None) -> int:
    """Put jobs whose lease ran out back, or end those that crashed too often; return how many there were."""
    rng = rng or random.Random()  # noqa: S311 -- spreads retries, keeps no secret
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOST, {"limit": LEASES_AT_ONCE})
            lost = [Lease(*row) for row in cursor.fetchall()]
        return sum(_taken_back(lease, rng=rng) for lease in lost)


def _taken_back(lease: Lease, *, rng: random.Random) -> bool:
    """End a lost try; one that cannot be ended holds up no other."""
    with lease.named():
        try:
            with transaction.atomic():
                return jobs.fail(lease, LEASE_RAN_OUT, rng=rng)
        except (DataError, IntegrityError, InternalError):
            logger.exception("lease_not_taken_back job=%s attempt=%s", lease.job_id, lease.attempt_id)
            return False


def ring_again() -> int:
    """Ring on the queues where jobs wait although they are due; return on how many."""
    waiting = jobs.queues_with_work() & set(bells.QUEUES)
    bells.ring(waiting)
    return len(waiting)


def discard_orphans() -> int:
    """Delete stored bytes that never got their row."""
    return media.discard_orphans()


class Sweeper:
    """Does every chore again and again, as long as no other sweeper leads.

    Each chore has a thread of its own, so that a slow or failing one holds up no other.

    Attributes:
        chores: seconds between the runs of each, by dotted name.
        stop: ends the sweeper when set.
    """

    def __init__(self, chores: Mapping[str, float], *, stop: threading.Event) -> None:
        self.chores = {name: (import_string(name), seconds) for name, seconds in chores.items()}
        self.stop = stop
        self._leading = threading.Event()
        self._session: Any = None

    def run(self) -> None:
        """Sweep until stopped."""
        threads = [
            threading.Thread(target=self._repeat, args=(name, chore, seconds), name=name)
            for name, (chore, seconds) in self.chores.items()
        ]
        for thread in threads:
            thread.start()
        while not self.stop.is_set():
            self._lead()
            self.stop.wait(settings.SWEEP_SECONDS)
        for thread in threads:
            thread.join()
        connection.close()

    def _lead(self) -> None:
        """Take or keep the lead: a lock that the database drops when our connection ends."""
        try:
            if self._session is None or self._session is not connection.connection:
                self._session = connection.connection if _locked() else None
            if self._session is not None:
                pulses.beat("sweeper", queues=["sweeper"])
        except Error:
            logger.warning("database_away", exc_info=True)
            self._session = None
            connection.close()
        if self._session is None:
            self._leading.clear()
        else:
            self._leading.set()

    def _repeat(self, name: str, chore: Callable[[], object], seconds: float) -> None:
        while not self.stop.is_set():
            if not self._leading.wait(settings.SWEEP_SECONDS):
                continue
            close_old_connections()
            try:
                chore()
            except Exception:  # one failing chore must not end the others, nor its own next run
                logger.exception("chore_failed chore=%s", name)
            self.stop.wait(seconds)
        connection.close()


def _locked() -> bool:
    """Try for the lock; a leader that is frozen says nothing any more, and the database ends its session."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('idle_session_timeout', %s, false)", [f"{settings.LEASE_SECONDS}s"])
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LEADER_LOCK])
        return bool(cursor.fetchone()[0])
