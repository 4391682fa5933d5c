"""Votes for the benchmarks of the ranking."""

import numpy as np

from leaderboard.ranking.comparisons import OUTCOMES, Comparisons, from_ids

SEED = 1
SYSTEMS = 100
NAMES = {"annotator": 20_000, "prompt": 1000}


def arena(votes: int, systems: int) -> dict[str, np.ndarray]:
    """Draw votes, as integer arrays."""
    rng = np.random.default_rng(SEED)
    theta = rng.normal(size=systems) * 0.7
    a = rng.integers(0, systems, votes)
    b = (a + rng.integers(1, systems, votes)) % systems
    decided = np.where(rng.random(votes) < 1 / (1 + np.exp(theta[b] - theta[a])), 0, 1)
    return {
        "a": a,
        "b": b,
        "outcome": np.where(rng.random(votes) < 0.2, rng.integers(2, 4, votes), decided),
        "annotator": rng.integers(0, NAMES["annotator"], votes),
        "prompt": rng.integers(0, NAMES["prompt"], votes),
        "weight": np.ones(votes),
        "time": np.arange(votes, dtype=np.float64),
    }


def names(letter: str, count: int) -> list[str]:
    """Make names whose order is that of their numbers."""
    return [f"{letter}{index:06}" for index in range(count)]


def ordered(ids: dict[str, np.ndarray], systems: int) -> Comparisons:
    """Put votes into canonical order."""
    people, prompts = names("p", NAMES["annotator"]), names("q", NAMES["prompt"])
    return from_ids(ids, systems=names("s", systems), annotators=people, prompts=prompts)


def named(ids: dict[str, np.ndarray], systems: int) -> tuple[list[str], list[str], list[str]]:
    """Give both systems and the outcome of every vote in words."""
    words = names("s", systems)
    return (
        [words[index] for index in ids["a"].tolist()],
        [words[index] for index in ids["b"].tolist()],
        [OUTCOMES[index] for index in ids["outcome"].tolist()],
    )
