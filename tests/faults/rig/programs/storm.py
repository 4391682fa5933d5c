"""R1: thousands of jobs under a storm of faults."""

import time
from random import Random

from tests.faults.rig.arena import Arena, Plan
from tests.faults.rig.faults import CATALOGUE, Injection
from tests.faults.rig.report import Report

KINDS = ("F1", "F2", "F3", "F4", "F5", "F6", "F7")
PAUSE_SECONDS = (2.5, 5.0)
MOST_EXTRA_PERCENT = 5.0
LONGEST_DRAIN_SECONDS = 60.0
# A run of full size; a smaller one is judged by the same rules but for the number of its faults.
FULL_SECONDS = 600


def run(*, jobs: int = 3000, seconds: int = FULL_SECONDS, seed: int = 1) -> Report:
    """Ask for jobs evenly over the time, and break something every 2.5 to 5 s."""
    report = Report(
        "r1",
        "0 lost and 0 doubled answers under faults of 7 kinds; at most 5 % extra executions; drained in 60 s",
        jobs=jobs,
        seconds=seconds,
        seed=seed,
    )
    rng = Random(seed)
    with report.watching(Plan(workers=2, slots=2)) as arena:
        _storm(arena, report, rng, jobs=jobs, seconds=seconds)
        asked = jobs - len(arena.asked)
        arena.ask(asked)
        drain = arena.until_drained(seconds=300)
        report.figures["drain_seconds"] = round(drain, 1)
        report.require(f"drained in {drain:.0f} s", drain <= LONGEST_DRAIN_SECONDS)
    extra = report.figures.get("extra_executions_percent", 100.0)
    report.require(f"extra executions: {extra} %", extra <= MOST_EXTRA_PERCENT)
    if seconds >= FULL_SECONDS:
        report.require(f"{report.faults.total()} faults", report.faults.total() >= 100)
    return report


def _storm(arena: Arena, report: Report, rng: Random, *, jobs: int, seconds: int) -> None:
    began = time.monotonic()
    open_ones: list[Injection] = []
    round_: list[str] = []
    next_at = began + rng.uniform(*PAUSE_SECONDS)
    while (now := time.monotonic()) < began + seconds or open_ones:
        # Never so many at once that a break finds the arena idle before it and drowned after it.
        wanted = min(jobs, round(jobs * (now - began + 5) / seconds))
        if wanted > len(arena.asked):
            arena.ask(wanted - len(arena.asked))
        for injection in [one for one in open_ones if one.until <= now]:
            injection.end()
            open_ones.remove(injection)
        if next_at <= now < began + seconds:
            round_ = round_ or rng.sample(KINDS, len(KINDS))
            fault = CATALOGUE[round_.pop()]
            open_ones.append(Injection(fault, arena, rng, turn=rng.randrange(60)))
            report.faults[fault.name] += 1
            next_at = time.monotonic() + rng.uniform(*PAUSE_SECONDS)
        done = min(now - began, seconds)
        report.tell(f"{len(arena.asked)} jobs asked, {report.faults.total()} faults", done=done, of=seconds)
        time.sleep(0.1)
