"""Simulate boards with known truth and count how often intervals, ranks and badges hold it (K30, Y1, Y3)."""

import os

# Before NumPy: one thread is faster here, and the same for everybody.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit

from leaderboard.ranking.board import rate
from leaderboard.ranking.bradley_terry import fit, ratings
from leaderboard.ranking.comparisons import Comparisons, from_ids
from leaderboard.ranking.errors import RankingError
from leaderboard.ranking.result import Result

SEED = 5
# Ratings of equal systems differ by rounding errors.
EQUAL = 1e-6


@dataclass(frozen=True)
class Case:
    """One kind of board.

    Attributes:
        taste, prompt_taste: standard deviations in log-odds, per person or prompt and system; 0.5 is 87 Elo.
        ties: their share.
        left: what the left side adds, in log-odds.
        spread: standard deviation of the systems' strengths; 0: all are equal.
        heavy: how unevenly people vote: standard deviation of the logarithm of their votes.
    """

    name: str
    votes: int
    people: int
    systems: int = 10
    prompts: int = 1
    taste: float = 0.0
    prompt_taste: float = 0.0
    ties: float = 0.2
    left: float = 0.0
    spread: float = 0.7
    heavy: float = 1.0


INDEPENDENT = (
    Case("independent, 300", votes=300, people=150, systems=6, heavy=0),
    Case("independent, 1,000", votes=1000, people=500, heavy=0),
    Case("independent, 5,000", votes=5000, people=2500, heavy=0),
)
Y1 = (
    Case("no taste, 60 people", votes=3000, people=60),
    Case("taste .5, 20 people", votes=3000, people=20, taste=0.5),
    Case("taste .5, 60 people", votes=3000, people=60, taste=0.5),
    Case("taste 1, 100 people", votes=3000, people=100, taste=1.0),
    Case("taste .5, 60 people, half ties", votes=3000, people=60, taste=0.5, ties=0.5),
    Case("taste .5, 60 people, left +.3", votes=3000, people=60, taste=0.5, left=0.3),
)
CLUSTERED = (
    Case("10 people", votes=3000, people=10, taste=0.5, heavy=0.5),
    Case("50 people, 30,000", votes=30_000, people=50, taste=0.5),
    Case("200 people", votes=10_000, people=200, taste=0.5),
    Case("30 x 40, .5/.5", votes=6000, people=30, prompts=40, taste=0.5, prompt_taste=0.5),
    Case("200 x 300, .4/.4", votes=20_000, people=200, prompts=300, taste=0.4, prompt_taste=0.4),
)
RANKS = (
    Case("15 systems", votes=20_000, people=200, systems=15, taste=0.3),
    Case("15 equal, 50 people", votes=5000, people=50, systems=15, taste=0.5, spread=0),
    Case("50 equal", votes=50_000, people=1000, systems=50, spread=0, heavy=0),
)
CASES = INDEPENDENT + Y1 + CLUSTERED + RANKS
# Equal systems, looked at all the time.
LOOKED_AT = (
    Case("2 equal", votes=20_000, people=500, systems=2, spread=0, heavy=0),
    Case("10 equal", votes=20_000, people=500, spread=0, heavy=0),
    Case("10 equal, taste .5", votes=20_000, people=100, spread=0, taste=0.5),
)
LOOKS = (*range(300, 2000, 100), *range(2000, 20_001, 500))


def arena(case: Case, theta: np.ndarray, rng: np.random.Generator) -> Comparisons:
    """Draw one board's votes."""
    tastes = rng.normal(size=(case.people, case.systems)) * case.taste
    favours = rng.normal(size=(case.prompts, case.systems)) * case.prompt_taste
    diligence = np.exp(rng.normal(size=case.people) * case.heavy)
    a = rng.integers(0, case.systems, case.votes)
    b = (a + rng.integers(1, case.systems, case.votes)) % case.systems
    person = rng.choice(case.people, case.votes, p=diligence / diligence.sum())
    prompt = rng.integers(0, case.prompts, case.votes)
    merit = theta + tastes[person] + favours[prompt]
    votes = np.arange(case.votes)
    won = rng.random(case.votes) < expit(merit[votes, a] - merit[votes, b] + case.left)
    ids = {
        "a": a,
        "b": b,
        "outcome": np.where(rng.random(case.votes) < case.ties, 2, np.where(won, 0, 1)),
        "annotator": person,
        "prompt": prompt,
        "weight": np.ones(case.votes),
        "time": votes.astype(np.float64),
    }
    systems, people, prompts = (
        [f"{index:05}" for index in range(count)] for count in (case.systems, case.people, case.prompts)
    )
    return from_ids(ids, systems=systems, annotators=people, prompts=prompts)


def truth(case: Case, theta: np.ndarray) -> np.ndarray:
    """Give the ratings that endless votes by endless people on endless prompts would have."""
    points, weights = np.polynomial.hermite_e.hermegauss(41)
    deviation = np.sqrt(2 * (case.taste**2 + case.prompt_taste**2))
    gaps = theta[:, None, None] - theta[None, :, None] + points * deviation
    either = (expit(gaps + case.left) + expit(gaps - case.left)) / 2
    chance = (1 - case.ties) * either @ (weights / weights.sum()) + case.ties / 2
    np.fill_diagonal(chance, 0)
    return ratings(fit(chance, alpha=0).theta)


