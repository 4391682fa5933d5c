"""The paper's online Elo: a trend over time that depends on the order of votes."""

import math
from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from leaderboard.ranking import compiled
from leaderboard.ranking.arrays import Floats, Ids
from leaderboard.ranking.comparisons import Comparisons
from leaderboard.ranking.compiled import Kernel, available, shared

# Source: S2S-Arena, arXiv 2503.05085v2.
START: Final = 1000.0
K: Final = 32.0
SCALE: Final = 400.0
RESHUFFLES: Final = 100
# About 128 MB of shuffled places at a time.
_PLACES_AT_ONCE: Final = 2**24
_RATE: Final = math.log(10) / SCALE

# So many votes to play take NumPy about a second.
_WORTH_COMPILING: Final = 2**22
# Runs that are played side by side by compiled code.
_LANES: Final = 8
# Two systems and an outcome fit into 32 bits.
_SYSTEM_BITS: Final = 14
# What a vote gives to the first system, by outcome.
_POINTS: Final = np.array([1.0, 0.0, 0.5, 0.5])
Places = npt.NDArray[np.uint32]


def expected(rating: float, other: float) -> float:
    """Give the points that a system is expected to take from another, between 0 and 1."""
    return 1 / (1 + math.exp((other - rating) * _RATE))


def run(comparisons: Comparisons) -> Floats:
    """Play the votes in order of time: final ratings, shape (systems,); they sum to 1000 for each system.

    Weights do not count: the paper has none. To leave out ties, filter the comparisons.
    """
    order = np.argsort(comparisons.time, kind="stable")
    votes = (comparisons.a[order], comparisons.b[order], _POINTS[comparisons.outcome[order]])
    size = len(comparisons.systems)
    if available():
        return _run(*votes, size)
    ratings = [START] * size
    for a, b, points in zip(*(column.tolist() for column in votes), strict=True):
        change = K * (points - expected(ratings[a], ratings[b]))
        ratings[a] += change
        ratings[b] -= change
    return np.array(ratings)


def reshuffled(comparisons: Comparisons, *, orders: int, rng: np.random.Generator) -> Floats:
    """Play the same votes in random orders: final ratings, shape (orders, systems)."""
    votes = len(comparisons)
    return _spread(comparisons, orders, rng, lambda one: one.permutation(votes).astype(np.uint32))


def resampled(comparisons: Comparisons, *, resamples: int, rng: np.random.Generator) -> Floats:
    """Play as many votes as there are, drawn with replacement, as they come: shape (resamples, systems).

    Source: the bootstrap of online Elo that Chatbot Arena began with (Chiang et al. 2024).
    """
    votes = len(comparisons)
    return _spread(comparisons, resamples, rng, lambda one: one.integers(0, votes, votes, dtype=np.uint32))


def _spread(
    comparisons: Comparisons,
    runs: int,
    rng: np.random.Generator,
    drawn: Callable[[np.random.Generator], Places],
) -> Floats:
    """Play many runs, some side by side; `drawn` says which vote comes when."""
    size = len(comparisons.systems)
    if runs * len(comparisons) > _WORTH_COMPILING:
        compiled.load()
    fast = available() and size < 2**_SYSTEM_BITS
    at_once = _LANES if fast else max(1, _PLACES_AT_ONCE // max(len(comparisons), 1))
    both = comparisons.a << _SYSTEM_BITS | comparisons.b
    packed = (both << 2 | comparisons.outcome).astype(np.uint32)

    def played(generators: list[np.random.Generator]) -> Floats:
        places = np.stack([drawn(one) for one in generators])
        if fast:
            return _side_by_side(packed, places, size)
        return _side_by_side_plainly(comparisons, places)

    # A generator for each run: what is drawn does not depend on how many are played at once.
    generators = rng.spawn(runs)
    parts = [generators[low : low + at_once] for low in range(0, runs, at_once)]
    return np.concatenate(shared(played, parts) if fast else [played(part) for part in parts])


@Kernel
def _run(a: Ids, b: Ids, points: Floats, size: int) -> Floats:
    """Play votes in the order given: final ratings, shape (size,)."""
    ratings = np.full(size, START)
    for vote in range(len(a)):
        likely = 1 / (1 + math.exp((ratings[b[vote]] - ratings[a[vote]]) * _RATE))
        change = K * (points[vote] - likely)
        ratings[a[vote]] += change
        ratings[b[vote]] -= change
    return ratings


def _side_by_side_plainly(comparisons: Comparisons, places: Places) -> Floats:
    """Play runs, a vote of each at a time; places: shape (runs, votes). Ratings: (runs, systems)."""
    runs, points = np.arange(len(places)), _POINTS[comparisons.outcome]
    ratings = np.full((len(runs), len(comparisons.systems)), START)
    for votes in places.T:
        first, second = comparisons.a[votes], comparisons.b[votes]
        mine, other = ratings[runs, first], ratings[runs, second]
        change = K * (points[votes] - 1 / (1 + np.exp((other - mine) * _RATE)))
        ratings[runs, first] = mine + change
        ratings[runs, second] = other - change
    return ratings


@Kernel
def _side_by_side(packed: Places, places: Places, size: int) -> Floats:
    """Do the same for up to eight runs: the width of a register.

    The exponential is a quotient of two polynomials of degree five (Padé) at a 32nd of the gap, to the 32nd
    power: right to rounding for gaps up to 2,000 points, and a fifth of the time.

    Args:
        packed: shape (votes,): a, b and outcome in one number, so that all votes stay near the processor.
        places: shape (runs, votes).
        size: how many systems there are.
    """
    runs, mask = len(places), 2**_SYSTEM_BITS - 1
    ratings, apart, change = np.full((size, _LANES), START), np.zeros(_LANES), np.zeros(_LANES)
    first, second = np.zeros(_LANES, np.int64), np.zeros(_LANES, np.int64)
    for turn in range(places.shape[1]):
        for run in range(runs):
            vote = np.int64(packed[places[run, turn]])
            first[run], second[run] = vote >> (_SYSTEM_BITS + 2), (vote >> 2) & mask
            change[run] = 0.5 if vote & 2 else 1.0 - (vote & 1)
            apart[run] = ratings[second[run], run] - ratings[first[run], run]
        for run in range(_LANES):
            x = apart[run] * (_RATE / 32)
            square = x * x
            even = 30240 + square * (3360 + 30 * square)
            odd = x * (15120 + square * (420 + square))
            power = (even + odd) / (even - odd)
            power *= power
            power *= power
            power *= power
            power *= power
            power *= power
            change[run] = K * (change[run] - 1 / (1 + power))
        for run in range(runs):
            ratings[first[run], run] += change[run]
            ratings[second[run], run] -= change[run]
    return ratings.T[:runs].copy()
