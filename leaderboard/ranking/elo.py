"""The paper's online Elo: a trend over time that depends on the order of votes."""

import math
from typing import Final

import numpy as np

from leaderboard.ranking.arrays import Floats, Ids
from leaderboard.ranking.comparisons import Comparisons

# Source: S2S-Arena, arXiv 2503.05085v2.
START: Final = 1000.0
K: Final = 32.0
SCALE: Final = 400.0
RESHUFFLES: Final = 100
# About 128 MB of shuffled places at a time.
_PLACES_AT_ONCE: Final = 2**24
_RATE: Final = math.log(10) / SCALE

# What a vote gives to the first system, by outcome.
_POINTS: Final = (1.0, 0.0, 0.5, 0.5)


def expected(rating: float, other: float) -> float:
    """Give the points that a system is expected to take from another, between 0 and 1."""
    return 1 / (1 + math.exp((other - rating) * _RATE))


def run(comparisons: Comparisons) -> Floats:
    """Play the votes in order of time: final ratings, shape (systems,); they sum to 1000 for each system.

    Weights do not count: the paper has none. To leave out ties, filter the comparisons.
    """
    order = np.argsort(comparisons.time, kind="stable")
    ratings = [START] * len(comparisons.systems)
    sides = zip(comparisons.a[order].tolist(), comparisons.b[order].tolist(), strict=True)
    for (a, b), outcome in zip(sides, comparisons.outcome[order].tolist(), strict=True):
        change = K * (_POINTS[outcome] - expected(ratings[a], ratings[b]))
        ratings[a] += change
        ratings[b] -= change
    return np.array(ratings)


def reshuffled(comparisons: Comparisons, *, orders: int, rng: np.random.Generator) -> Floats:
    """Play the same votes in random orders: final ratings, shape (orders, systems)."""
    votes = len(comparisons)
    batch = max(1, _PLACES_AT_ONCE // max(votes, 1))
    played = [
        _played(
            comparisons, np.stack([rng.permutation(votes) for _ in range(min(batch, orders - low))], axis=1)
        )
        for low in range(0, orders, batch)
    ]
    return np.concatenate(played)


def _played(comparisons: Comparisons, places: Ids) -> Floats:
    """Play many orders side by side; places: shape (votes, orders), which vote comes when."""
    runs = np.arange(places.shape[1])
    points = np.array(_POINTS)[comparisons.outcome]
    ratings = np.full((len(runs), len(comparisons.systems)), START)
    for votes in places:
        a, b = comparisons.a[votes], comparisons.b[votes]
        mine, other = ratings[runs, a], ratings[runs, b]
        change = K * (points[votes] - 1 / (1 + np.exp((other - mine) * _RATE)))
        ratings[runs, a] = mine + change
        ratings[runs, b] = other - change
    return ratings
