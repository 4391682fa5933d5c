"""Time the ranking on simulated votes, beside evalica where it is installed; print Markdown."""

import os

# Before NumPy: one thread is faster here, and the same for everybody.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import evalica
import numpy as np

from leaderboard.ranking import bootstrap, bradley_terry, variance
from leaderboard.ranking.board import rate
from leaderboard.ranking.comparisons import Comparisons, from_ids

SEED = 1
RESAMPLES = 1000


@dataclass(frozen=True)
class Case:
    """One size of board."""

    votes: int
    systems: int
    annotators: int


CASES = (Case(3_000, 12, 60), Case(1_000_000, 100, 20_000))


def arena(case: Case) -> dict[str, np.ndarray]:
    """Draw votes, as integer arrays."""
    rng = np.random.default_rng(SEED)
    theta = rng.normal(size=case.systems) * 0.7
    a = rng.integers(0, case.systems, case.votes)
    b = (a + rng.integers(1, case.systems, case.votes)) % case.systems
    decided = np.where(rng.random(case.votes) < 1 / (1 + np.exp(theta[b] - theta[a])), 0, 1)
    return {
        "a": a,
        "b": b,
        "outcome": np.where(rng.random(case.votes) < 0.2, rng.integers(2, 4, case.votes), decided),
        "annotator": rng.integers(0, case.annotators, case.votes),
        "prompt": rng.integers(0, 1000, case.votes),
        "weight": np.ones(case.votes),
        "time": np.arange(case.votes, dtype=np.float64),
    }


def names(letter: str, count: int) -> list[str]:
    """Make names whose order is that of their numbers."""
    return [f"{letter}{index:06}" for index in range(count)]


def median_seconds(work: Callable[[], object], *, repeats: int) -> float:
    """Run the work and take the median of its wall-clock seconds."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def counted(ids: dict[str, np.ndarray], case: Case) -> Comparisons:
    """Put ids into canonical order."""
    return from_ids(
        ids,
        systems=names("s", case.systems),
        annotators=names("p", case.annotators),
        prompts=names("q", 1000),
    )


def closed_form(comparisons: Comparisons) -> np.ndarray:
    """Count, fit, and give 95 % intervals as if votes were independent."""
    # A fresh copy, so that nothing counted before is found again.
    fresh = comparisons.where(np.ones(len(comparisons), dtype=np.bool_))
    fitted = bradley_terry.fit(bradley_terry.scores(fresh))
    half_width = 1.96 * bradley_terry.ELO * np.sqrt(np.diag(variance.by_vote(fresh, fitted, alpha=1)))
    return np.stack([bradley_terry.ratings(fitted.theta), half_width])


def resampled(comparisons: Comparisons, unit: bootstrap.Unit) -> bootstrap.Spread:
    """Fit and refit a thousand times."""
    fitted = bradley_terry.fit(bradley_terry.scores(comparisons))
    rng = np.random.default_rng(SEED)
    return bootstrap.spread(comparisons, fitted, alpha=1, resamples=RESAMPLES, rng=rng, unit=unit)


def peer_rows(comparisons: Comparisons, repeats: int) -> list[tuple[str, float]]:
    """Time evalica on the same votes and measure how far its exact maximum is from ours."""
    kinds = np.array([evalica.Winner.X, evalica.Winner.Y, evalica.Winner.Draw, evalica.Winner.Draw])
    systems = np.array(comparisons.systems)
    first, second = systems[comparisons.a].tolist(), systems[comparisons.b].tolist()
    winners = kinds[comparisons.outcome].tolist()

    def peer(tolerance: float = 1e-6) -> np.ndarray:
        fitted = evalica.bradley_terry(first, second, winners, tolerance=tolerance, limit=100_000)
        return np.log(fitted.scores.reindex(comparisons.systems).to_numpy())

    ours = bradley_terry.ratings(bradley_terry.fit(bradley_terry.scores(comparisons), alpha=0).theta)
    apart = np.abs(bradley_terry.ratings(peer(1e-14)) - ours).max()
    if apart > 1e-6:
        raise SystemExit(f"evalica differs by {apart:.2e} Elo")
    return [
        ("evalica: Bradley–Terry, no intervals, from names", median_seconds(peer, repeats=repeats)),
        (f"(largest difference from evalica, alpha 0: {apart:.1e} Elo)", float("nan")),
    ]


def rows_of(case: Case, repeats: int) -> list[tuple[str, float]]:
    """Time every piece of work at one size."""
    ids = arena(case)
    comparisons = counted(ids, case)
    rows = [
        ("canonical order, from ids", lambda: counted(ids, case)),
        ("Bradley–Terry with closed-form intervals", lambda: closed_form(comparisons)),
        ("… 1,000 refits over votes", lambda: resampled(comparisons, "votes")),
        ("… 1,000 refits over annotators", lambda: resampled(comparisons, "annotators")),
        ("whole board: refits, intervals, step-down ranks", lambda: rate(comparisons)),
    ]
    timed = [(name, median_seconds(work, repeats=repeats)) for name, work in rows]
    return timed + peer_rows(comparisons, repeats)


def main() -> None:
    """Print one table for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {os.cpu_count()} cores, medians\n")
    for case in CASES:
        print(f"### {case.votes:,} votes, {case.systems} systems, {case.annotators:,} annotators\n")
        print("| work | seconds |\n|---|---:|")
        for name, seconds in rows_of(case, options.repeats):
            print(f"| {name} | {'' if np.isnan(seconds) else f'{seconds:.4f}'} |")
        print()


if __name__ == "__main__":
    main()
