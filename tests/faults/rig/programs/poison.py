"""R5: four systems that break whoever runs them, each beside healthy ones."""

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
    """Time healthy jobs alone and beside a poisoned one of each kind, in turns."""
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
        alone = [_time(arena, jobs)]
        beside: dict[str, float] = {}
        for kind in POISONS:
            report.tell(f"healthy jobs beside {kind}", done=len(beside), of=len(POISONS))
            arena.ask(1, of=(kind,))
            arena.until("the poisoned job is taken", arena.running)
            beside[kind] = _time(arena, jobs)
            arena.until_drained(seconds=120)
            alone.append(_time(arena, jobs))
        _judge(arena, report)
    # Other programs may use the machine too: each is held against what came just before and after it.
    times = {
        kind: seconds / ((alone[number] + alone[number + 1]) / 2)
        for number, (kind, seconds) in enumerate(beside.items())
    }
    report.figures |= {
        "healthy_alone_seconds": [round(seconds, 1) for seconds in alone],
        "healthy_beside_seconds": {kind: round(seconds, 1) for kind, seconds in beside.items()},
        "times_as_long": {kind: round(ratio, 2) for kind, ratio in times.items()},
    }
    for kind, ratio in times.items():
        report.require(f"healthy jobs took {ratio:.2f} times as long beside {kind}", ratio <= SLOWEST)
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
