"""`manage.py work`: a Celery worker, and the process that watches over it."""

import argparse
import contextlib
import logging
import os
import signal
import socket
import sys
import threading
import time
from typing import Any

import psutil
from celery import current_app
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, close_old_connections, connection

from arena_site.supervisor import Child
from inference.host import ties
from inference.services.watchdog import Watchdog

logger = logging.getLogger(__name__)
WAIT_SECONDS = 0.5
LOOKS_IN_A_SILENCE = 30


class Command(BaseCommand):
    """Runs a worker until it is asked to stop, and starts it again when it has ended or come to a halt."""

    help = "Let systems answer prompts, until stopped: a Celery worker that also looks for work by itself."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--queue", action="append", choices=["api", "gpu"], help="Whose systems to run; both by default."
        )
        parser.add_argument(
            "--slots", type=int, default=2, help="How many batches run at once; 1 for each GPU."
        )
        parser.add_argument("--name", default="worker", help="Tells the workers of one machine apart.")
        # The process that watches starts the worker itself by the same command.
        parser.add_argument("--watched-by", type=int, default=None, help=argparse.SUPPRESS)

    def handle(
        self,
        *_: Any,
        queue: list[str] | None,
        slots: int,
        name: str,
        watched_by: int | None,
        **__: Any,
    ) -> None:
        """Work until SIGTERM or Ctrl-C."""
        queues, worker = queue or ["api", "gpu"], f"{name}@{socket.gethostname()}"
        if watched_by is None:
            command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "work", "--skip-checks"]
            command += ["--slots", str(slots), "--name", name, "--watched-by", str(os.getpid())]
            command += [word for one in queues for word in ("--queue", one)]
            child = Child("worker", command, folder=settings.BASE_DIR)
            Watch(child, Watchdog(worker=worker, queues=queues, slots=slots)).run()
            return
        ties.die_with(watched_by)
        options = ["--queues", ",".join(queues), "--concurrency", str(slots), "--hostname", worker]
        quiet = ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
        current_app.worker_main(["worker", *options, *quiet])


class Watch:
    """Keeps a worker running until this process is asked to stop."""

    def __init__(self, child: Child, watchdog: Watchdog) -> None:
        self.child = child
        self.watchdog = watchdog
        self.stop = threading.Event()

    def run(self) -> None:
        """Watch until SIGTERM or Ctrl-C, then stop the worker."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop.set())
        self.child.start()
        next_look = 0.0
        while not self.stop.wait(WAIT_SECONDS):
            if self.child.restart_if_ended():
                logger.warning("worker_restarted worker=%s", self.watchdog.worker)
                self.watchdog.start_over()
            elif self.child.running and time.monotonic() >= next_look:
                self._look()
                next_look = time.monotonic() + settings.WATCHDOG_SECONDS / LOOKS_IN_A_SILENCE
        self.child.ask_to_stop()
        self.child.wait_or_kill(2 * settings.STOP_SECONDS)

    def _look(self) -> None:
        slots = self._slots()
        try:
            close_old_connections()
            stuck = self.watchdog.stuck([slot.pid for slot in slots])
        except Error:
            logger.warning("database_away", exc_info=True)
            connection.close()
            self.watchdog.forgive()
            return
        if self.watchdog.slot_is_missing() or len(stuck) >= self.watchdog.slots:
            logger.error("worker_stuck worker=%s slots=%d", self.watchdog.worker, len(slots))
            self.child.kill()
            return
        for slot in slots:
            if slot.pid in stuck:
                # Its worker puts another process in its place.
                logger.error("slot_stuck worker=%s process=%d", self.watchdog.worker, slot.pid)
                with contextlib.suppress(psutil.NoSuchProcess):
                    slot.kill()

    def _slots(self) -> list[psutil.Process]:
        """Find the processes that the worker has forked."""
        try:
            return psutil.Process(self.child.process.pid).children() if self.child.process else []
        except psutil.NoSuchProcess:
            return []
