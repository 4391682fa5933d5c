"""The watchdog: which slots of a worker live and do nothing, although there is work for them.

Connections get lost in silence, threads lock each other out, and a process that is frozen looks like one that
waits. What can be trusted is a slot's progress in the database.
"""

import time
from collections.abc import Callable, Collection

from django.conf import settings

from inference.services import jobs, pulses
from inference.services.slots import slot_name

# A worker has all its slots within seconds; on a busy machine that may take a while.
START_SECONDS = 60.0


class Watchdog:
    """Judges the slots of one worker, look by look.

    Args:
        worker: its name.
        queues: whose systems it runs.
        slots: how many it ought to have.
        now: a clock, in seconds.
    """

    def __init__(
        self,
        *,
        worker: str,
        queues: Collection[str],
        slots: int,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.worker = worker
        self.queues = tuple(queues)
        self.slots = slots
        self._now = now
        self._seen: dict[int, float] = {}
        self._silent: dict[int, float] = {}
        self._missing_since = now() + START_SECONDS

    def stuck(self, processes: Collection[int]) -> set[int]:
        """Look at the worker's slots, by the ids of their processes, and return those that are stuck.

        Raises:
            django.db.Error: the database is away; nobody could be seen, so `forgive` is due.
        """
        now = self._now()
        if len(processes) >= self.slots:
            self._missing_since = now
        self._seen = {process: self._seen.get(process, now) for process in processes}
        silent = self._without_progress(now)
        if silent and jobs.queues_with_work().isdisjoint(self.queues):
            silent = set()
        self._silent = {process: self._silent.get(process, now) for process in silent}
        patience = settings.WATCHDOG_PATIENCE_SECONDS
        return {process for process, since in self._silent.items() if now - since >= patience}

    def slot_is_missing(self) -> bool:
        """Whether the worker has had too few slots for so long that it will not replace them any more."""
        return self._now() - self._missing_since > settings.WATCHDOG_SECONDS

    def forgive(self) -> None:
        """Forget all suspicions."""
        self._silent = {}

    def start_over(self) -> None:
        """Give a worker that was started again the time to come up."""
        self.forgive()
        self._missing_since = self._now() + START_SECONDS

    def _without_progress(self, now: float) -> set[int]:
        names = {slot_name(self.worker, process): process for process in self._seen}
        moving = {names[name] for name in pulses.moving(names)}
        young = {process for process, since in self._seen.items() if now - since < settings.WATCHDOG_SECONDS}
        return set(self._seen) - moving - young
