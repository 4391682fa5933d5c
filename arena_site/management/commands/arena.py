"""`manage.py arena`: the whole arena on one machine, from an empty folder to an open page."""

import contextlib
import errno
import fcntl
import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console

from arena_site import embedded, first_run
from arena_site.supervisor import Child, Roster

PORTS = range(8000, 8020)
LAST_PORT = 65_535
# Listening on all addresses of the machine; the site is asked for on its own.
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
SITE_OPTIONS = ("--preload", "--workers", "2", "--threads", "4")
WATCH_SECONDS = 0.5


class Stopped(Exception):  # noqa: N818 -- no error: somebody pressed Ctrl-C
    """The arena was asked to stop."""


class Command(BaseCommand):
    """Brings up database, broker, prompts, systems, workers and site, and keeps them up until Ctrl-C."""

    help = "Run the whole arena here: database, broker, prompts, systems, workers and the site."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--port",
            type=int,
            default=None,
            help="The site's port (or PORT); by default the first free from 8000.",
        )
        parser.add_argument(
            "--host", default=os.environ.get("HOST", "127.0.0.1"), help="The address to listen on (or HOST)."
        )
        parser.add_argument(
            "--workers", type=int, default=os.cpu_count() or 2, help="Processes that answer prompts."
        )
        parser.add_argument(
            "--empty", action="store_true", help="Bring no starter prompts and no offline systems."
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Run until Ctrl-C."""
        self.console = Console(highlight=False, soft_wrap=True)
        self.var = Path(settings.VAR_DIR)
        self.var.mkdir(parents=True, exist_ok=True)
        # The children work in another folder than we may.
        os.environ["VAR_DIR"] = str(self.var)
        self.children: list[Child] = []
        self.servers: list[embedded.Postgres | embedded.Redis] = []
        self.roster = Roster(self.var / "children.json")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop_asked)
        with self._alone():
            try:
                self._bring_up(**options)
                self._watch()
            except Stopped:
                self.console.print("\nStopping …")
            except embedded.EmbeddedError as error:
                raise CommandError(str(error)) from error
            finally:
                self._bring_down()
        self.console.print(
            f"Stopped. Everything is kept in {self._shown(self.var)}; `make run` goes on from there."
        )

    def _bring_up(self, *, port: int | None, host: str, workers: int, empty: bool, **_: Any) -> None:
        for name in self.roster.end_leftovers():
            self.console.print(f"Ended the {name} that the last run left behind.")
        port = self._free_port(host, port)
        address = f"http://{'localhost' if host in ('127.0.0.1', *EVERYWHERE) else host}:{port}"
        with self._step("PostgreSQL and Redis"):
            self._start_servers()
        with self._step("Database tables"):
            call_command("migrate", verbosity=0)
            call_command("load_taxonomy", verbosity=0)
        logins = first_run.make_logins(self.var / "logins.json")
        if not empty:
            first_run.bring_prompts(self.console)
            first_run.bring_systems(self.console)
        with self._step("Workers and site"):
            self._start_children(host=host, port=port, workers=workers)
            self._wait_until_served(host, port)
        self.console.print(f"  The site is open: [bold]{address}[/bold]")
        if not empty:
            first_run.bring_training(self.console)
            first_run.ask_and_wait(self.console, tick=self._keep_up)
        self._say_ready(address, logins)

    def _start_servers(self) -> None:
        if "DATABASE_URL" not in os.environ:
            postgres = embedded.Postgres(self.var)
            self.servers.append(postgres)
            postgres.start()
            os.environ["DATABASE_URL"] = embedded.database_url(self.var)
        if "REDIS_URL" not in os.environ:
            redis = embedded.Redis(self.var)
            self.servers.append(redis)
            # One that the last run left behind may be frozen or full: a fresh one loses nothing.
            redis.stop()
            redis.start()
            os.environ["REDIS_URL"] = embedded.redis_url(self.var)

    def _start_children(self, *, host: str, port: int, workers: int) -> None:
        logs = self.var / "log"
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        site = [sys.executable, "-m", "gunicorn", "arena_site.wsgi", *SITE_OPTIONS]
        self.children = [
            Child("sweeper", [*manage, "sweep"], log=logs / "sweeper.log", folder=settings.BASE_DIR),
            Child(
                "worker",
                [*manage, "work", "--slots", str(workers)],
                log=logs / "worker.log",
                folder=settings.BASE_DIR,
            ),
            Child(
                "site",
                [*site, "--bind", f"{host}:{port}"],
                log=logs / "site.log",
                folder=settings.BASE_DIR,
                # The mails that the site would send: people have to see them to confirm their address.
                show=lambda line: self.console.print(line, markup=False),
            ),
        ]
        for child in self.children:
            child.start()
        self.roster.write(self.children)

    def _watch(self) -> None:
        while True:
            self._keep_up()
            time.sleep(WATCH_SECONDS)

    def _keep_up(self) -> None:
        """Start whatever ended again."""
        for server in self.servers:
            if isinstance(server, embedded.Redis) and server.process and server.process.poll() is not None:
                server.start()
                self.console.print("Redis had ended; it was started again.")
            elif isinstance(server, embedded.Postgres) and not server.alive:
                server.start()
                self.console.print("PostgreSQL had ended; it was started again.")
        for child in self.children:
            if child.restart_if_ended():
                log = self._shown(child.log or self.var)
                self.console.print(f"The {child.name} had ended; it was started again (see {log}).")
                self.roster.write(self.children)

    def _bring_down(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.wait_or_kill(3 * settings.STOP_SECONDS)
        self.roster.write([])
        for server in reversed(self.servers):
            # Another command may use the database just now: the last one out stops it.
            server.leave() if isinstance(server, embedded.Postgres) else server.stop()

    def _wait_until_served(self, host: str, port: int) -> None:
        """Wait for any answer: the site may send us elsewhere or refuse our name for it, and yet be up."""
        until = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                asking = http.client.HTTPConnection(EVERYWHERE.get(host, host), port, timeout=5)
                asking.request("GET", "/")
                asking.getresponse()
                asking.close()
                return
            site = self.children[-1]
            if not site.running or time.monotonic() > until:
                raise CommandError(f"The site did not start; {self._shown(site.log or self.var)} says why.")
            time.sleep(0.1)

    @contextlib.contextmanager
    def _step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        back = "\r" if self.console.is_terminal else ""
        self.console.print(f"  {name} …", end=back or "\n")
        yield
        self.console.print(f"{back}  {name}: ready in {time.monotonic() - began:.1f} s")

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the folder's lock: the kernel drops it when its holder dies, so it is never stale."""
        with (self.var / "arena.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                holder = lock.read().strip() or "unknown"
                raise CommandError(
                    f"An arena already runs on {self._shown(self.var)} (process {holder}). "
                    "Stop it with Ctrl-C where it runs, or use another folder: VAR_DIR=other make run",
                ) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def _free_port(self, host: str, port: int | None) -> int:
        wanted = str(port or os.environ.get("PORT") or "")
        if wanted and not (wanted.isdecimal() and 0 < int(wanted) <= LAST_PORT):
            raise CommandError(f"A port is a number from 1 to {LAST_PORT}, not {wanted}.")
        for candidate in [int(wanted)] if wanted else PORTS:
            try:
                self._bind(host, candidate)
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise CommandError(
                        f"Nothing can listen on {host}, port {candidate}: {error.strerror}. "
                        "Name another with HOST and PORT."
                    ) from error
                continue
            return candidate
        ports = wanted or f"{PORTS[0]} to {PORTS[-1]}"
        raise CommandError(f"Port {ports} is taken on {host}. Choose another: make run PORT=9000")

    def _bind(self, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))

    def _say_ready(self, address: str, logins: list[first_run.Login]) -> None:
        self.console.print(f"\n[bold]S2S-Arena is ready: {address}[/bold]\n")
        for login in logins:
            self.console.print(
                f"  {login.role:<10} {login.email:<26} {login.password:<18} {address}{login.page}"
            )
        self.console.print("\nMails that the site sends are shown here. Logs: "
                           f"{self._shown(self.var / 'log')}. Ctrl-C stops everything.\n")  # fmt: skip

    def _shown(self, path: Path) -> str:
        with contextlib.suppress(ValueError):
            return str(path.resolve().relative_to(Path.cwd()))
        return str(path)

    def _stop_asked(self, *_: Any) -> None:
        raise Stopped
