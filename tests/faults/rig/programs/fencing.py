"""R4: whoever comes back late finds that its work no longer counts."""

import signal
import time
from random import Random

from tests.faults.rig.arena import SHORT, Arena, Plan
from tests.faults.rig.report import Report
from tests.faults.rig.servers import send

WORKERS = 4
SLOTS = 4
# Their hard deadline must not end those who come back before they can try.
PLAN = Plan(workers=WORKERS, slots=SLOTS, environment={"CALL_SECONDS": "20"})
# Frozen ones hold single jobs, and long ones, so that each is frozen in the middle of an answer.
SYSTEM = {"shortest_seconds": 1.5, "longest_seconds": 2.5}


def run(*, late: int = 100, seed: int = 1) -> Report:
    """Freeze workers with jobs in their hands until others have done them, and let them go on."""
    report = Report(
        "r4", f"{late} of {late} late answers refused, each with an attempt *fenced*", late=late, seed=seed
    )
    rng = Random(seed)
    with report.watching(PLAN) as arena:
        arena.add_system("slow", "rig-steady", {"folder": str(arena.var), **SYSTEM})
        held: set[int] = set()
        rounds = 0
        while len(held) < late:
            report.tell("leases lost while frozen", done=len(held), of=late)
            held |= _round(arena, rng)
            rounds += 1
        _judge(arena, report, held)
        report.figures["rounds"] = rounds
    report.require(f"{report.figures.get('late_commits', 0)} late commits", len(held) >= late)
    return report


def _round(arena: Arena, rng: Random) -> set[int]:
    """Freeze half of the workers, and return the attempts that they held when others took their jobs."""
    frozen = rng.sample(arena.workers, WORKERS // 2)
    names = [worker.name for worker in frozen]
    arena.ask(WORKERS * SLOTS, of=("slow",))
    arena.until("every slot has a job", lambda: len(_open(arena, names)) >= len(frozen) * SLOTS - 1)
    processes = [process for worker in frozen for process in worker.family()]
    send(processes, signal.SIGSTOP)
    held = _open(arena, names)
    try:
        time.sleep(int(SHORT["LEASE_SECONDS"]) + 2)
        arena.until("others have done their jobs", lambda: _done_by_others(arena, held))
    finally:
        send(processes, signal.SIGCONT)
    arena.until_drained(seconds=60)
    arena.until("those who come back have noticed", lambda: not _open(arena, names) and _fenced(arena, held))
    return held


def _open(arena: Arena, workers: list[str]) -> set[int]:
    query = (
        "SELECT attempt.id FROM inference_attempt attempt JOIN inference_job job ON job.id = job_id "
        "WHERE attempt.ended_at IS NULL AND job.state = 'running' AND split_part(worker, '@', 1) = ANY(%s)"
    )
    return {key for (key,) in arena.database.rows(query, [workers])}


def _done_by_others(arena: Arena, held: set[int]) -> bool:
    """Whether all jobs of these attempts are done, by later ones."""
    query = (
        "SELECT count(*) FROM inference_attempt attempt JOIN inference_job job ON job.id = job_id "
        "WHERE attempt.id = ANY(%s) AND (job.state <> 'done' OR attempt.number = job.attempts)"
    )
    return arena.database.number(query, [list(held)]) == 0


def _fenced(arena: Arena, held: set[int]) -> bool:
    query = "SELECT count(*) FROM inference_attempt WHERE id = ANY(%s) AND outcome <> 'fenced'"
    return arena.database.number(query, [list(held)]) == 0


def _judge(arena: Arena, report: Report, held: set[int]) -> None:
    outcomes = dict(
        arena.database.rows(
            "SELECT outcome, count(*) FROM inference_attempt WHERE id = ANY(%s) GROUP BY 1", [list(held)]
        )
    )
    report.figures |= {"late_commits": len(held), "late_outcomes": outcomes}
    report.require(f"all late ones are fenced: {outcomes}", set(outcomes) == {"fenced"})
