"""A rig for faults: a broker, a worker and a sweeper of the test's own, which it may kill."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psutil
import pytest
from celery import current_app
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection

from arena_site.embedded import Redis, redis_url

# The same code on a short time scale.
SHORT = {
    "LEASE_SECONDS": "4",
    "POLL_SECONDS": "0.5",
    "SWEEP_SECONDS": "0.25",
    "RING_AGAIN_SECONDS": "2",
    "BACKOFF_SECONDS": "0.2",
}


class Rig:
    """Starts and kills what lets systems answer."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.redis = Redis(var)
        self.redis.start()
        address = urlsplit(os.environ["DATABASE_URL"])
        database = urlunsplit(address._replace(path=f"/{connection.settings_dict['NAME']}"))
        self.environment = {
            **os.environ,
            **SHORT,
            "DATABASE_URL": database,
            "REDIS_URL": redis_url(var),
            "MEDIA_DIR": default_storage.path(""),
        }
        self.running: list[subprocess.Popen] = []

    def start_worker(self, *, slots: int = 2, **environment: str) -> subprocess.Popen:
        """A Celery worker, in a process group of its own."""
        return self._start("work", "--slots", str(slots), environment=environment)

    def start_sweeper(self, **environment: str) -> subprocess.Popen:
        """A sweeper."""
        return self._start("sweep", environment=environment)

    def kill(self, process: subprocess.Popen) -> None:
        """End a process and all that it started, as a power cut would; it may have ended by itself."""
        self.running.remove(process)
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            os.killpg(process.pid, signal.SIGKILL)
            psutil.wait_procs(family, timeout=10)
        process.wait()

    def stop(self, process: subprocess.Popen) -> int:
        """Ask a process to stop, and return its exit code."""
        process.terminate()
        code = process.wait(timeout=30)
        self.running.remove(process)
        return code

    def freeze(self, process: subprocess.Popen) -> None:
        """Stop a process and all that it started where they are; `kill` ends them too."""
        for one in [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]:
            one.suspend()

    def kill_redis(self) -> None:
        """End the broker with all that it holds."""
        assert self.redis.process
        self.redis.process.kill()
        self.redis.process.wait()

    def log(self) -> str:
        """What all its processes said."""
        return "\n".join(path.read_text() for path in sorted(self.var.glob("*.log")))

    def close(self) -> None:
        """End everything; whatever has become of the others, the broker goes too."""
        try:
            for process in list(self.running):
                self.kill(process)
        finally:
            self.thaw_redis()
            self.redis.stop()

    def thaw_redis(self) -> None:
        """Let a broker go on that was stopped where it is."""
        if self.redis.process and self.redis.process.poll() is None:
            self.redis.process.send_signal(signal.SIGCONT)

    def _start(self, *command: str, environment: dict[str, str] | None = None) -> subprocess.Popen:
        with (self.var / f"{len(list(self.var.glob('*.log')))}-{command[0]}.log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", *command],
                cwd=settings.BASE_DIR,
                env=self.environment | (environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running.append(process)
        return process


@pytest.fixture
def rig(committed_db, monkeypatch) -> Iterator[Rig]:
    """The rig, with a broker but no worker and no sweeper yet; what the test asks for rings there."""
    with tempfile.TemporaryDirectory(prefix="s2s-arena-faults-") as folder:
        rig = Rig(Path(folder))
        monkeypatch.setattr(current_app.conf, "broker_write_url", rig.environment["REDIS_URL"])
        yield rig
        rig.close()


@pytest.fixture
def wait_until(rig) -> Callable[[str, Callable[[], object]], None]:
    """Wait for something to become so: `wait_until("all are done", lambda: …)`."""

    def waited(what: str, is_so: Callable[[], object], *, seconds: float = 60) -> None:
        until, pause = time.monotonic() + seconds, threading.Event()
        while not is_so():
            assert time.monotonic() < until, f"Not within {seconds} s: {what}.\n{rig.log()[-6000:]}"
            assert all(process.poll() is None for process in rig.running), rig.log()
            pause.wait(0.05)

    return waited
