"""R2: every fault by itself, again and again."""

import math
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from random import Random
from typing import Any

from django.db import connections

from tests.faults.rig import checks
from tests.faults.rig.arena import Arena, NotDrained, Plan
from tests.faults.rig.faults import CATALOGUE, Injection
from tests.faults.rig.report import Report

LONGEST_DRAIN_SECONDS = 120.0


def run(
    *,
    faults: Sequence[str] = (),
    repeat: int = 20,
    jobs: int = 50,
    seed: int = 1,
    seconds: float = math.inf,
) -> Report:
    """Inject each fault so many times, with its own jobs under way, and look after each time.

    After so many seconds no other round is begun; what has not been repeated often enough is told.
    """
    names = list(faults) or list(CATALOGUE)
    report = Report(
        "r2",
        f"each fault survived {repeat} times, one by one, with {jobs} jobs each: "
        "0 lost, 0 doubled, all ended",
        faults=names,
        repeat=repeat,
        jobs=jobs,
        seed=seed,
    )
    rng = Random(seed)
    for name in names:
        if reason := CATALOGUE[name].missing():
            report.skipped[name] = reason
    chosen = [CATALOGUE[name] for name in names if name not in report.skipped]
    if not chosen:
        return report
    plan = Plan(
        workers=2,
        slots=3,
        voters=max(fault.voters for fault in chosen),
        small_disk=any(fault.small_disk for fault in chosen),
    )
    taken: dict[str, list[float]] = defaultdict(list)
    hit: dict[str, list[str]] = defaultdict(list)
    with report.watching(plan) as arena:
        if arena.voters:
            arena.voters.start()
        until = time.monotonic() + seconds
        for turn in range(repeat):
            if time.monotonic() > until:
                break
            # Another order each time, so that no fault always follows the same one.
            for fault in rng.sample(chosen, len(chosen)):
                report.tell(
                    f"{fault.name}, {fault.title}", done=report.faults.total(), of=repeat * len(chosen)
                )
                drain, detail = _once(arena, report, fault.name, rng, turn=turn, jobs=jobs)
                taken[fault.name].append(drain)
                hit[fault.name].append(detail)
        report.figures["drain_seconds"] = max(max(each) for each in taken.values())
    for name, each in taken.items():
        report.require(f"{name}: {len(each)} times of {repeat}", len(each) == repeat)
    report.figures["by_fault"] = {
        name: {
            "title": CATALOGUE[name].title,
            "times": len(each),
            "longest_drain_seconds": max(each),
            "hit": hit[name],
        }
        for name, each in sorted(taken.items(), key=lambda item: int(item[0][1:]))
    }
    return report


def _once(arena: Arena, report: Report, name: str, rng: Random, *, turn: int, jobs: int) -> tuple[float, str]:
    """Break something while jobs run, wait until they have ended, and look at all there is."""
    fault = CATALOGUE[name]
    first = jobs if fault.seconds == 0 else jobs // 2
    arena.ask(first, of=fault.of)
    arena.until("a job runs", arena.running)
    time.sleep(rng.uniform(0, 1.0))
    injection = Injection(fault, arena, rng, turn=turn)
    report.faults[name] += 1
    asker = threading.Thread(target=_ask_meanwhile, args=(arena, injection, jobs - first), name="asker")
    asker.start()
    time.sleep(max(0.0, injection.until - time.monotonic()))
    injection.end()
    asker.join()
    try:
        drain = arena.until_drained(seconds=LONGEST_DRAIN_SECONDS)
    except NotDrained as error:
        raise NotDrained(f"{name} ({injection.detail}), time {turn + 1}: {error}") from error
    for what, number in _wrong(arena).items():
        report.require(f"{name} ({injection.detail}), time {turn + 1}: {what} {number}", number == 0)
    return round(drain, 1), injection.detail


def _ask_meanwhile(arena: Arena, injection: Injection, jobs: int) -> None:
    """Ask for jobs all the time that a fault lasts; whoever asks may have to wait for its end."""
    asked = 0
    while (left := injection.until - time.monotonic()) > 0:
        due = round(jobs * (1 - left / injection.fault.seconds))
        arena.ask(due - asked, of=injection.fault.of)
        asked = due
        time.sleep(0.1)
    arena.ask(jobs - asked, of=injection.fault.of)
    connections.close_all()


def _wrong(arena: Arena) -> dict[str, Any]:
    return checks.wrong(arena.database) | {"acknowledged_jobs_missing": arena.missing()}
