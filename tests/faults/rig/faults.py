"""The 24 faults, each a function that breaks something, waits at its `yield`, and lets go of it again."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psutil
import psycopg

from tests.faults.rig.arena import KINDS, Arena
from tests.faults.rig.endpoint import BAD, Answer
from tests.faults.rig.proxy import Mode, Proxy
from tests.faults.rig.servers import send

# A half-open connection is noticed by the kernel some time after the line is well again.
HALF_OPEN_SECONDS = 12.0
# Until some worker has a process below it.
MOST_SECONDS_TO_HIT = 20.0
MIB = 2**20
MOST_SECONDS_TO_FILL = 20.0
# A few MiB that do not compress.
BALLAST = """
    INSERT INTO rig_ballast SELECT string_agg(md5(random()::text), '')
    FROM generate_series(1, 40000) AS row(number) GROUP BY number % 100
"""
Act = Callable[[Arena, Random, int], Iterator[str]]


@dataclass(frozen=True)
class Fault:
    """One way to break an arena.

    Attributes:
        name: F1 to F24.
        title: what happens.
        seconds: how long it lasts.
        act: breaks, yields a word about what it hit, and repairs.
        of: whose jobs are asked for beside it.
        voters: how many people vote meanwhile.
        small_disk: whether the database's journal has to lie on a small disk.
        missing: why it cannot be had on this machine; empty where it can.
    """

    name: str
    title: str
    seconds: float
    act: Act
    of: tuple[str, ...] = KINDS
    voters: int = 0
    small_disk: bool = False
    missing: Callable[[], str] = lambda: ""


CATALOGUE: dict[str, Fault] = {}


def fault(name: str, title: str, *, seconds: float = 0.0, **more: object) -> Callable[[Act], Act]:
    """Enter a fault into the catalogue."""

    def enter(act: Act) -> Act:
        CATALOGUE[name] = Fault(name, title, seconds, act, **more)  # type: ignore[arg-type]
        return act

    return enter


class Injection:
    """A fault that was begun and has to be ended.

    Attributes:
        detail: what it hit.
        until: when it is to end, on the monotonic clock.
    """

    def __init__(self, fault: Fault, arena: Arena, rng: Random, *, turn: int) -> None:
        self.fault = fault
        self._steps = fault.act(arena, rng, turn)
        self.detail = next(self._steps)
        self.until = time.monotonic() + fault.seconds

    def end(self) -> None:
        """Repair what was broken."""
        next(self._steps, None)


# -- processes


@fault("F1", "kill -9 of a process below a worker")
def kill_child(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    """A pool's process, an adapter's, or a decoder's: whichever the dice choose."""
    yield _hit(arena, rng, signal.SIGKILL)


