"""The paper's online Elo: a trend over time that depends on the order of votes."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from leaderboard.ranking import compiled, draws
from leaderboard.ranking.arrays import Floats, Ids
from leaderboard.ranking.comparisons import TIE, Comparisons
from leaderboard.ranking.compiled import Kernel, available, shared
from leaderboard.ranking.errors import RankingError

# Source: S2S-Arena, arXiv 2503.05085v2.
START: Final = 1000.0
K: Final = 32.0
SCALE: Final = 400.0
RESHUFFLES: Final = 100
# About 64 MB of numbers at a time.
_NUMBERS_AT_ONCE: Final = 2**24
_RATE: Final = math.log(10) / SCALE

# So many votes to play take NumPy about a second.
_WORTH_COMPILING: Final = 2**22
# Runs that are played side by side by compiled code.
_LANES: Final = 16
# So many of their votes are looked up ahead.
_AHEAD: Final = 256
_MOST: Final = 2**32 - 1
# Two systems and an outcome fit into 32 bits.
_SYSTEM_BITS: Final = 14
# What a vote gives to the first system, by outcome.
_POINTS: Final = np.array([1.0, 0.0, 0.5, 0.5])
Numbers = npt.NDArray[np.uint32]
_NONE: Final = np.zeros(0, dtype=np.uint32)


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
    everyone = _Source(_packed(comparisons), _NONE, _NONE)
    return _spread(comparisons, everyone, orders, rng, lambda one: one.permutation(votes).astype(np.uint32))


def resampled(comparisons: Comparisons, *, resamples: int, rng: np.random.Generator) -> Floats:
    """Play as many votes as there are, drawn with replacement, as they come: shape (resamples, systems).

    Votes alike in systems and outcome are one kind: which of them is drawn makes no difference, and the
    tables of kinds stay near the processor.

    Source: the bootstrap of online Elo that Chatbot Arena began with (Chiang et al. 2024).
    """
    kinds, times = np.unique(_packed(comparisons), return_counts=True)
    bound, alias = draws.tables(times)
    source = _Source(kinds, np.minimum(bound, _MOST).astype(np.uint32), kinds[alias])
    votes = len(comparisons)
    return _spread(comparisons, source, resamples, rng, lambda one: _bits(one, votes))


@dataclass(frozen=True, eq=False)
class _Source:
    """What numbers of 32 bits stand for: votes, as systems and outcome in one number each.

    Attributes:
        packed: shape (n,), by place; or by kind, where there are tables.
        bound, alias: shape (n,): Walker's tables, below what a number stands for its kind, and for what else;
            empty: a number is a place.
    """

    packed: Numbers
    bound: Numbers
    alias: Numbers

    def chosen(self, numbers: Numbers) -> Numbers:
        """Look up what numbers stand for."""
        if not len(self.bound):
            return self.packed[numbers]
        scaled = numbers.astype(np.uint64) * np.uint64(len(self.bound))
        kind = (scaled >> np.uint64(32)).astype(np.int64)
        kept = (scaled & np.uint64(_MOST)) < self.bound[kind]
        return np.where(kept, self.packed[kind], self.alias[kind])


def _packed(comparisons: Comparisons) -> Numbers:
    both = comparisons.a << _SYSTEM_BITS | comparisons.b
    # Ties and both-bad are half a point each.
    return np.asarray((both << 2 | np.minimum(comparisons.outcome, TIE)).astype(np.uint32))


def _bits(rng: np.random.Generator, size: int) -> Numbers:
    """Give so many numbers of 32 random bits, two from each that the generator makes."""
    return rng.bit_generator.random_raw((size + 1) // 2).astype("<u8", copy=False).view("<u4")[:size]


def _spread(
    comparisons: Comparisons,
    source: _Source,
    runs: int,
    rng: np.random.Generator,
    drawn: Callable[[np.random.Generator], Numbers],
) -> Floats:
    """Play many runs, some side by side; `drawn` gives the numbers of a run's votes."""
    size = len(comparisons.systems)
    if size >= 2**_SYSTEM_BITS:
        raise RankingError(f"more than {2**_SYSTEM_BITS - 1} systems")
    if runs * len(comparisons) > _WORTH_COMPILING:
        compiled.load()
    fast = available()
    at_once = _LANES if fast else max(1, _NUMBERS_AT_ONCE // max(len(comparisons), 1))

    def played(generators: list[np.random.Generator]) -> Floats:
        numbers = np.stack([drawn(one) for one in generators])
        if fast:
            return _side_by_side(numbers, source.packed, source.bound, source.alias, size)
        return _side_by_side_plainly(source.chosen(numbers), size)

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


def _side_by_side_plainly(votes: Numbers, size: int) -> Floats:
    """Play runs, a vote of each at a time; votes: packed, shape (runs, votes). Ratings: (runs, systems)."""
    runs, mask = np.arange(len(votes)), 2**_SYSTEM_BITS - 1
    ratings = np.full((len(runs), size), START)
    for turn in votes.T.astype(np.int64):
        first, second = turn >> (_SYSTEM_BITS + 2), (turn >> 2) & mask
        mine, other = ratings[runs, first], ratings[runs, second]
        change = K * (_POINTS[turn & 3] - 1 / (1 + np.exp((other - mine) * _RATE)))
        ratings[runs, first] = mine + change
        ratings[runs, second] = other - change
    return ratings


@Kernel
def _side_by_side(numbers: Numbers, packed: Numbers, bound: Numbers, alias: Numbers, size: int) -> Floats:
    """Do the same for up to sixteen runs, two registers or four; numbers are looked up as _Source says.

    Some hundred votes of each run are looked up ahead, so that no game waits for memory. The exponential is a
    quotient of two polynomials of degree five (Padé) at a 32nd of the gap, to the 32nd power: right to
    rounding for gaps up to 2,000 points, and a fifth of the time.

    `numbers` have shape (runs, votes); packed, bound and alias are those of a _Source.
    """
    runs, mask, kinds = len(numbers), 2**_SYSTEM_BITS - 1, np.uint64(len(bound))
    ratings, apart, change = np.full((size, _LANES), START), np.zeros(_LANES), np.zeros(_LANES)
    first, second = np.zeros(_LANES, np.int64), np.zeros(_LANES, np.int64)
    ahead = np.zeros((_AHEAD, _LANES), np.uint32)
    for start in range(0, numbers.shape[1], _AHEAD):
        turns = min(_AHEAD, numbers.shape[1] - start)
        for run in range(runs):
            for turn in range(turns):
                number = np.uint64(numbers[run, start + turn])
                if kinds:
                    scaled = number * kinds
                    kind = scaled >> np.uint64(32)
                    kept = (scaled & np.uint64(_MOST)) < bound[kind]
                    ahead[turn, run] = packed[kind] if kept else alias[kind]
                else:
                    ahead[turn, run] = packed[number]
        for turn in range(turns):
            for run in range(runs):
                vote = np.int64(ahead[turn, run])
                first[run], second[run] = vote >> (_SYSTEM_BITS + 2), (vote >> 2) & mask
                change[run] = 0.5 if vote & 2 else 1.0 - (vote & 1)
                apart[run] = ratings[second[run], run] - ratings[first[run], run]
            for run in range(_LANES):
                x = apart[run] * (_RATE / 32)
                square = x * x
                even = 30240 + square * (3360 + 30 * square)
                odd = x * (15120 + square * (420 + square))
                # Both ends to the power, and one division in the end.
                up, down = even + odd, even - odd
                up, down = up * up, down * down
                up, down = up * up, down * down
                up, down = up * up, down * down
                up, down = up * up, down * down
                up, down = up * up, down * down
                change[run] = K * (change[run] - down / (up + down))
            for run in range(runs):
                ratings[first[run], run] += change[run]
                ratings[second[run], run] -= change[run]
    return ratings.T[:runs].copy()
