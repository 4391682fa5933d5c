"""Break a whole arena for a long time, and see that nothing is lost: `make faults`, or one program of it.

    python -m benchmarks.faults r1 --seed 2        a storm of faults; r2 to r5, r7 and r8 likewise
    python -m benchmarks.faults r2 --only F6 F14   some faults only
    python -m benchmarks.faults all                everything at full size: two hours
    python -m benchmarks.faults table              write the tables of docs/reliability.md anew

Each run has servers and a folder of its own, ends with a code other than 0 where an invariant is broken, and
leaves a summary in benchmarks/results. docs/reliability.md says what each program shows.
"""

import argparse
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.faults.rig import report
from tests.faults.rig.faults import CATALOGUE, Fault
from tests.faults.rig.programs import broker, deaf, fencing, poison, rolling, single, storm

RESULTS = Path(__file__).parent / "results"
PAGE = Path(__file__).resolve().parents[1] / "docs" / "reliability.md"
# What one repetition costs beside the fault itself.
OVERHEAD_SECONDS = 10.0
SEEDS = (1, 2, 3)
STOPPED = 130


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("program", choices=["r1", "r2", "r3", "r4", "r5", "r7", "r8", "all", "table"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, help="How many jobs (r2: with each fault).")
    parser.add_argument("--seconds", type=int, help="How long (r1, r3), or at most (r2).")
    parser.add_argument("--repeat", type=int, default=20, help="How often each fault (r2).")
    parser.add_argument("--only", nargs="+", choices=list(CATALOGUE), default=[], help="Which faults (r2).")
    parser.add_argument("--lanes", type=int, default=1, help="How many arenas side by side (r2).")
    parser.add_argument("--late", type=int, default=100, help="How many late answers (r4).")
    parser.add_argument("--rounds", type=int, default=10, help="How many rolling restarts (r8).")
    parser.add_argument("--to", type=Path, help="Where the summary goes instead.")
    options = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        # A program that is stopped takes its arena down first; in the background, shells have SIGINT ignored.
        signal.signal(number, lambda *_: sys.exit(STOPPED))
    if options.program == "table":
        return write_table()
    if options.program == "all":
        return everything()
    if options.program == "r2" and options.lanes > 1:
        summary = in_lanes(options)
    else:
        summary = PROGRAMS[options.program](options).summary
    report.write(summary, options.to or RESULTS / f"faults-{named(options)}.json")
    report.say(summary)
    return 0 if summary["passed"] else 1


def given(**values: Any) -> dict[str, Any]:
    """Keep what was said on the command line; the programs know the rest."""
    return {name: value for name, value in values.items() if value is not None}


PROGRAMS: dict[str, Callable[[argparse.Namespace], report.Report]] = {
    "r1": lambda o: storm.run(seed=o.seed, **given(jobs=o.jobs, seconds=o.seconds)),
    "r2": lambda o: single.run(
        faults=o.only, repeat=o.repeat, seed=o.seed, **given(jobs=o.jobs, seconds=o.seconds)
    ),
    "r3": lambda o: broker.run(**given(jobs=o.jobs, seconds=o.seconds)),
    "r4": lambda o: fencing.run(late=o.late, seed=o.seed),
    "r5": lambda o: poison.run(**given(jobs=o.jobs)),
    "r7": lambda _: deaf.run(),
    "r8": lambda o: rolling.run(rounds=o.rounds, **given(jobs=o.jobs)),
}


def named(options: argparse.Namespace) -> str:
    """Name a run's summary."""
    return f"r1-seed-{options.seed}" if options.program == "r1" else str(options.program)


def everything() -> int:
    """Run all programs at full size, one after the other, and write the table."""
    runs = [["r4"], ["r5"], ["r7"], ["r8"], ["r3"], *(["r1", "--seed", str(seed)] for seed in SEEDS)]
    runs.append(["r2", "--lanes", "3"])
    codes = [start(*run).wait() for run in runs]
    write_table()
    return max(codes)


def start(*arguments: str) -> subprocess.Popen[bytes]:
    """Run one program in a process of its own: Django's settings are read once."""
    return subprocess.Popen([sys.executable, "-m", "benchmarks.faults", *arguments])  # noqa: S603 -- ourselves


def in_lanes(options: argparse.Namespace) -> dict[str, Any]:
    """Deal the faults out to arenas that run side by side, since most faults only wait, and add up."""
    names = options.only or list(CATALOGUE)
    lanes: list[list[str]] = [[] for _ in range(options.lanes)]
    cost = [0.0] * options.lanes
    for name in sorted(names, key=lambda name: -CATALOGUE[name].seconds):
        lane = cost.index(min(cost))
        lanes[lane].append(name)
        cost[lane] += CATALOGUE[name].seconds + OVERHEAD_SECONDS
    began = time.monotonic()
    parts = [RESULTS / f".lane-{number}.json" for number in range(options.lanes)]
    size = ["--repeat", str(options.repeat), "--seed", str(options.seed)]
    size += ["--jobs", str(options.jobs)] if options.jobs else []
    size += ["--seconds", str(options.seconds)] if options.seconds else []
    running = [
        start("r2", "--only", *lane, *size, "--to", str(part))
        for lane, part in zip(lanes, parts, strict=True)
    ]
    codes = [lane.wait() for lane in running]
    found = [json.loads(part.read_text()) for part in parts if part.exists()]
    for part in parts:
        part.unlink(missing_ok=True)
    return added_up(found, seconds=time.monotonic() - began, crashed=options.lanes - len(found), codes=codes)


def added_up(
    found: list[dict[str, Any]], *, seconds: float, crashed: int, codes: list[int]
) -> dict[str, Any]:
    """Make one summary of the lanes'."""
    summary = dict(found[0])
    broken = [line for one in found for line in one["broken"]]
    broken += [f"{crashed} lanes ended without a summary: {codes}"] if crashed else []
    figures: dict[str, Any] = {}
    for one in found:
        for name, value in one["figures"].items():
            if name == "drain_seconds":
                figures[name] = max(figures.get(name, 0), value)
            elif name.endswith("_percent"):
                continue
            elif isinstance(value, int):
                figures[name] = figures.get(name, 0) + value
            elif name in ("by_fault", "r6", "outcomes"):
                figures[name] = merged(figures.get(name, {}), value)
            elif name == "surprises":
                figures[name] = figures.get(name, []) + value
            elif name == "votes":
                figures[name] = value
    for kind in ("executions", "attempts"):
        extra = 100 * figures.get(f"extra_{kind}", 0) / max(1, figures.get("jobs", 0))
        figures[f"extra_{kind}_percent"] = round(extra, 2)
    faults = merged({}, *(one["faults"] for one in found))
    return summary | {
        "passed": not broken,
        "broken": broken,
        "parameters": summary["parameters"] | {"faults": list(faults), "lanes": len(found)},
        "seconds": round(seconds, 1),
        "faults": dict(sorted(faults.items(), key=lambda item: int(item[0][1:]))),
        "faults_injected": sum(faults.values()),
        "skipped": merged({}, *(one["skipped"] for one in found)),
        "figures": figures,
    }


def merged(*tables: dict[str, Any]) -> dict[str, Any]:
    """Lay tables over each other; numbers of one name are added."""
    whole: dict[str, Any] = {}
    for table in tables:
        for name, value in table.items():
            whole[name] = whole[name] + value if isinstance(whole.get(name), int) else value
    return whole


def write_table() -> int:
    """Put the results' figures into the documentation's page, between its two marks."""
    found = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("faults-*.json"))]
    rows = [
        "| run | holds | faults | jobs | lost | doubled | extra executions | drain | seconds | at commit |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---|",
        *map(row, found),
    ]
    catalogue = [f"| {fault.name} | {fault.title} |" for fault in sorted(CATALOGUE.values(), key=number)]
    page = between(PAGE.read_text(), "faults", ["| | fault |", "|---|---|", *catalogue])
    PAGE.write_text(between(page, "table", rows))
    return 0


def number(fault: Fault) -> int:
    """Say which of the 24 it is."""
    return int(fault.name[1:])


def between(page: str, name: str, lines: list[str]) -> str:
    """Replace what stands between a page's two marks of that name."""
    before, _, rest = page.partition(f"<!-- {name} -->\n")
    after = rest.partition(f"<!-- end of {name} -->")[2]
    return before + "\n".join([f"<!-- {name} -->", *lines, f"<!-- end of {name} -->"]) + after


def row(one: dict[str, Any]) -> str:
    """Write a run as a row of the table."""
    figures, name = one["figures"], str(one["program"]).upper()
    if one["program"] == "r1":
        name += f", seed {one['parameters']['seed']}"
    cells = [
        name,
        "yes" if one["passed"] else "**no**",
        str(one["faults_injected"]),
        *(str(figures.get(what, "–")) for what in ("jobs", "lost", "duplicated")),
        f"{figures.get('extra_executions', '–')} ({figures.get('extra_executions_percent', '–')} %)",
        f"{figures['drain_seconds']:g} s" if "drain_seconds" in figures else "–",
        f"{one['seconds']:.0f}",
        f"`{one['commit']}`",
    ]
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    sys.exit(main())
