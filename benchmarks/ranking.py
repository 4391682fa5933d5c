"""Time the ranking on simulated votes, and its peers where they are installed; print Markdown.

Every piece of work runs in a process of its own: a first call, then warm ones; imports and the making of
votes are outside the clock. CPU seconds stand beside those of the clock, which other work lengthens.

Peers are compared where this Python has them:
    pip install arena-rank choix evalica pandas scikit-learn
"""

import os

# Before NumPy: one thread is faster here, and the same for everybody.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.ranking_peers import PEERS
from benchmarks.ranking_votes import NAMES, SEED, SYSTEMS, arena, named, ordered
from leaderboard.ranking import bootstrap, bradley_terry, clusters, compiled, elo, tally
from leaderboard.ranking.board import rate

RESAMPLES = 1000
PLAIN = ("a", "b", "outcome")


def from_ids(votes: int, systems: int) -> Callable[[], object]:
    """Count, fit and give closed-form intervals."""
    ids = {name: column.astype(np.int32) for name, column in arena(votes, systems).items() if name in PLAIN}
    return lambda: tally.rate(tally.count(ids, systems=systems)).rating


def from_names(votes: int, systems: int) -> Callable[[], object]:
    """Do the same from lists of words."""
    first, second, outcomes = named(arena(votes, systems), systems)
    return lambda: tally.rate(tally.count_names(first, second, outcomes)[1]).rating


def refreshed(votes: int, systems: int) -> Callable[[], object]:
    """Add a thousand votes to counts that were kept, and rate."""
    ids = {name: column for name, column in arena(votes, systems).items() if name in PLAIN}
    kept = tally.count(ids, systems=systems)
    new = {name: column[:1000] for name, column in ids.items()}
    return lambda: tally.rate(kept + tally.count(new, systems=systems)).rating


def whole_board(votes: int, systems: int) -> Callable[[], object]:
    """Two-way clusters and step-down ranks, of votes in canonical order."""
    comparisons = ordered(arena(votes, systems), systems)
    return lambda: rate(comparisons, resamples=0)


def two_way(votes: int, systems: int) -> Callable[[], object]:
    """Two-way clusters alone."""
    comparisons = ordered(arena(votes, systems), systems)
    fitted = bradley_terry.fit(bradley_terry.scores(comparisons))
    return lambda: clusters.covariance(comparisons, fitted, alpha=1, clusters="both")


def refits(unit: bootstrap.Unit) -> Callable[[int, int], Callable[[], object]]:
    """Fit and refit a thousand times."""

    def made(votes: int, systems: int) -> Callable[[], object]:
        comparisons = ordered(arena(votes, systems), systems)

        def work() -> object:
            fitted = bradley_terry.fit(bradley_terry.scores(comparisons))
            rng = np.random.default_rng(SEED)
            return bootstrap.spread(
                comparisons, fitted, alpha=1, resamples=RESAMPLES, rng=rng, unit=unit
            ).degrees_of_freedom

        return work

    return made


def chronological(votes: int, systems: int) -> Callable[[], object]:
    """Play online Elo once."""
    comparisons = ordered(arena(votes, systems), systems)
    return lambda: elo.run(comparisons)


def orders(votes: int, systems: int) -> Callable[[], object]:
    """Play online Elo in a hundred random orders."""
    comparisons = ordered(arena(votes, systems), systems)
    return lambda: elo.reshuffled(comparisons, orders=100, rng=np.random.default_rng(SEED)).mean(axis=0)


def elo_resamples(votes: int, systems: int) -> Callable[[], object]:
    """Play online Elo over a thousand resamples."""
    comparisons = ordered(arena(votes, systems), systems)
    return lambda: elo.resampled(comparisons, resamples=RESAMPLES, rng=np.random.default_rng(SEED)).mean(
        axis=0
    )


def canonical(votes: int, systems: int) -> Callable[[], object]:
    """Put ids into canonical order."""
    ids = arena(votes, systems)
    return lambda: len(ordered(ids, systems))


