"""Slots: the processes of a Celery worker, each of which runs one batch at a time, on a bell or by itself.

Celery brings the bells and keeps the processes alive. Since bells get lost with their broker, each process
also looks for work by itself every POLL_SECONDS, from a thread that needs PostgreSQL and nothing else.
"""

import logging
import mmap
import os
import random
import threading
import time
from collections.abc import Collection

from django.conf import settings
from django.db import close_old_connections, connection

from inference.services import adapters, jobs
from inference.services.jobs import Claim, hosting

logger = logging.getLogger(__name__)
# An answer in the making is ended STOP_SECONDS after the stop; storing the last one takes a little more.
STORE_SECONDS = 5.0
# A slot stays with a system on a GPU for so many times what loading its weights may take.
LOADS_IN_A_STAY = 10


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
    """

    def __init__(
        self,
        *,
        worker: str,
        queues: Collection[str],
        stop: StopFlag | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self.worker = worker
        self.queues = tuple(queues)
        self.stop = stop or StopFlag()
        self.rng = rng or random.Random()  # noqa: S311 -- spreads retries, keeps no secret
        self._busy = threading.Lock()
        self._closing = threading.Event()
        self._running: Claim | None = None
        self._loaded: tuple[int, float] | None = None
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
                claim = jobs.claim(
                    queues=self.queues,
                    worker=self.worker,
                    system_id=system_id,
                    prefer_system_id=self._preferred(),
                )
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
            self._poller.join(timeout=settings.STOP_SECONDS + STORE_SECONDS)
        if claim := self._running:
            for lease in claim.leases:
                jobs.release(lease)
        hosting.close()

    def _run(self, claim: Claim) -> None:
        self._running = claim
        self._stay_with(claim)
        try:
            jobs.run(claim, rng=self.rng, stopping=self.stopping)
        finally:
            self._running = None

    def _stay_with(self, claim: Claim) -> None:
        """Remember whose weights are loaded, and since when."""
        if adapters.queue_of(claim.system) != "gpu":
            self._loaded = None
        elif self._preferred() != claim.system.pk:
            self._loaded = claim.system.pk, time.monotonic()

    def _preferred(self) -> int | None:
        """Return the system whose weights are loaded; None once it has had its turn."""
        if self._loaded is None:
            return None
        system_id, since = self._loaded
        return system_id if time.monotonic() < since + LOADS_IN_A_STAY * settings.LOAD_SECONDS else None

    def _poll(self) -> None:
        while not self.stopping():
            try:
                close_old_connections()
                self.drain()
            except Exception:  # without this thread, bells would be the only way to get work
                logger.exception("poll_failed worker=%s", self.worker)
            self._closing.wait(settings.POLL_SECONDS)
        connection.close()


def slot_name(worker: str, process: int) -> str:
    """Name the slot of one process: each has its own pulse, so that one that hangs is seen among others."""
    return f"{worker}/{process}"


class Process:
    """A worker's process: the main one learns its name and queues, each one forked from it has a slot."""

    def __init__(self) -> None:
        self.worker = "worker"
        self.queues: tuple[str, ...] = ("api", "gpu")
        self.main = os.getpid()
        self.stop = StopFlag()
        self._slot: Slot | None = None

    @property
    def slot(self) -> Slot:
        """This process's slot, made when it is first needed."""
        if self._slot is None:
            self._slot = Slot(worker=slot_name(self.worker, os.getpid()), queues=self.queues, stop=self.stop)
        return self._slot
