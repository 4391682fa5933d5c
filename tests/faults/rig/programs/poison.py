"""R5: four systems that break whoever runs them, beside healthy ones."""

import time

from tests.faults.rig.arena import DEADLINE_SECONDS, SHORT, Arena, Plan
from tests.faults.rig.report import Report

POISONS = {
    "segfault": "rig-segfault",
    "hungry": "rig-hungry",
    "endless": "rig-endless",
    "garbage": "rig-garbage",
}
MOST_CRASHES = 3
MOST_ERRORS = 5
SLOWEST = 1.5
# A try that its deadline ends is found out by the lease, which has to run out, and by the next sweep.
SLACK_SECONDS = float(SHORT["LEASE_SECONDS"]) + 3
HEALTHY = ("steady", "staged")

TRIES = """
    SELECT attempt.outcome, attempt.code, extract(epoch FROM attempt.ended_at - attempt.started_at)::float
    FROM inference_attempt attempt WHERE job_id = %s ORDER BY number
"""
UNDONE = """
    SELECT count(*) FROM inference_job WHERE id > %s AND system_id = ANY(%s) AND state <> 'done'
"""


def run(*, jobs: int = 100) -> Report:
    """Time healthy jobs alone, then beside one poisoned job of each kind, then alone again."""
    report = Report(
        "r5",
        f"a poisoned job fails after exactly {MOST_CRASHES} crashes or {MOST_ERRORS} errors, holds one slot "
        f"for at most its deadline, and {jobs} healthy jobs beside it take at most {SLOWEST} times as long",
        jobs=jobs,
    )
    with report.watching(Plan(workers=2, slots=4)) as arena:
        for kind, adapter in POISONS.items():
            arena.add_system(kind, adapter, {"folder": str(arena.var)})
        report.tell("processes warm up")
        _time(arena, jobs)
        report.tell("healthy jobs alone")
        before = _time(arena, jobs)
        report.tell("healthy jobs beside poisoned ones")
        arena.ask(len(POISONS), of=tuple(POISONS))
        arena.until("a poisoned job runs", arena.running)
        beside = _time(arena, jobs)
        report.tell("poisoned jobs come to their end")
        arena.until_drained(seconds=120)
        report.tell("healthy jobs alone again")
        after = _time(arena, jobs)
        _judge(arena, report)
    normal = (before + after) / 2
    report.figures |= {
        "healthy_alone_seconds": [round(before, 1), round(after, 1)],
        "healthy_beside_poison_seconds": round(beside, 1),
        "times_as_long": round(beside / normal, 2),
    }
    report.require(f"healthy jobs took {beside / normal:.2f} times as long", beside <= SLOWEST * normal)
    return report


def _time(arena: Arena, jobs: int) -> float:
    """Ask for healthy jobs and return the seconds until they are done."""
    first = arena.database.number("SELECT coalesce(max(id), 0) FROM inference_job")
    began = time.monotonic()
    arena.ask(jobs, of=HEALTHY)
    ours = [arena.systems[kind].pk for kind in HEALTHY]
    arena.until(
        "healthy jobs are done", lambda: arena.database.number(UNDONE, [first, ours]) == 0, seconds=180
    )
    return time.monotonic() - began


def _judge(arena: Arena, report: Report) -> None:
    report.figures["poisoned"] = {}
    for kind in POISONS:
        ((key, state, crashes, errors),) = arena.database.rows(
            "SELECT id, state, crashes, errors FROM inference_job WHERE system_id = %s",
            [arena.systems[kind].pk],
        )
        tries = arena.database.rows(TRIES, [key])
        longest = max(seconds for _, _, seconds in tries)
        report.figures["poisoned"][kind] = {
            "state": state,
            "crashes": crashes,
            "errors": errors,
            "tries": [f"{outcome} {code} after {seconds:.1f} s" for outcome, code, seconds in tries],
        }
        exact = (crashes, errors) in {(MOST_CRASHES, 0), (0, MOST_ERRORS)}
        report.require(
            f"{kind} is {state} after {crashes} crashes, {errors} errors", state == "failed" and exact
        )
        report.require(
            f"{kind} held a slot for {longest:.1f} s at once", longest <= DEADLINE_SECONDS + SLACK_SECONDS
        )
