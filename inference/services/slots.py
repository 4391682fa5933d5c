"""Slots: the processes of a Celery worker, each of which runs one batch at a time, on a bell or by itself.

Celery brings the bells and keeps the processes alive. Since bells get lost with their broker, each process
also looks for work by itself every POLL_SECONDS, from a thread that needs PostgreSQL and nothing else.
"""

import contextlib
import faulthandler
import logging
import mmap
import random
import sys
import threading
from collections.abc import Collection, Iterator

from django.conf import settings
from django.db import close_old_connections, connection

from inference.services import jobs
from inference.services.jobs import Claim

logger = logging.getLogger(__name__)
# A stopping worker lets an answer come to its end for so long, then it gives the job back.
STOP_SECONDS = 10.0


class StopFlag:
    """One byte that a worker's processes share: the main one sets it, the others stop taking jobs.

    A plain byte has no lock that a killed process could take with it, as multiprocessing's Event has.
    """

    def __init__(self) -> None:
        self._byte = mmap.mmap(-1, 1)

    def set(self) -> None:
        """Ask all to stop."""
        self._byte[0] = 1

    def is_set(self) -> bool:
        """Whether to stop."""
        return self._byte[0] == 1


class Slot:
    """The place of one process where jobs run.

    Attributes:
        worker: the name in attempts and pulses.
        queues: whose systems run here.
        stop: set when the whole worker stops.
        expendable: whether this process may be ended where a batch outlives its hard deadline.
    """

    def __init__(
        self,
        *,
        worker: str,
        queues: Collection[str],
        stop: StopFlag | None = None,
        rng: random.Random | None = None,
        expendable: bool = False,
    ) -> None:
        self.worker = worker
        self.queues = tuple(queues)
        self.stop = stop or StopFlag()
        self.rng = rng or random.Random()  # noqa: S311 -- spreads retries, keeps no secret
        self.expendable = expendable
        self._busy = threading.Lock()
        self._closing = threading.Event()
        self._running: Claim | None = None
        self._poller = threading.Thread(target=self._poll, name="poller", daemon=True)

    def drain(self, system_id: int | None = None) -> int:
        """Run batches until nothing is due, of one system or of any.

        Returns:
            How many jobs were run; 0 too where this slot is busy already, for whoever is at it looks again.
        """
        if not self._busy.acquire(blocking=False):
            return 0
        ran = 0
        try:
            while not self.stopping():
                claim = jobs.claim(queues=self.queues, worker=self.worker, system_id=system_id)
                if claim is None:
                    break
                self._run(claim)
                ran += len(claim.leases)
        finally:
            self._busy.release()
        return ran

    def stopping(self) -> bool:
        """Whether no more jobs are to be taken."""
        return self._closing.is_set() or self.stop.is_set()

    def open(self) -> None:
        """Begin to look for work without being asked."""
        self._poller.start()

    def close(self) -> None:
        """Stop: let the answer in the making come to its end, or give its jobs back where that takes long."""
        self._closing.set()
        if self._poller.is_alive():
            self._poller.join(timeout=STOP_SECONDS)
        if claim := self._running:
            for lease in claim.leases:
                jobs.release(lease)

    def _run(self, claim: Claim) -> None:
        self._running = claim
        try:
            with self._ended_at_deadline(len(claim.leases)):
                jobs.run(claim, rng=self.rng, stopping=self.stopping)
        finally:
            self._running = None

    @contextlib.contextmanager
    def _ended_at_deadline(self, size: int) -> Iterator[None]:
        """End this process where native code hangs past the hard deadline: no exception would reach it."""
        if not self.expendable:
            yield
            return
        seconds = settings.DEADLINE_SECONDS + (size - 1) * settings.CALL_SECONDS
        # A thread of C, which needs no interpreter lock; it also shows where the process hung.
        faulthandler.dump_traceback_later(seconds, exit=True, file=sys.__stderr__ or sys.stderr)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()

    def _poll(self) -> None:
        while not self.stopping():
            try:
                close_old_connections()
                self.drain()
            except Exception:  # without this thread, bells would be the only way to get work
                logger.exception("poll_failed worker=%s", self.worker)
            self._closing.wait(settings.POLL_SECONDS)
        connection.close()


class Process:
    """A worker's process: the main one learns its name and queues, each one forked from it has a slot."""

    def __init__(self) -> None:
        self.worker = "worker"
        self.queues: tuple[str, ...] = ("api", "gpu")
        self.stop = StopFlag()
        self._slot: Slot | None = None

    @property
    def slot(self) -> Slot:
        """This process's slot, made when it is first needed."""
        if self._slot is None:
            self._slot = Slot(worker=self.worker, queues=self.queues, stop=self.stop, expendable=True)
        return self._slot
