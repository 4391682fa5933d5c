"""R7: a worker that lives and does nothing is replaced."""

import signal
import time

import psutil

from tests.faults.rig.arena import Arena, Plan
from tests.faults.rig.proxy import Mode
from tests.faults.rig.report import Report
from tests.faults.rig.servers import send

LONGEST_SECONDS = 90.0
JOBS = 24
SLOTS = 2
NEVER = "3600"


def run() -> Report:
    """Make the only worker deaf while jobs are due, in three ways, and wait for answers."""
    report = Report(
        "r7",
        f"a worker that is alive and deaf is replaced: answers come again within {LONGEST_SECONDS:.0f} s",
    )
    with report.watching(Plan(workers=1, slots=SLOTS)) as arena:
        report.tell("a worker in order")
        arena.ask(JOBS)
        arena.until_drained(seconds=60)
        ways = {
            "deaf_to_its_broker": _deaf_to_broker,
            "slots_frozen": _slots_frozen,
            "all_frozen": _all_frozen,
        }
        for name, way in ways.items():
            report.tell(name.replace("_", " "))
            seconds = report.figures[f"{name}_seconds"] = way(arena)
            report.require(f"{name}: {seconds} s", seconds <= LONGEST_SECONDS)
            arena.until_drained(seconds=120)
    return report


def _deaf_to_broker(arena: Arena) -> float:
    """Start the worker with no eyes of its own, and let its line to the broker swallow everything."""
    _start_anew(arena, POLL_SECONDS=NEVER)
    arena.servers.to_redis.become(Mode.BLACK_HOLE)
    arena.until("the worker has come to rest", lambda: not arena.running())
    return _until_answers(arena, heal=lambda: arena.servers.to_redis.become(Mode.PASS))


def _slots_frozen(arena: Arena) -> float:
    """Freeze the processes that look for work; the worker's first process lives and could replace them."""
    _start_anew(arena)
    send(_slots(arena), signal.SIGSTOP)
    return _until_answers(arena, heal=lambda: None)


def _all_frozen(arena: Arena) -> float:
    """Freeze all that `manage.py work` started; it alone lives."""
    _start_anew(arena)
    send(arena.workers[0].children(), signal.SIGSTOP)
    return _until_answers(arena, heal=lambda: None)


def _start_anew(arena: Arena, **environment: str) -> None:
    """Restart the worker with these settings, and wait until all its slots have looked for work."""
    (worker,) = arena.workers
    worker.extra = environment
    starts = worker.starts
    worker.terminate()
    arena.until("the worker is back", lambda: worker.starts > starts and len(_slots(arena)) == SLOTS)


def _slots(arena: Arena) -> list[psutil.Process]:
    """The worker's processes that have looked for work: their ids end the names of their pulses."""
    names = arena.database.rows("SELECT worker FROM inference_workerpulse WHERE worker LIKE '%%/%%'")
    looked = {int(name.rpartition("/")[2]) for (name,) in names}
    return [process for process in arena.workers[0].children() if process.pid in looked]


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