OURS = {
    "intervals, from ids": from_ids,
    "intervals, from names": from_names,
    "refresh from kept counts": refreshed,
    "canonical order, from ids": canonical,
    "whole board: two-way clusters, step-down ranks": whole_board,
    "two-way clusters": two_way,
    "1,000 refits over votes": refits("votes"),
    "1,000 refits over annotators": refits("annotators"),
    "online Elo in order of time": chronological,
    "online Elo, 100 orders": orders,
    "online Elo, 1,000 resamples": elo_resamples,
}
# Done before a process had reason to load the compiler, and so without it.
LIGHT = frozenset({"intervals, from ids", "intervals, from names", "refresh from kept counts"})
# Minutes long: only where asked for by name.
SLOW = frozenset({"online Elo, 100 orders"})


def one(name: str, votes: int, systems: int, repeats: int) -> dict[str, Any]:
    """Run one piece of work in this process."""
    try:
        work = (OURS | PEERS)[name](votes, systems)
    except ImportError as error:
        return {"work": name, "absent": str(error)}
    if name not in LIGHT:
        compiled.load()
    seconds, cpu, answer = [], [], None
    for _ in range(1 + repeats):
        start, start_cpu = time.perf_counter(), time.process_time()
        answer = work()
        cpu.append(time.process_time() - start_cpu)
        seconds.append(time.perf_counter() - start)
    return {
        "work": name,
        "votes": votes,
        "systems": systems,
        "first": seconds[0],
        "warm": statistics.median(seconds[1:] or seconds),
        "first_cpu": cpu[0],
        "warm_cpu": statistics.median(cpu[1:] or cpu),
        "more_memory_mb": peak(work) if name in OURS else None,
        "ratings": answer.tolist() if isinstance(answer, np.ndarray) else None,
    }


def peak(work: Callable[[], object]) -> float:
    """Run the work once more and give the most memory that it held at a time, beside its votes: MB."""
    tracemalloc.start()
    work()
    return tracemalloc.get_traced_memory()[1] / 1e6


def apart(name: str, votes: int, systems: int, repeats: int) -> dict[str, Any]:
    """Run one piece of work in a process of its own."""
    asked = ["--one", name, "--votes", str(votes), "--systems", str(systems), "--repeats", str(repeats)]
    command = [sys.executable, "-m", "benchmarks.ranking", *asked]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- our own words
    if done.returncode:
        return {"work": name, "absent": (done.stderr.strip().splitlines() or ["ended"])[-1]}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def line(found: dict[str, Any], ours: np.ndarray | None) -> str:
    """Write one piece of work as a line of Markdown."""
    if "absent" in found:
        return f"| {found['work']} | skipped: {found['absent']} | | | | | |"
    numbers = (found["first"], found["warm"], found["first_cpu"], found["warm_cpu"])
    times = " | ".join(f"{number * 1000:,.1f}" for number in numbers)
    off = ""
    if found["ratings"] and ours is not None:
        rating = np.array(found["ratings"])
        off = f"{np.abs(rating - rating.mean() - ours + ours.mean()).max():.1e}"
    memory = found["more_memory_mb"]
    return f"| {found['work']} | {times} | {'' if memory is None else f'{memory:.0f}'} | {off} |"


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--votes", type=int, default=1_000_000)
    parser.add_argument("--systems", type=int, default=SYSTEMS)
    parser.add_argument("--repeats", type=int, default=3, help="warm calls")
    parser.add_argument("--only", default="", help="work whose name contains this")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(one(options.one, options.votes, options.systems, options.repeats)))
        return
    load = os.getloadavg()[0]
    print(f"{options.votes:,} votes, {options.systems} systems, {NAMES['annotator']:,} annotators. ", end="")
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {os.cpu_count()} cores, ", end="")
    print(f"load {load:.1f}\n")
    print("| work | first, ms | warm, ms | first, CPU ms | warm, CPU ms | memory, MB | off ours, Elo |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    found, ours = [], None
    for name in OURS | PEERS:
        if options.only not in name or (name in SLOW and not options.only):
            continue
        found.append(apart(name, options.votes, options.systems, options.repeats))
        if ours is None and found[-1].get("ratings"):
            ours = np.array(found[-1]["ratings"])
        print(line(found[-1], ours), flush=True)
    if options.json:
        kept = [{key: value for key, value in row.items() if key != "ratings"} for row in found]
        options.json.write_text(json.dumps({"load": load, "work": kept}, indent=1) + "\n")


if __name__ == "__main__":
    main()
