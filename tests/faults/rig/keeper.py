"""Keeps the arena's programs running, as a supervisor in production would: whoever ends is started again."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from tests.faults.rig.servers import send

WATCH_SECONDS = 0.2
STOP_SECONDS = 25


class Program:
    """One program in a process group of its own.

    Attributes:
        name: what it is called, and the name of its log.
        starts: how often it was started.
        extra: variables of the environment that its next start adds.
        wanted: whether it is started again when it ends.
    """

    def __init__(
        self, name: str, command: Sequence[str], *, environment: Mapping[str, str], log: Path, folder: Path
    ) -> None:
        self.name = name
        self.command = list(command)
        self.environment = dict(environment)
        self.log = log
        self.folder = folder
        self.extra: dict[str, str] = {}
        self.starts = 0
        self.wanted = True
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether its first process lives."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=self.environment | self.extra,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.starts += 1

    def children(self) -> list[psutil.Process]:
        """Everything that it started, at any depth."""
        if not self.running or self.process is None:
            return []
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(self.process.pid).children(recursive=True)
        return []

    def family(self) -> list[psutil.Process]:
        """Itself and everything that it started."""
        if not self.running or self.process is None:
            return []
        with contextlib.suppress(psutil.NoSuchProcess):
            return [psutil.Process(self.process.pid), *self.children()]
        return []

    def kill_group(self) -> None:
        """End its process group at once. What left the group has to notice by itself."""
        if self.running and self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def terminate(self) -> None:
        """Ask its first process to finish."""
        if self.running and self.process:
            self.process.terminate()


class Keeper:
    """Starts programs, and starts again whatever ended."""

    def __init__(self) -> None:
        self.programs: list[Program] = []
        self._seen: set[psutil.Process] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="keeper", daemon=True)

    def start(self, programs: Sequence[Program]) -> None:
        """Start them all and keep them up."""
        self.programs = list(programs)
        for program in self.programs:
            program.start()
        self._thread.start()

    def close(self) -> list[str]:
        """Ask all to stop, end who does not, and return the command lines of those who were left behind.

        Those are processes that were once seen below one of the programs.
        """
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        for program in self.programs:
            send(program.family(), signal.SIGCONT)
            program.terminate()
        until = time.monotonic() + STOP_SECONDS
        for program in self.programs:
            if program.process:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    program.process.wait(timeout=max(0.1, until - time.monotonic()))
        # Who is cut off from its parent may take a moment to notice.
        while (left := [process for process in self._seen if _lives(process)]) and time.monotonic() < until:
            time.sleep(0.2)
        names = [_named(process) for process in left]
        send(left, signal.SIGKILL)
        for program in self.programs:
            if program.process:
                program.process.wait()
        return names

    def _watch(self) -> None:
        while not self._over.wait(WATCH_SECONDS):
            for program in self.programs:
                if program.wanted and not program.running:
                    program.start()
            self._seen = {process for process in self._seen if _lives(process)}
            for program in self.programs:
                self._seen.update(program.family())


def _lives(process: psutil.Process) -> bool:
    """Whether it runs; one that has ended and whose parent has not asked for it does not."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _named(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.NoSuchProcess):
        return f"{process.pid} {' '.join(process.cmdline())[:200]}"
    return str(process.pid)
