"""Votes for the tests: small ones by hand, large ones simulated from known strengths."""

from typing import Any

import numpy as np

from leaderboard.ranking.comparisons import B, Comparisons, from_ids
from leaderboard.ranking.reading import Row, from_rows
from leaderboard.ranking.result import Result, Standing


def votes(*lines: str, annotators: int = 1) -> Comparisons:
    """Read lines such as "x > y * 3": x beat y three times; = is a tie, 0 both-bad. People take turns."""
    signs = {">": "a", "<": "b", "=": "tie", "0": "both_bad"}
    rows: list[tuple[str, ...]] = []
    for line in lines:
        first, sign, second, *times = line.split()
        for _ in range(int(times[1]) if times else 1):
            person = f"person-{len(rows) % annotators}"
            rows.append((first, second, signs[sign], person, f"prompt-{len(rows) % 7}"))
    return from_rows(rows)


def names(letter: str, count: int) -> list[str]:
    return [f"{letter}{index:03}" for index in range(count)]


def simulated(
    rng: np.random.Generator, *, theta: Any, size: int, people: int, taste: float = 0.0, ties: float = 0.2
) -> Comparisons:
    """Draw votes by people whose taste for each system differs with a standard deviation (log-odds)."""
    systems = len(theta)
    tastes = rng.normal(size=(people, systems)) * taste
    a = rng.integers(0, systems, size)
    b = (a + rng.integers(1, systems, size)) % systems
    person = rng.integers(0, people, size)
    gap = theta[a] - theta[b] + tastes[person, a] - tastes[person, b]
    decided = np.where(rng.random(size) < 1 / (1 + np.exp(-gap)), 0, 1)
    ids = {
        "a": a,
        "b": b,
        "outcome": np.where(rng.random(size) < ties, rng.integers(2, 4, size), decided),
        "annotator": person,
        "prompt": rng.integers(0, 40, size),
        "weight": np.ones(size),
        "time": np.arange(size, dtype=np.float64),
    }
    return from_ids(ids, systems=names("s", systems), annotators=names("p", people), prompts=names("q", 40))


def lines(result: Result) -> dict[str, Standing]:
    """Index the standings by system."""
    return {standing.system: standing for standing in result.standings}


def rows_of(comparisons: Comparisons) -> list[Row]:
    """Undo from_ids: the votes as rows, with each system back on its side."""
    rows: list[Row] = []
    for index in range(len(comparisons)):
        pair = (comparisons.systems[comparisons.a[index]], comparisons.systems[comparisons.b[index]])
        outcome = int(comparisons.outcome[index])
        mirrored = bool(comparisons.mirrored[index])
        person, prompt = comparisons.annotator[index], comparisons.prompt[index]
        rows.append(
            Row(
                *(pair[::-1] if mirrored else pair),
                outcome=("a", "b", "tie", "both_bad")[outcome ^ mirrored if outcome <= B else outcome],
                annotator=comparisons.annotators[person],
                prompt=comparisons.prompts[prompt],
                time=float(comparisons.time[index]),
            )
        )
    return rows