@fault("F2", "kill -9 of a worker and its process group")
def kill_worker(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    worker = rng.choice(arena.workers)
    worker.kill_group()
    yield worker.name


@fault("F3", "kill -9 of the sweeper")
def kill_sweeper(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    sweeper = rng.choice(arena.sweepers)
    sweeper.kill_group()
    yield sweeper.name


@fault("F7", "a worker frozen past its leases", seconds=6.0)
def freeze_worker(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    worker = rng.choice(arena.workers)
    frozen = worker.family()
    send(frozen, signal.SIGSTOP)
    yield worker.name
    send(frozen, signal.SIGCONT)


@fault("F17", "an adapter that runs out of memory", of=("steady", "batch"))
def run_out_of_memory(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    """The next call eats memory until its process's limit refuses more, or until that process is killed."""
    (arena.var / "mood.new").write_text("eat")
    (arena.var / "mood.new").rename(arena.var / "mood")
    yield "the next call"


@fault("F18", "SIGSEGV of a process below a worker")
def segfault_child(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    yield _hit(arena, rng, signal.SIGSEGV)


def _libfaketime() -> str:
    return next((str(path) for path in Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), "")


@fault(
    "F24",
    "a worker whose clock is an hour ahead",
    seconds=4.0,
    missing=lambda: (
        "" if _libfaketime() else "libfaketime is not installed (Debian: apt-get install faketime)"
    ),
)
def shift_clock(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    worker = rng.choice(arena.workers)
    worker.extra = {"LD_PRELOAD": _libfaketime(), "FAKETIME": "+3600s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    worker.kill_group()
    yield worker.name
    worker.extra = {}
    worker.kill_group()


# -- the broker


@fault("F4", "Redis FLUSHALL")
def flush_redis(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    arena.servers.ask_redis("flushall")
    yield "all keys"


@fault("F5", "Redis kill -9, restarted empty", seconds=1.0)
def kill_redis(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    arena.servers.kill_redis()
    yield "redis"
    arena.servers.start_redis()


@fault("F8", "Redis down for 60 s", seconds=60.0)
def take_redis_down(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    arena.servers.kill_redis()
    yield "redis"
    arena.servers.start_redis()


@fault("F9", "Redis frozen for 30 s", seconds=30.0)
def freeze_redis(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    arena.servers.freeze_redis()
    yield "redis"
    arena.servers.thaw_redis()


@fault("F10", "Redis without memory (maxmemory 1mb, noeviction)", seconds=5.0)
def starve_redis(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    arena.servers.ask_redis("config", "set", "maxmemory-policy", "noeviction")
    arena.servers.ask_redis("config", "set", "maxmemory", "1mb")
    yield arena.servers.ask_redis("set", "probe", "x" * 10_000).strip()[:40]
    arena.servers.ask_redis("config", "set", "maxmemory", "0")


# -- the database


@fault("F6", "PostgreSQL restarted as by a power cut")
def crash_postgres(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    arena.servers.restart_postgres("immediate")
    yield "immediate"


@fault("F11", "PostgreSQL restarted in order")
def restart_postgres(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    arena.servers.restart_postgres("fast")
    yield "fast"


@fault("F12", "PostgreSQL frozen for 10 s", seconds=10.0)
def freeze_postgres(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    arena.servers.freeze_postgres()
    yield "postgres"
    arena.servers.thaw_postgres()


@fault("F13", "no connection slot left, and every open one ended", seconds=5.0)
def take_all_connections(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    taken: list[psycopg.Connection] = []
    try:
        _take_connections(arena, taken)
        with contextlib.suppress(psycopg.Error):
            taken[0].execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name <> 'thief'"
            )
        # Those who come back find their places taken.
        _take_connections(arena, taken)
        yield f"{len(taken)} connections"
    finally:
        for one in taken:
            one.close()


@fault(
    "F14",
    "the disk of PostgreSQL's journal full",
    seconds=3.0,
    small_disk=True,
    missing=lambda: "" if os.geteuid() == 0 and _mountable() else "needs root, to mount a small disk",
)
def fill_journal_disk(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    assert arena.servers.wal
    filler = arena.servers.wal / "filler"
    try:
        with filler.open("wb") as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(MIB))
                file.flush()
        yield _until_journal_fails(arena)
    finally:
        filler.unlink(missing_ok=True)
    if not arena.servers.postgres.running:
        arena.servers.restart_postgres("immediate")


# -- the site


@fault("F15", "kill -9 of a site's process in the middle of a vote", voters=3)
def kill_site_process(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    assert arena.site
    _in_a_vote(arena, rng)
    children = arena.site.children()
    victims = [rng.choice(children)] if children else []
    send(victims, signal.SIGKILL)
    yield f"{len(victims)} of {len(children)}"


@fault("F16", "kill -9 of the site's first process in the middle of a vote", voters=3)
def kill_site(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    assert arena.site
    _in_a_vote(arena, rng)
    family = arena.site.family()
    send(family[:1], signal.SIGKILL)
    yield f"{len(family)} processes"


# -- the lines between them


@fault("F19", "a line with 2 s of latency", seconds=6.0)
def slow_line(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    yield from _line(arena, turn, Mode.DELAY)


@fault("F20", "a line that resets every connection", seconds=2.0)
def reset_line(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    yield from _line(arena, turn, Mode.RESET)


@fault("F21", "a line that swallows everything, and leaves connections half open", seconds=6.0)
def deaf_line(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    name, proxy = _proxy(arena, turn)
    proxy.become(Mode.BLACK_HOLE)
    yield name
    proxy.become(Mode.PASS)
    time.sleep(HALF_OPEN_SECONDS)
    proxy.cut(deaf_only=True)


@fault("F22", "a line that passes one byte at a time", seconds=5.0)
def slice_line(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    yield from _line(arena, turn, Mode.SLICE)


@fault(
    "F23",
    "a hosted endpoint that hangs, fails, never ends, or sends us elsewhere",
    seconds=4.0,
    of=("hosted",),
)
def bad_endpoint(arena: Arena, rng: Random, turn: int) -> Iterator[str]:
    arena.endpoint.answer = BAD[turn % len(BAD)]
    yield str(arena.endpoint.answer)
    arena.endpoint.answer = Answer.WELL


# -- how


def _hit(arena: Arena, rng: Random, number: signal.Signals) -> str:
    until = time.monotonic() + MOST_SECONDS_TO_HIT
    while time.monotonic() < until:
        if victim := arena.victim(rng):
            # One that was seen may be gone by now: then another is chosen.
            with contextlib.suppress(psutil.NoSuchProcess, IndexError):
                said = _role(victim)
                victim.send_signal(number)
                return said
        time.sleep(0.05)
    return "nobody was there"


def _role(process: psutil.Process) -> str:
    """Say what a process below a worker is for."""
    line = " ".join(process.cmdline())
    roles = {"inference.host": "a host of adapters", "inference.audio": "a decoder", "manage.py": "a slot"}
    return next((role for part, role in roles.items() if part in line), line[-60:])


def _take_connections(arena: Arena, taken: list[psycopg.Connection]) -> None:
    with contextlib.suppress(psycopg.OperationalError):
        while True:
            taken.append(psycopg.connect(arena.servers.direct_url, application_name="thief", autocommit=True))


def _mountable() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=False, capture_output=True
        )
        if mounted.returncode == 0:
            subprocess.run(["umount", folder], check=False)
        return mounted.returncode == 0


def _until_journal_fails(arena: Arena) -> str:
    """Write until the database can write no more: first it refuses, then it goes down."""
    said: list[str] = []
    until = time.monotonic() + MOST_SECONDS_TO_FILL
    while time.monotonic() < until and "OperationalError" not in said:
        try:
            with psycopg.connect(arena.servers.direct_url, autocommit=True, connect_timeout=3) as line:
                line.execute("CREATE TABLE IF NOT EXISTS rig_ballast (bytes text)")
                while time.monotonic() < until:
                    line.execute(BALLAST)
                    line.execute("TRUNCATE rig_ballast")
        except psycopg.Error as error:
            if type(error).__name__ not in said:
                said.append(type(error).__name__)
            time.sleep(0.1)
    return ", then ".join(said) or "nothing went wrong"


def _in_a_vote(arena: Arena, rng: Random) -> None:
    """Wait until a vote goes out, and a random while more."""
    assert arena.voters
    arena.voters.casting.clear()
    arena.voters.casting.wait(10)
    time.sleep(rng.uniform(0, 0.03))


def _proxy(arena: Arena, turn: int) -> tuple[str, Proxy]:
    lines = [
        ("redis", arena.servers.to_redis),
        ("postgres", arena.servers.to_postgres),
        ("endpoint", arena.to_endpoint),
    ]
    return lines[turn % len(lines)]


def _line(arena: Arena, turn: int, mode: Mode) -> Iterator[str]:
    name, proxy = _proxy(arena, turn)
    proxy.become(mode)
    yield name
    proxy.become(Mode.PASS)
