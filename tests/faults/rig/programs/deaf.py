"""R7: a worker that lives and does nothing is replaced."""

import signal
import time

from tests.faults.rig.arena import Arena, Plan
from tests.faults.rig.proxy import Mode
from tests.faults.rig.report import Report
from tests.faults.rig.servers import send

LONGEST_SECONDS = 90.0
JOBS = 24
NEVER = "3600"


def run(*, ways: tuple[str, ...] = ("broker", "frozen")) -> Report:
    """Make the only worker deaf while jobs are due, in two ways, and wait for answers."""
    report = Report(
        "r7",
        f"a worker that is alive and deaf is replaced: answers come again within {LONGEST_SECONDS:.0f} s",
        ways=list(ways),
    )
    with report.watching(Plan(workers=1, slots=2)) as arena:
        report.tell("a worker in order")
        arena.ask(JOBS)
        arena.until_drained(seconds=60)
        if "broker" in ways:
            report.tell("its broker is a black hole, and it does not look by itself")
            report.figures["deaf_to_its_broker_seconds"] = _deaf_to_broker(arena)
            report.faults["F21"] += 1
        if "frozen" in ways:
            report.tell("its first process lives, the others are frozen")
            report.figures["children_frozen_seconds"] = _children_frozen(arena)
            report.faults["F7"] += 1
        arena.until_drained(seconds=120)
    for name in ("deaf_to_its_broker_seconds", "children_frozen_seconds"):
        seconds = report.figures.get(name, 0.0)
        report.require(f"{name}: {seconds}", seconds <= LONGEST_SECONDS)
    return report


def _deaf_to_broker(arena: Arena) -> float:
    """Start the worker with no eyes of its own, and let its line to the broker swallow everything."""
    (worker,) = arena.workers
    worker.extra = {"POLL_SECONDS": NEVER}
    starts = worker.starts
    worker.terminate()
    arena.until("the worker is back", lambda: worker.starts > starts and arena.looking())
    time.sleep(4)
    arena.servers.to_redis.become(Mode.BLACK_HOLE)
    arena.until("the worker has come to rest", lambda: not arena.running())
    return _until_answers(arena, heal=lambda: arena.servers.to_redis.become(Mode.PASS))


def _children_frozen(arena: Arena) -> float:
    (worker,) = arena.workers
    worker.extra = {}
    starts = worker.starts
    worker.terminate()
    arena.until("the worker is back", lambda: worker.starts > starts and arena.looking())
    frozen = worker.children()
    send(frozen, signal.SIGSTOP)
    return _until_answers(arena, heal=lambda: None)


def _until_answers(arena: Arena, *, heal) -> float:
    """Ask for jobs and return the seconds until a third of them is done."""
    done = "SELECT count(*) FROM inference_job WHERE state = 'done'"
    before = arena.database.number(done)
    began = time.monotonic()
    arena.ask(JOBS)
    # The line is well again soon; what was deaf stays so.
    time.sleep(5)
    heal()
    arena.until("answers come again", lambda: arena.database.number(done) >= before + JOBS // 3, seconds=180)
    return round(time.monotonic() - began, 1)
