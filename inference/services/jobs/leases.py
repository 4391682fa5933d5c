"""Leases: what a worker holds while it works on a job, and the thread that keeps them from running out."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db import Error, InterfaceError, InternalError, OperationalError, connection
from django.db.models import DateTimeField, Func
from psycopg.errors import IdleInTransactionSessionTimeout

from inference import context

logger = logging.getLogger(__name__)
T = TypeVar("T")
LONGEST_PAUSE_SECONDS = 5.0


class DatabaseClock(Func):
    """The database's clock at the moment a row is looked at; workers' own clocks decide nothing."""

    function = "clock_timestamp"
    arity = 0
    output_field = DateTimeField()


@dataclass(frozen=True)
class Lease:
    """One job in one worker's hands.

    Attributes:
        token: what a result is judged by; once the job has another one or none, this work does not count.
        attempt_id: the row of this try.
        errors: how many tries before this one ended with an error.
        crashes: how many took their worker down or lost their lease.
        excused: how many the site spoilt.
        seed: the same for all jobs of a system and replicate.
    """

    token: UUID
    job_id: int
    attempt_id: int
    system_id: int
    prompt_id: int
    replicate: int
    seed: int
    errors: int
    crashes: int
    excused: int

    def named(self) -> AbstractContextManager[None]:
        """Name the job and its try in all log lines of the block."""
        return context.bound(job=self.job_id, attempt=self.attempt_id)


KEEP = """
    UPDATE inference_job SET lease_expires_at = clock_timestamp() + make_interval(secs => %s)
    WHERE lease_token = ANY(%s) AND state = 'running' AND clock_timestamp() < hard_deadline_at
    RETURNING lease_token
"""


class Heartbeat:
    """Extends leases while a batch is worked on, from a thread and a database connection of its own.

    A job's hard deadline ends it: from then on its lease runs out, whatever its worker believes.
    """

    def __init__(self, leases: Sequence[Lease]) -> None:
        self._lock = threading.Lock()
        self._leases = {lease.token: lease for lease in leases}
        self._tokens = set(self._leases)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def forget(self, lease: Lease) -> None:
        """Stop extending a lease whose job has come to its end."""
        with self._lock:
            self._tokens.discard(lease.token)

    def holds(self, lease: Lease) -> bool:
        """Whether the lease was still ours when it was last looked at."""
        with self._lock:
            return lease.token in self._tokens

    def beat(self) -> None:
        """Extend every lease that is still ours and forget the others."""
        with self._lock:
            asked = set(self._tokens)
        if not asked:
            return
        with connection.cursor() as cursor:
            cursor.execute(KEEP, [settings.LEASE_SECONDS, list(asked)])
            kept = {token for (token,) in cursor.fetchall()}
        with self._lock:
            self._tokens -= asked - kept
        for token in asked - kept:
            lease = self._leases[token]
            logger.warning("lease_lost job=%s attempt=%s", lease.job_id, lease.attempt_id)

    @contextlib.contextmanager
    def beating(self) -> Iterator[None]:
        """Beat until the block ends."""
        self._thread.start()
        try:
            yield
        finally:
            self._over.set()
            self._thread.join()

    def _beat(self) -> None:
        try:
            while not self._over.wait(settings.HEARTBEAT_SECONDS):
                try:
                    self.beat()
                except Error:
                    # The lease outlasts three missed beats; the next one finds the database again.
                    logger.warning("heartbeat_missed", exc_info=True)
                    connection.close()
        finally:
            connection.close()


def insist(write: Callable[[], T]) -> T:
    """Do a write, again and again while the database is away, for as long as a lease could outlast that.

    A restart of the database would else throw away answers that are made and perhaps paid for. The write has
    to bear being repeated: a lost connection does not say whether it was done.

    Raises:
        OperationalError, InterfaceError: the database did not come back within LEASE_SECONDS.
    """
    until = time.monotonic() + settings.LEASE_SECONDS
    pause = 0.1
    while True:
        try:
            return _once(write)
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or time.monotonic() + pause > until:
                raise
            logger.warning("database_away", exc_info=True)
            connection.close()
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def _once(write: Callable[[], T]) -> T:
    """Do a write; a transaction that the database gave up, since we were slow or frozen, is a lost line."""
    try:
        return write()
    except InternalError as error:
        if isinstance(error.__cause__, IdleInTransactionSessionTimeout):
            raise OperationalError(*error.args) from error
        raise
