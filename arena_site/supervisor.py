"""Keeps a handful of child processes running, and leaves none behind."""

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

import psutil

# A child that dies sooner than this after its start is restarted more and more slowly.
STEADY_SECONDS = 20
LONGEST_PAUSE_SECONDS = 30
STOP_SECONDS = 20


class Child:
    """One program that is started again whenever it ends.

    Attributes:
        name: what people are told, and the name of its log.
        command: the program and its arguments.
        log: where its output goes; made for its owner's eyes only. None: where ours goes.
        folder: where it works; None: here.
        show: called with each line of its standard output, which goes to the log as well; None: log only.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path | None = None,
        folder: Path | None = None,
        show: Callable[[str], None] | None = None,
    ) -> None:
        self.name = name
        self.command = list(command)
        self.log = log
        self.folder = folder
        self.show = show
        self.process: subprocess.Popen[str] | None = None
        self.started_at = 0.0
        self.failures = 0
        self.not_before = 0.0

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start the process in a session of its own, so that Ctrl-C reaches only who supervises."""
        with self._log() as log:
            self.process = subprocess.Popen(  # noqa: S603 -- our own programs
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if self.show else log,
                stderr=log,
                text=True,
                start_new_session=True,
                cwd=self.folder,
            )
        self.started_at = time.monotonic()
        if self.show and self.process.stdout:
            threading.Thread(target=self._copy, args=(self.process.stdout, self.show), daemon=True).start()

    def restart_if_ended(self) -> bool:
        """Start it again if it ended and its pause is over.

        Returns:
            True if it was started again.
        """
        if self.running:
            return False
        now = time.monotonic()
        if self.not_before == 0.0:
            self.failures = 0 if now - self.started_at > STEADY_SECONDS else self.failures + 1
            self.not_before = now + min(2**self.failures - 1, LONGEST_PAUSE_SECONDS)
        if now < self.not_before:
            return False
        self.not_before = 0.0
        self.start()
        return True

    def ask_to_stop(self) -> None:
        """Send it the signal to finish."""
        if self.running and self.process:
            self.process.send_signal(signal.SIGTERM)

    def wait_or_kill(self, seconds: float = STOP_SECONDS) -> None:
        """Wait until it has stopped; after `seconds` end it and whatever it started."""
        if not self.process:
            return
        try:
            self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it and whatever it started."""
        if self.running and self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    @contextlib.contextmanager
    def _log(self) -> Iterator[IO[str] | None]:
        """Open the log, which holds what strangers must not read, such as the links of mails."""
        if self.log is None:
            yield None
            return
        self.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.log.touch(mode=0o600)
        with self.log.open("a") as log:
            yield log

    def _copy(self, lines: IO[str], show: Callable[[str], None]) -> None:
        with lines, self._log() as log:
            for line in lines:
                if log:
                    log.write(line)
                    log.flush()
                show(line.rstrip("\n"))


class Roster:
    """The children's process ids in a file, so that a run which was killed can be cleaned up by the next."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, children: Sequence[Child]) -> None:
        """Note who runs now."""
        rows = []
        for child in children:
            if child.running and child.process:
                with contextlib.suppress(psutil.NoSuchProcess):
                    rows.append(
                        [child.name, child.process.pid, psutil.Process(child.process.pid).create_time()]
                    )
        self.path.write_text(json.dumps(rows))

    def end_leftovers(self) -> list[str]:
        """End the noted processes that still live, and forget them.

        A process counts as the noted one only if it was also born at the noted moment: ids are used again.

        Returns:
            The names of those that were ended.
        """
        ended = []
        try:
            rows = json.loads(self.path.read_text())
        except (FileNotFoundError, ValueError):
            return []
        for name, pid, born in rows:
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                if abs(process.create_time() - born) > 1:
                    continue
                family = [process, *process.children(recursive=True)]
                for member in family:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        member.terminate()
                _, alive = psutil.wait_procs(family, timeout=5)
                for member in alive:
                    member.kill()
                ended.append(name)
        self.path.unlink()
        return ended
