"""The sweeper: what has to happen without anybody asking. Every chore bears being run twice."""

import logging
import random
import threading
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection, transaction
from django.utils.module_loading import import_string

from inference.models import Attempt, Job, System
from inference.services import adapters, bells, jobs, media, pulses
from inference.services.jobs import Failure, Kind, Lease
from inference.services.jobs.leases import DatabaseClock

logger = logging.getLogger(__name__)
# Any number that no other advisory lock of ours has.
LEADER_LOCK = 7_209_114
AT_ONCE = 100

LEASE_RAN_OUT = Failure(
    kind=Kind.CRASH,
    code="lease_ran_out",
    message="The worker that had this job ended or fell silent.",
)

OVERDUE = """
    UPDATE inference_job SET last_rung_at = clock_timestamp()
    FROM (
        SELECT waiting.id FROM inference_system AS system CROSS JOIN LATERAL (
            SELECT id FROM inference_job
            WHERE system_id = system.id AND state = 'queued' AND not_before <= clock_timestamp()
                AND coalesce(last_rung_at, '-infinity') < clock_timestamp() - make_interval(secs => %(again)s)
            ORDER BY priority, not_before, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
        ) AS waiting
        WHERE system.paused_at IS NULL AND system.state = ANY(%(runnable)s)
    ) AS due
    WHERE inference_job.id = due.id
    RETURNING system_id
"""


def lost_leases(*, rng: random.Random | None = None) -> int:
    """Put jobs whose lease ran out back, or end those that crashed too often; return how many there were."""
    rng = rng or random.Random()  # noqa: S311 -- spreads retries, keeps no secret
    with transaction.atomic():
        lost = Job.objects.filter(state=Job.State.RUNNING, lease_expires_at__lt=DatabaseClock())
        rows = list(lost.order_by("lease_expires_at").select_for_update(skip_locked=True)[:AT_ONCE])
        attempts = Attempt.objects.filter(lease_token__in=[job.lease_token for job in rows])
        by_token = dict(attempts.values_list("lease_token", "pk"))
        for job in rows:
            if job.lease_token:
                jobs.fail(_lease(job, attempt_id=by_token[job.lease_token]), LEASE_RAN_OUT, rng=rng)
    return len(rows)


def ring_again() -> int:
    """Ring for the jobs that wait although they are due; return for how many systems."""
    values: dict[str, Any] = {
        "again": settings.RING_AGAIN_SECONDS,
        "limit": AT_ONCE,
        "runnable": [str(state) for state in jobs.RUNNABLE],
    }
    with connection.cursor() as cursor:
        cursor.execute(OVERDUE, values)
        waiting = {system_id for (system_id,) in cursor.fetchall()}
    if waiting:
        bells.ring((system.pk, adapters.queue_of(system)) for system in System.objects.filter(pk__in=waiting))
    return len(waiting)


def discard_orphans() -> int:
    """Delete stored bytes that never got their row."""
    return media.discard_orphans()


def _lease(job: Job, *, attempt_id: int) -> Lease:
    assert job.lease_token is not None  # noqa: S101 -- the rows were chosen by it
    return Lease(
        token=job.lease_token,
        job_id=job.pk,
        attempt_id=attempt_id,
        system_id=job.system_id,
        prompt_id=job.prompt_id,
        replicate=job.replicate,
        seed=job.seed,
        errors=job.errors,
        crashes=job.crashes,
    )


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
        except (OperationalError, InterfaceError):
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
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LEADER_LOCK])
        return bool(cursor.fetchone()[0])
