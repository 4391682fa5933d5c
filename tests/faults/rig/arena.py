"""A whole arena for breaking: servers, workers, a sweeper, and a site where one is needed."""

import contextlib
import os
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import psutil

from tests.faults.rig import checks
from tests.faults.rig.endpoint import Endpoint
from tests.faults.rig.keeper import Keeper, Program
from tests.faults.rig.proxy import Proxy
from tests.faults.rig.servers import Servers

if TYPE_CHECKING:
    from inference.models import Prompt, System
    from tests.faults.rig.voters import Voters

ROOT = Path(__file__).resolve().parents[3]
# The same code on a short time scale: leases of 4 s, heartbeats of 1 s, hard deadlines of 10 s.
SHORT = {
    "CALL_SECONDS": "5",
    "LEASE_SECONDS": "4",
    "POLL_SECONDS": "1",
    "SWEEP_SECONDS": "0.5",
    "RING_AGAIN_SECONDS": "2",
    "BACKOFF_SECONDS": "0.2",
    # Refused soon, so that what eats memory leaves some to the machine.
    "ADAPTER_MEMORY_BYTES": "1500000000",
    "LOG_LEVEL": "INFO",
}
DEADLINE_SECONDS = 10
# Several arenas that come up side by side take a while.
UP_SECONDS = 240
# Systems of three kinds take equal shares of the jobs; the fourth stands for all whose work is elsewhere.
KINDS = ("steady", "batch", "staged", "hosted")
PROMPTS = 60


@dataclass
class Plan:
    """What an arena is made of.

    Attributes:
        workers: how many workers, each a program of its own.
        slots: how many batches each of them runs at once.
        sweepers: how many of them; one leads.
        voters: how many people vote meanwhile; any makes a site start.
        site: whether a site starts without voters too.
        small_disk: whether the database's journal lies on a small disk.
        environment: settings for the arena's programs, beside `SHORT`.
    """

    workers: int = 2
    slots: int = 3
    sweepers: int = 1
    voters: int = 0
    site: bool = False
    small_disk: bool = False
    environment: dict[str, str] = field(default_factory=dict)


class NotDrained(Exception):  # noqa: N818 -- no error of the rig: what it found
    """Jobs were left when the patience was over."""