def judged(result: Result, names: tuple[str, ...], true: np.ndarray) -> dict[str, Any]:
    """Hold one board against the truth."""
    lines = {line.system: line for line in result.standings}
    found: list[Any] = [lines[name] for name in names]
    pairs: list[Any] = [pair for pair in result.head_to_head if pair.different]
    number = {name: index for index, name in enumerate(names)}
    ahead = true[:, None] > true[None, :] + EQUAL
    best, worst = 1 + ahead.sum(axis=0), len(names) - ahead.sum(axis=1)
    shown = [index for index, line in enumerate(found) if line.low is not None]
    wrong = [
        not (ahead if pair.difference > 0 else ahead.T)[number[pair.system_a], number[pair.system_b]]
        for pair in pairs
    ]
    boot = [found[index] for index in shown if found[index].bootstrap_low is not None]
    return {
        "intervals": len(shown),
        "held": sum(found[index].low <= true[index] <= found[index].high for index in shown),
        "width": sum(found[index].high - found[index].low for index in shown),
        "bootstrap": len(boot),
        "bootstrap_held": sum(
            line.bootstrap_low <= true[number[line.system]] <= line.bootstrap_high for line in boot
        ),
        "ranks_right": all(
            found[index].rank_low <= best[index] and found[index].rank_high >= worst[index] for index in shown
        ),
        "false_order": any(wrong),
    }


def measured(case: Case, boards: int, resamples: int) -> dict[str, Any]:
    """Simulate one kind of board."""
    rng, started = np.random.default_rng(SEED), time.process_time()
    rows = []
    for seed in range(boards):
        theta = rng.normal(size=case.systems) * case.spread
        comparisons = arena(case, theta, rng)
        result = rate(comparisons, seed=seed, resamples=resamples)
        rows.append(judged(result, comparisons.systems, truth(case, theta)))
    total = {name: float(sum(row[name] for row in rows)) for name in rows[0]}
    return {
        "case": asdict(case),
        "boards": boards,
        "coverage": total["held"] / total["intervals"],
        "width": total["width"] / total["intervals"],
        "bootstrap_coverage": total["bootstrap_held"] / total["bootstrap"] if total["bootstrap"] else None,
        "ranks_right": total["ranks_right"] / boards,
        "false_order": total["false_order"] / boards,
        "seconds": time.process_time() - started,
    }


def watched(case: Case, runs: int) -> dict[str, Any]:
    """Look at equal systems again and again: in how many runs does any pair ever get a badge?"""
    rng, started = np.random.default_rng(SEED), time.process_time()
    settled = different = interval = 0
    for seed in range(runs):
        comparisons = arena(case, np.zeros(case.systems), rng)
        seen = np.zeros(3, dtype=np.bool_)
        for votes in LOOKS:
            try:
                result = rate(comparisons.where(comparisons.time < votes), seed=seed, resamples=0)
            except RankingError:
                continue
            pairs: list[Any] = [pair for pair in result.head_to_head if pair.difference is not None]
            seen |= [
                any(pair.settled for pair in pairs),
                any(pair.different for pair in pairs),
                any(pair.difference_low > 0 or pair.difference_high < 0 for pair in pairs),
            ]
            if seen.all():
                break
        settled, different, interval = settled + seen[0], different + seen[1], interval + seen[2]
    return {
        "case": asdict(case),
        "runs": runs,
        "looks": len(LOOKS),
        "ever_settled": settled / runs,
        "ever_different": different / runs,
        "ever_outside_interval": interval / runs,
        "seconds": time.process_time() - started,
    }


def line(found: dict[str, Any]) -> str:
    """Write one kind of board as a line of Markdown."""
    if "looks" in found:
        shares = (found["ever_outside_interval"], found["ever_different"], found["ever_settled"])
    else:
        shares = (found["coverage"], found["ranks_right"], found["false_order"])
    return f"| {found['case']['name']} | {' | '.join(f'{share:.1%}' for share in shares)} |"


def main() -> None:
    """Print a line for each kind of board and, where asked, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boards", type=int, default=300)
    parser.add_argument(
        "--resamples", type=int, default=0, help="refits beside the published interval; 0: none"
    )
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--looks", action="store_true", help="look at equal systems all the time instead")
    parser.add_argument("--only", default="", help="kinds of boards whose name contains this")
    parser.add_argument("--votes", type=int, help="at most so many a board")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    cases = [case for case in (LOOKED_AT if options.looks else CASES) if options.only in case.name]
    cases = [replace(case, votes=min(case.votes, options.votes or case.votes)) for case in cases]
    print(
        "| board | outside interval once | different once | settled once |"
        if options.looks
        else "| board | intervals that hold | boards with all ranks right | boards with a false order |"
    )
    print("|---|---:|---:|---:|")
    found = []
    with ProcessPoolExecutor(options.processes) as pool:
        jobs = [
            pool.submit(watched, case, options.boards)
            if options.looks
            else pool.submit(measured, case, options.boards, options.resamples)
            for case in cases
        ]
        for job in jobs:
            found.append(job.result())
            print(line(found[-1]), flush=True)
            if options.json:
                options.json.write_text(json.dumps({"seed": SEED, "cases": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
