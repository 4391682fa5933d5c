"""R8: restarts in order, one after the other, while people vote and jobs run."""

import time
from random import Random

from tests.faults.rig.arena import Arena, Plan
from tests.faults.rig.keeper import Program
from tests.faults.rig.report import Report


def run(*, rounds: int = 10, jobs: int = 500, voters: int = 6) -> Report:
    """Restart both workers, the sweeper and the site by SIGTERM, so many times."""
    report = Report(
        "r8",
        f"{rounds} rolling restarts under votes and {jobs} jobs: no request fails after its retries, "
        "no job is lost, at most 1 extra execution a restart",
        rounds=rounds,
        jobs=jobs,
        voters=voters,
    )
    restarts = 0
    codes: list[int] = []
    with report.watching(Plan(workers=2, slots=4, voters=voters)) as arena:
        assert arena.voters
        assert arena.site
        arena.voters.start()
        began = time.monotonic()
        for number in range(rounds):
            report.tell("restarts in order", done=number, of=rounds)
            arena.ask(jobs // rounds)
            arena.until("a job runs", arena.running)
            time.sleep(Random(number).uniform(0, 1))
            for program in (*arena.workers, *arena.sweepers, arena.site):
                codes.append(_restart(arena, program))
                restarts += 1
        arena.until_drained(seconds=120)
        seconds = time.monotonic() - began
        report.figures |= {
            "restarts": restarts,
            "exit_codes": sorted(set(codes)),
            "vote_requests_a_second": round(arena.voters.requests / seconds, 1),
        }
    extra = report.figures.get("extra_executions", jobs)
    report.require(f"{extra} extra executions in {restarts} restarts", extra <= restarts)
    report.require(f"they end in order: {sorted(set(codes))}", set(codes) == {0})
    return report


def _restart(arena: Arena, program: Program) -> int:
    """Ask a program to stop, wait until it is back, and return its exit code."""
    old, starts = program.process, program.starts
    assert old
    program.terminate()
    arena.until(f"{program.name} is back", lambda: program.starts > starts, seconds=60)
    if program in arena.workers:
        name = program.name
        arena.until(
            f"{name} looks for work again",
            lambda: arena.database.number(
                "SELECT count(*) FROM inference_workerpulse WHERE split_part(worker, '@', 1) = %s "
                "AND looked_at > clock_timestamp() - interval '1 second'",
                [name],
            ),
        )
    if program is arena.site:
        arena.until("the site answers", arena.site_answers)
    return old.returncode