class Arena:
    """The arena. Make one per process: Django's settings are read once.

    Attributes:
        asked: every job that was asked for and acknowledged, as (system, prompt, replicate).
        resumed: how often a paused system was resumed, as its owner would.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.mark = uuid.uuid4().hex
        self.var = Path(tempfile.mkdtemp(prefix="s2s-faults-"))
        # PostgreSQL runs as another user where we are root: it has to reach its files.
        self.var.chmod(0o711)
        self.servers = Servers(self.var, wal_on_a_small_disk=plan.small_disk)
        self.endpoint = Endpoint()
        self.to_endpoint = Proxy(listen=0, target=self.endpoint.port)
        self.keeper = Keeper()
        self.database = checks.Database(self.servers.direct_url)
        self.watcher = checks.Watcher(self.servers.direct_url)
        self.workers: list[Program] = []
        self.sweepers: list[Program] = []
        self.site: Program | None = None
        self.voters: Voters | None = None
        self.port = 0
        self.systems: dict[str, System] = {}
        self.prompts: list[Prompt] = []
        self.asked: set[tuple[int, int, int]] = set()
        self.resumed = 0
        self._next: dict[str, int] = {}

    # -- its life

    def start(self) -> None:
        """Bring everything up, and wait until the workers look for work."""
        self.servers.start()
        self.endpoint.start()
        self.to_endpoint.start()
        self._set_up_django()
        self._make_systems()
        if self.plan.voters:
            from tests.faults.rig.voters import Voters  # noqa: PLC0415 -- once Django is set up

            self.voters = Voters(self, people=self.plan.voters)
        self._make_programs()
        self.watcher.start()
        up = "the workers look for work"
        self.until(up, lambda: self.looking() >= self.plan.workers, seconds=UP_SECONDS)
        if self.site:
            self.until("the site answers", self.site_answers)

    def stop(self) -> list[str]:
        """Take everything down, and return the command lines of those who did not go."""
        if self.voters:
            self.voters.stop()
        left = self.keeper.close()
        self.watcher.close()
        self.database.close()
        self.to_endpoint.close()
        self.endpoint.close()
        from django.db import connections  # noqa: PLC0415 -- once Django is set up

        connections.close_all()
        self.servers.stop()
        return left

    def discard(self) -> None:
        """Delete all that it kept."""
        shutil.rmtree(self.var, ignore_errors=True)

    # -- jobs

    def ask(self, number: int, *, of: Sequence[str] = KINDS) -> None:
        """Ask for so many more jobs, in equal shares; while the database is away, ask again.

        What is left over goes to those who were asked for the least until now: jobs may come one by one.
        """
        shares = dict.fromkeys(of, number // len(of))
        for kind in sorted(of, key=lambda kind: self._next.get(kind, 0))[: number % len(of)]:
            shares[kind] += 1
        for kind, share in shares.items():
            first = self._next.get(kind, 0)
            self._next[kind] = first + share
            for replicate, prompts in self._slices(first, first + share):
                self._request(self.systems[kind], prompts, replicate)

    def hand_out(self, kind: str) -> tuple["System", "Prompt", int]:
        """Name the next job of a kind, for somebody else to ask for."""
        place = self._next.get(kind, 0)
        self._next[kind] = place + 1
        return self.systems[kind], self.prompts[place % PROMPTS], place // PROMPTS + 1

    def drained(self) -> bool:
        """Whether all jobs have ended; a system that was paused by its failures is resumed."""
        self._resume_paused()
        return checks.not_ended(self.database) == 0

    def until_drained(self, *, seconds: float, tick: Callable[[], object] = lambda: None) -> float:
        """Wait until all jobs have ended and return how long that took.

        Raises:
            NotDrained: some have not.
        """
        began = time.monotonic()
        while not self.drained():
            tick()
            if time.monotonic() - began > seconds:
                raise NotDrained(f"not ended after {seconds:g} s: {self._left()}")
            time.sleep(0.1)
        return time.monotonic() - began

    def missing(self) -> int:
        """Count the jobs that were acknowledged and are not there."""
        there = self.database.rows("SELECT system_id, prompt_id, replicate FROM inference_job")
        return len(self.asked - {tuple(row) for row in there})

    def executions(self) -> int:
        """Count how often an adapter was asked for one answer."""
        with contextlib.suppress(FileNotFoundError):
            return len((self.var / "executions").read_text().splitlines())
        return 0

    def running(self) -> int:
        """Count the jobs that are worked on."""
        return self.database.number("SELECT count(*) FROM inference_job WHERE state = 'running'")

    def looking(self) -> int:
        """Count the workers that looked for work in the last 3 s."""
        return self.database.number(
            "SELECT count(DISTINCT split_part(worker, '@', 1)) FROM inference_workerpulse "
            "WHERE worker <> 'sweeper' AND looked_at > clock_timestamp() - interval '3 seconds'"
        )

    # -- waiting, and choosing whom to hit

    def until(self, what: str, is_so: Callable[[], object], *, seconds: float = 60) -> None:
        """Wait until something is so.

        Raises:
            NotDrained: it is not.
        """
        until = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > until:
                raise NotDrained(f"not within {seconds:g} s: {what} ({self._left()})")
            time.sleep(0.05)

    def victim(self, rng: Random) -> psutil.Process | None:
        """Choose a process that some worker started."""
        everyone = [process for worker in self.workers for process in worker.children()]
        return rng.choice(everyone) if everyone else None

    # -- inside

    def _set_up_django(self) -> None:
        (self.var / "static").mkdir()
        media = self.var / "media"
        os.environ.update(
            SHORT,
            VAR_DIR=str(self.var),
            MEDIA_DIR=str(media),
            DATABASE_URL=self.servers.direct_url,
            REDIS_URL=self.servers.environment["REDIS_URL"],
            DJANGO_SETTINGS_MODULE="arena_site.settings",
            LOG_LEVEL="CRITICAL",
            PYTHONPATH=f"{self._plugins()}{os.pathsep}{ROOT}",
        )
        sys.path.insert(0, str(self.var / "plugins"))
        import django  # noqa: PLC0415 -- after the settings are named

        django.setup()
        from django.core.management import call_command  # noqa: PLC0415 -- as above

        call_command("migrate", verbosity=0)
        call_command("load_taxonomy", verbosity=0)

    def _plugins(self) -> Path:
        """Install the rig's systems as a package that is not the arena's own would be."""
        from tests.fakes.systems import SYSTEMS  # noqa: PLC0415 -- light, and only needed here

        info = self.var / "plugins" / "s2s_arena_rig-1.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: s2s-arena-rig\nVersion: 1\n")
        lines = [f"{name} = tests.fakes.systems:{kind}" for name, kind in SYSTEMS.items()]
        (info / "entry_points.txt").write_text("\n".join(["[s2s_arena.adapters]", *lines, ""]))
        return info.parent

    def _make_systems(self) -> None:
        from tests import factories  # noqa: PLC0415 -- once Django is set up

        folder = {"folder": str(self.var)}
        configs: dict[str, tuple[str, dict[str, Any]]] = {
            "steady": ("rig-steady", folder),
            "batch": ("rig-steady", folder | {"batch_size": 4}),
            "staged": ("rig-staged", folder),
            "hosted": ("rig-hosted", folder | {"port": self.to_endpoint.listen}),
        }
        for kind, (adapter, config) in configs.items():
            self.add_system(kind, adapter, config)
        within = factories.prompt_set("rig")
        playback = factories.playback_audio(factories.raw_audio())
        self.prompts = [
            factories.prompt(
                within,
                data=factories.wav(factories.tone(seconds=0.6, hz=200 + 10 * number)),
                playback=playback,
            )
            for number in range(PROMPTS)
        ]

    def add_system(self, kind: str, adapter: str, config: dict[str, Any]) -> None:
        """Enter one more system under a team of its own; nobody votes on it."""
        from tests import factories  # noqa: PLC0415 -- once Django is set up

        self.systems[kind] = factories.system(f"rig-{kind}", state="private", adapter=adapter, config=config)

    def _make_programs(self) -> None:
        manage = [sys.executable, str(ROOT / "manage.py")]
        for number in range(self.plan.workers):
            name = f"worker{number + 1}"
            command = [*manage, "work", "--slots", str(self.plan.slots), "--name", name]
            self.workers.append(self._program(name, command))
        for number in range(self.plan.sweepers):
            self.sweepers.append(self._program(f"sweeper{number + 1}", [*manage, "sweep"]))
        programs = [*self.workers, *self.sweepers]
        if self.plan.site or self.plan.voters:
            self.port = _free_port()
            command = [
                sys.executable,
                "-m",
                "gunicorn",
                "arena_site.wsgi",
                "--bind",
                f"127.0.0.1:{self.port}",
            ]
            self.site = self._program("site", [*command, "--preload", "--workers", "2", "--threads", "4"])
            self.site.environment["DJANGO_SETTINGS_MODULE"] = "tests.faults.rig.site.settings"
            programs.append(self.site)
        self.keeper.start(programs)

    def _program(self, name: str, command: list[str]) -> Program:
        environment = {**os.environ, **SHORT, **self.servers.environment, **self.plan.environment}
        (self.var / "log").mkdir(exist_ok=True)
        return Program(
            name, command, environment=environment, log=self.var / "log" / f"{name}.log", folder=ROOT
        )

    def site_answers(self) -> bool:
        import http.client  # noqa: PLC0415 -- only where there is a site

        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            line.request("GET", "/")
            return line.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()

    def _slices(self, first: int, end: int) -> Iterator[tuple[int, list["Prompt"]]]:
        """Cut a run of jobs into those that share a replicate."""
        while first < end:
            replicate, place = first // PROMPTS + 1, first % PROMPTS
            prompts = self.prompts[place : place + end - first]
            yield replicate, prompts
            first += len(prompts)

    def _request(self, system: "System", prompts: list["Prompt"], replicate: int) -> None:
        from inference.services import jobs  # noqa: PLC0415 -- once Django is set up

        self.insist(lambda: jobs.request(systems=[system], prompts=prompts, replicate=replicate))
        self.asked |= {(system.pk, prompt.pk, replicate) for prompt in prompts}

    def insist(self, write: Callable[[], object], *, seconds: float = 120) -> None:
        """Do what may be done twice, again and again while the database is away."""
        from django.db import InterfaceError, OperationalError, connection  # noqa: PLC0415 -- as above

        until = time.monotonic() + seconds
        while True:
            try:
                write()
            except (OperationalError, InterfaceError):
                connection.close()
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
            else:
                return

    def _resume_paused(self) -> None:
        paused = self.database.rows(
            "SELECT id FROM inference_system WHERE paused_at IS NOT NULL AND slug LIKE 'rig-%%'"
        )
        if not paused or self.endpoint.answer != "well":
            return
        from inference.models import System  # noqa: PLC0415 -- once Django is set up
        from inference.services import jobs  # noqa: PLC0415 -- as above

        for (key,) in paused:
            self.insist(lambda key=key: jobs.resume(System.objects.get(pk=key)))  # type: ignore[misc]
            self.resumed += 1

    def _left(self) -> str:
        rows = self.database.rows(
            "SELECT job.id, slug, job.state, attempts, lease_expires_at - clock_timestamp(), "
            "not_before - clock_timestamp(), paused_at FROM inference_job job "
            "JOIN inference_system s ON s.id = system_id "
            "WHERE job.state IN ('queued', 'running') ORDER BY job.id LIMIT 5"
        )
        # Who waits for whose lock, if that is it.
        rows += self.database.rows(
            "SELECT pid, state, now() - xact_start, pg_blocking_pids(pid), left(query, 80) "
            "FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0 "
            "OR state LIKE 'idle in transaction%%' LIMIT 5"
        )
        return "; ".join(" ".join(map(str, row)) for row in rows)


def _free_port() -> int:
    import socket  # noqa: PLC0415 -- only where there is a site

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
