"""Time what a board costs: read its votes, compute, store, serve; 100 systems and a million votes in 5 s.

Run from the repository: `python -m benchmarks.boards [--votes 1000000] [--systems 100] [--annotators 2000]
[--prompts 300] [--pages 20] [--json FILE]`. It brings up a PostgreSQL of its own, as durable as the site's,
fills it, publishes the board of all votes (two-way intervals, rank ranges, as many resamples of people as the
settings say, doubts, test card, pairs), runs `manage.py rebuild_snapshot` in a process of its own, asks for
the pages, and prints Markdown. Goal L7 is `--votes 100000 --systems 50 --annotators 400`.
"""

import argparse
import cProfile
import json
import os
import platform
import pstats
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.jobs import bring_up, took
from benchmarks.jobs import timed as counted

PAGES = ("/boards/overall/", "/boards/overall/pairs/", "/boards/overall/doubts/", "/api/v1/boards/overall")


def main() -> None:
    """Fill, publish, compute again, ask for pages, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name, default in (("votes", 1_000_000), ("systems", 100), ("annotators", 2000), ("prompts", 300)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--pages", type=int, default=20, help="Times that each page is asked for.")
    parser.add_argument("--profile", action="store_true", help="Also print where the time goes.")
    parser.add_argument("--json", type=Path, help="Also write the figures there.")
    options = parser.parse_args()
    bring_up()
    size = {name: getattr(options, name) for name in ("votes", "systems", "annotators", "prompts")}
    found: dict[str, Any] = {**size, "cores": os.cpu_count(), "python": platform.python_version()}
    found |= {"load": round(os.getloadavg()[0], 1), "seconds": {}, "pages_ms": {}}
    seconds = found["seconds"]
    from benchmarks import board_votes  # noqa: PLC0415 -- once Django is set up
    from leaderboard.services.generated.tastes import Size  # noqa: PLC0415 -- as above

    seconds["fill (not part of the goal)"], seal = once(lambda: board_votes.fill(Size(**size), seed=1))
    seconds |= built(seal, profiled=options.profile)
    found["peak_memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    seconds["manage.py rebuild_snapshot, a process of its own"], _ = once(rebuilt)
    found["pages_ms"] = {page: served(page, options.pages) for page in PAGES}
    seconds["first page + publishing"] = round(seconds["publish"] + found["pages_ms"][PAGES[0]]["first"] / 1e3, 2)
    print(f"{size}, load {found['load']}, peak {found['peak_memory_mb']} MB\n\n| step | s |\n|---|---:|")
    for step, value in seconds.items():
        print(f"| {step} | {value:.2f} |")
    print("\n| page | first ms | median ms | kB |\n|---|---:|---:|---:|")
    for page, figures in found["pages_ms"].items():
        print(f"| {page} | {figures['first']:.0f} | {figures['median']:.0f} | {figures['kb']} |")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")


def built(seal: Any, *, profiled: bool) -> dict[str, float]:
    """Publish the board of all votes as of a seal, and time the parts."""
    from leaderboard.models import Board  # noqa: PLC0415 -- once Django is set up
    from leaderboard.selectors import votes  # noqa: PLC0415 -- as above
    from leaderboard.services import cards, computing, publishing, sensitivity, snapshots  # noqa: PLC0415 -- as above

    took.clear()
    for module, name in ((votes, "read"), (computing, "compute"), (sensitivity, "of"), (cards, "facts"), (publishing, "publish")):
        setattr(module, name, counted(f"  of it {module.__name__.rsplit('.', 1)[1]}.{name}", getattr(module, name)))
    board = Board.objects.get(slug="overall")
    profile = cProfile.Profile()
    if profiled:
        profile.enable()
    whole, _ = once(lambda: snapshots.build(board, seal=seal, seed=1))
    if profiled:
        profile.disable()
        pstats.Stats(profile).sort_stats("cumulative").print_stats(60)
    return {"publish": whole} | {step: round(seconds, 2) for step, seconds in took.items()}


def rebuilt() -> None:
    """Compute the snapshot again as whoever doubts it does."""
    command = [sys.executable, "manage.py", "rebuild_snapshot", "overall", "1"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def served(page: str, times: int) -> dict[str, float]:
    """Ask for a page again and again, as a stranger; milliseconds of the first time and the median of the others."""
    from django.test import Client  # noqa: PLC0415 -- once Django is set up

    client, measured = Client(), []
    for _ in range(times + 1):
        began = time.perf_counter()
        answer = client.get(page, headers={"host": "localhost"})
        measured.append(1000 * (time.perf_counter() - began))
        if answer.status_code != 200:  # noqa: PLR2004 -- it is there
            raise SystemExit(f"{page}: {answer.status_code}")
    return {
        "first": round(measured[0], 1),
        "median": round(statistics.median(measured[1:]), 1),
        "kb": round(len(answer.content) / 1024),
    }


def once(step: Callable[[], Any]) -> tuple[float, Any]:
    """Do a step; return its seconds and what came of it."""
    began = time.perf_counter()
    answer = step()
    return round(time.perf_counter() - began, 2), answer


if __name__ == "__main__":
    main()
