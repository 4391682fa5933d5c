"""Time what a board costs: read its votes, compute, store, serve; 100 systems and a million votes in 5 s.

Run from the repository: `python -m benchmarks.boards [--votes 1000000] [--systems 100] [--annotators 2000]
[--prompts 300] [--pages 20] [--json FILE]`. It brings up a PostgreSQL of its own, as durable as the site's,
fills it, publishes the board of all votes (two-way intervals, rank ranges, as many resamples of people as the
settings say, doubts, test card, pairs), runs `manage.py rebuild_snapshot` in a process of its own, asks for
the pages, and prints Markdown. Goal L7 is `--votes 100000 --systems 50 --annotators 400`.
"""

import os

# Before NumPy, as manage.py does for every process of the site.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import cProfile
import json
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

BUILDS = ("publish, every vote read", "publish anew")
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
    seconds["manage.py help, for what a process costs"], _ = once(lambda: managed("help"))
    seconds["manage.py rebuild_snapshot, a process of its own"], _ = once(
        lambda: managed("rebuild_snapshot", "overall", "1")
    )
    found["pages_ms"] = {page: served(page, options.pages) for page in PAGES}
    for build in BUILDS:
        seconds[f"{build}, and served"] = round(
            seconds[build] + found["pages_ms"][PAGES[0]]["median"] / 1000, 2
        )
    print(f"{size}, load {found['load']}, peak {found['peak_memory_mb']} MB\n\n| step | s |\n|---|---:|")
    for step, value in seconds.items():
        print(f"| {step} | {value:.2f} |")
    print("\n| page | first ms | median ms | kB |\n|---|---:|---:|---:|")
    for page, figures in found["pages_ms"].items():
        print(f"| {page} | {figures['first']:.0f} | {figures['median']:.0f} | {figures['kb']} |")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")


def built(seal: Any, *, profiled: bool) -> dict[str, float]:
    """Publish the board twice, the second time with a hundred votes left out; time the whole and the parts.

    The first build reads every vote; the second finds them kept, and reads what is new.
    """
    from leaderboard.models import Board  # noqa: PLC0415 -- once Django is set up
    from leaderboard.services import snapshots  # noqa: PLC0415 -- as above

    count_parts()
    board = Board.objects.get(slug="overall")
    found = parts(BUILDS[0], lambda: snapshots.build(board, seal=seal, seed=1))
    leave_out(100)
    profile = cProfile.Profile(builtins=False)
    if profiled:
        profile.enable()
    found |= parts(BUILDS[1], lambda: snapshots.build_all(Board.objects.filter(pk=board.pk)))
    if profiled:
        profile.disable()
        pstats.Stats(profile).sort_stats("cumulative").print_stats(45)
    return found


def count_parts() -> None:
    """Add up the seconds of what a build is made of."""
    from judging.services import seals  # noqa: PLC0415 -- once Django is set up
    from leaderboard.services import cards, computing, kept, publishing, sensitivity  # noqa: PLC0415 -- as above

    steps = ((seals, "seal"), (kept, "read"), (computing, "compute"), (sensitivity, "of"))
    for module, name in (*steps, (cards, "facts"), (publishing, "publish")):
        step = f"{module.__name__.rsplit('.', 1)[1]}.{name}"
        setattr(module, name, counted(step, getattr(module, name)))


def parts(name: str, step: Callable[[], Any]) -> dict[str, float]:
    """Do a build; give its seconds, and those of its parts."""
    took.clear()
    began = time.process_time()
    whole, _ = once(step)
    cpu = round(time.process_time() - began, 2)
    return {name: whole, f"- CPU of this process, without PostgreSQL's ({name})": cpu} | {
        f"- {part} ({name})": round(seconds, 2) for part, seconds in took.items()
    }


def leave_out(votes: int) -> None:
    """Let a moderator exclude the first votes."""
    from django.contrib.auth import get_user_model  # noqa: PLC0415 -- once Django is set up

    from judging.models import Vote  # noqa: PLC0415 -- as above
    from judging.services import exclusions  # noqa: PLC0415 -- as above

    by = get_user_model().objects.create(email="mo@example.org", is_staff=True)
    exclusions.exclude(Vote.objects.order_by("pk")[:votes], rule="moderator", reason="trial", by=by)


def managed(*arguments: str) -> None:
    """Run a command in a process of its own; rebuild_snapshot fails where the bytes differ."""
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 -- our own command


def served(page: str, times: int) -> dict[str, float]:
    """Ask for a page again and again, as a stranger; milliseconds of the first and the others' median."""
    from django.test import Client  # noqa: PLC0415 -- once Django is set up

    client, measured = Client(), []
    for _ in range(times + 1):
        began = time.perf_counter()
        answer = client.get(page, headers={"host": "localhost"})
        measured.append(1000 * (time.perf_counter() - began))
        if answer.status_code != 200:
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
