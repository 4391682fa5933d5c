"""Votes counted by pair and outcome, without an order: all that ratings and closed-form intervals need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from leaderboard.ranking import bradley_terry, variance
from leaderboard.ranking.arrays import Floats
from leaderboard.ranking.bradley_terry import ELO
from leaderboard.ranking.comparisons import MIRRORED, OUTCOMES
from leaderboard.ranking.errors import RankingError
from leaderboard.ranking.naming import numbered

# Votes are many where each counts for itself: Student's distribution is the normal one.
_NORMAL: Final = 1.959963984540054


@dataclass(frozen=True, eq=False)
class Tally:
    """Sums over votes; two of the same systems can be added, and votes that come in added to those kept.

    Attributes:
        weighted, weighted_squares: shape (systems, systems, 4): sums of weights and of their squares by pair
            and outcome, entries (a, b) with a < b.
    """

    weighted: Floats
    weighted_squares: Floats

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.weighted + other.weighted,
            self.weighted_squares + other.weighted_squares,
        )


@dataclass(frozen=True, eq=False)
class Interval:
    """Ratings on the Elo scale and the half-widths of their 95 % intervals if votes were independent."""

    rating: Floats
    half_width: Floats


def count(ids: Mapping[str, npt.NDArray[Any]], *, systems: int) -> Tally:
    """Count votes in one pass: no sorting.

    Args:
        ids: arrays of shape (n,): a, b, outcome and, unless all are 1, weight; a is on the first side.
        systems: how many there are.

    Raises:
        RankingError: an id without a system, a system compared with itself, an unknown outcome.
    """
    a, b, outcome = (ids[name] for name in ("a", "b", "outcome"))
    for column, bound in ((a, systems), (b, systems), (outcome, len(OUTCOMES))):
        if len(column) and not 0 <= int(column.min()) <= int(column.max()) < bound:
            raise RankingError(f"an id is not from 0 to {bound - 1}")
    return _tally((a.astype(np.int64) * systems + b) * len(OUTCOMES) + outcome, systems, ids.get("weight"))


def _tally(cell: npt.NDArray[Any], systems: int, weight: Floats | None) -> Tally:
    weighted = _folded(cell, systems, weight)
    squares = weighted if weight is None else _folded(cell, systems, weight**2)
    return Tally(weighted, squares)


def count_names(
    first: Sequence[str], second: Sequence[str], outcomes: Sequence[str]
) -> tuple[tuple[str, ...], Tally]:
    """Count votes given in words: the systems in order of name, and the counts.

    Raises:
        RankingError: an outcome that is none of OUTCOMES, a system compared with itself, unequal lengths.
    """
    if not len(first) == len(second) == len(outcomes):
        raise RankingError("columns unequal in length")
    kinds, outcome = numbered(outcomes)
    if unknown := set(kinds) - set(OUTCOMES):
        raise RankingError(f"unknown outcome {min(unknown)!r}")
    sides = [numbered(names) for names in (first, second)]
    systems = sorted({name for names, _ in sides for name in names})
    number = {name: index for index, name in enumerate(systems)}
    a, b = (np.array([number[name] for name in names], dtype=np.int64) for names, _ in sides)
    places = np.array([OUTCOMES.index(kind) for kind in kinds], dtype=np.int64)
    # One look-up a column: tables hold what each word adds to a vote's cell.
    cell = np.take(a * len(systems) * len(OUTCOMES), sides[0][1])
    cell += np.take(b * len(OUTCOMES), sides[1][1])
    cell += np.take(places, outcome)
    return tuple(systems), _tally(cell, len(systems), None)


def rate(tally: Tally, *, alpha: float = 1.0) -> Interval:
    """Fit counted votes, with the closed-form interval.

    Raises:
        NoVotes, NotFinite, NotConverged: as for bradley_terry.fit().
    """
    fitted = bradley_terry.fit(bradley_terry.scores(tally), alpha=alpha)
    deviation = np.sqrt(np.diag(variance.by_vote(tally, fitted, alpha=alpha)))
    return Interval(bradley_terry.ratings(fitted.theta), _NORMAL * ELO * deviation)


def _folded(cell: npt.NDArray[Any], systems: int, weight: Floats | None) -> Floats:
    """Sum by ordered pair and outcome, then turn the pairs that stand in the other order."""
    size = systems * systems * len(OUTCOMES)
    sums = np.bincount(cell, weights=weight, minlength=size).astype(np.float64)
    sums = sums.reshape(systems, systems, len(OUTCOMES))
    if sums[np.diag_indices(systems)].any():
        raise RankingError("compares a system with itself")
    both = sums + sums.transpose(1, 0, 2)[..., MIRRORED]
    both[np.tril_indices(systems)] = 0
    return np.asarray(both)
