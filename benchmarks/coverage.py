"""Simulate boards with known truth and count how often intervals and rank ranges hold it; print Markdown."""

import os

# Before NumPy: one thread is faster here, and the same for everybody.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
from dataclasses import dataclass

import numpy as np

from leaderboard.ranking.board import rate
from leaderboard.ranking.bradley_terry import fit, ratings
from leaderboard.ranking.comparisons import Comparisons, from_ids

SEED = 5
TIES = 0.2


@dataclass(frozen=True)
class Case:
    """One kind of board; taste is a standard deviation in log-odds, per person and system."""

    systems: int
    votes: int
    people: int
    taste: float


CASES = (
    Case(6, 300, 150, 0.0),
    Case(6, 2000, 30, 0.5),
    Case(10, 3000, 10, 0.5),
    Case(10, 3000, 50, 0.5),
    Case(6, 300, 1, 0.0),
)


def arena(case: Case, theta: np.ndarray, rng: np.random.Generator) -> Comparisons:
    """Draw one board's votes."""
    tastes = rng.normal(size=(case.people, case.systems)) * case.taste
    a = rng.integers(0, case.systems, case.votes)
    b = (a + rng.integers(1, case.systems, case.votes)) % case.systems
    person = rng.integers(0, case.people, case.votes)
    gap = theta[a] - theta[b] + tastes[person, a] - tastes[person, b]
    decided = np.where(rng.random(case.votes) < 1 / (1 + np.exp(-gap)), 0, 1)
    ids = {
        "a": a,
        "b": b,
        "outcome": np.where(rng.random(case.votes) < TIES, 2, decided),
        "annotator": person,
        "prompt": np.zeros(case.votes, dtype=np.int64),
        "weight": np.ones(case.votes),
        "time": np.arange(case.votes, dtype=np.float64),
    }
    systems, people = ([f"{index:04}" for index in range(count)] for count in (case.systems, case.people))
    return from_ids(ids, systems=systems, annotators=people, prompts=["one"])


def truth(case: Case, theta: np.ndarray) -> np.ndarray:
    """Give the ratings that endless votes by endless people would have."""
    points, weights = np.polynomial.hermite_e.hermegauss(41)
    gaps = theta[:, None, None] - theta[None, :, None] + points * case.taste * np.sqrt(2)
    chance = (1 - TIES) * (1 / (1 + np.exp(-gaps))) @ (weights / weights.sum()) + TIES / 2
    np.fill_diagonal(chance, 0)
    return ratings(fit(chance, alpha=0).theta)


def shares(case: Case, boards: int, resamples: int) -> tuple[float, float]:
    """Count the intervals that hold the truth, and the boards on which every rank range does."""
    rng = np.random.default_rng(SEED)
    covered: list[bool] = []
    ranked = 0
    for seed in range(boards):
        theta = rng.normal(size=case.systems) * 0.7
        comparisons, true = arena(case, theta, rng), truth(case, theta)
        place = 1 + (true[:, None] < true[None, :]).sum(axis=1)
        lines = {line.system: line for line in rate(comparisons, seed=seed, resamples=resamples).standings}
        found = [lines[name] for name in comparisons.systems]
        covered += [line.low <= value <= line.high for line, value in zip(found, true, strict=True)]
        ranked += all(
            line.rank_low <= rank <= line.rank_high for line, rank in zip(found, place, strict=True)
        )
    return float(np.mean(covered)), ranked / boards


def main() -> None:
    """Print one line for each kind of board."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boards", type=int, default=300)
    parser.add_argument("--resamples", type=int, default=300)
    options = parser.parse_args()
    print("| systems | votes | people | taste | intervals that hold | boards with all ranks right |")
    print("|---:|---:|---:|---:|---:|---:|")
    for case in CASES:
        covered, ranked = shares(case, options.boards, options.resamples)
        sizes = f"| {case.systems} | {case.votes} | {case.people} | {case.taste} "
        print(f"{sizes}| {covered:.1%} | {ranked:.1%} |")


if __name__ == "__main__":
    main()
