"""How far each person alone moves the board (K17)."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from leaderboard.ranking import clusters
from leaderboard.ranking.arrays import Floats, Ids
from leaderboard.ranking.bradley_terry import ELO, POINTS, Fit
from leaderboard.ranking.comparisons import Comparisons
from leaderboard.ranking.refits import PairPoints, fit_many

# One person should move no system by more points, and none of the first five by more ranks than this (X8).
MOST_POINTS: Final = 10.0
MOST_RANKS: Final = 1
TOP: Final = 5
# So many of the most influential people are left out by a full refit; of the others one step is near enough.
_REFITTED: Final = 200
# Without pseudo-votes what is left may have no maximum; so few do not show.
_HELD: Final = 1e-6


@dataclass(frozen=True, eq=False)
class Influence:
    """What would be without each person; all of shape (annotators,).

    Attributes:
        points: how far the rating moved most moves.
        ranks: by how many places the one of the first five moved most moves.
    """

    points: Floats
    ranks: Ids

    @property
    def within_bounds(self) -> bool:
        """Say whether nobody moves a rating, or a top rank, by more than one person should."""
        return bool((self.points <= MOST_POINTS).all() and (self.ranks <= MOST_RANKS).all())


def leave_out_each(comparisons: Comparisons, fitted: Fit, *, alpha: float) -> Influence:
    """Leave out each person in turn: by one Newton step, and those who matter most by a full refit.

    Args:
        comparisons: the votes that gave the fit, of Bradley–Terry, by at least two people.
        fitted: the fit.
        alpha: its pseudo-votes.
    """
    moved = clusters.influences(comparisons, fitted, kind="annotator")
    most = np.argsort(-np.abs(moved).max(axis=1), kind="stable")[:_REFITTED]
    left = fit_many(_without(comparisons, most), near=fitted, alpha=max(alpha, _HELD))
    whole = fitted.theta - fitted.theta.mean()
    moved[most] = whole - (left - left.mean(axis=1, keepdims=True))
    top = np.argsort(-whole, kind="stable")[:TOP]
    ranks = _places(whole - moved)[:, top]
    return Influence(
        points=ELO * np.abs(moved).max(axis=1),
        ranks=np.abs(ranks - np.arange(len(top))).max(axis=1),
    )


def _places(theta: Floats) -> Ids:
    """Give the place of every system, from 0: shape (boards, systems) to the same."""
    return np.asarray(np.argsort(np.argsort(-theta, axis=1, kind="stable"), axis=1, kind="stable"))


def _without(comparisons: Comparisons, people: Ids) -> PairPoints:
    """Take each person's points from the whole: one board for each."""
    size, number = len(comparisons.systems), len(people)
    pairs, pair = np.unique(comparisons.a * size + comparisons.b, return_inverse=True)
    column = np.full(len(comparisons.annotators), number)
    column[people] = np.arange(number)
    cell = pair * (number + 1) + column[comparisons.annotator]

    def left(values: Floats) -> Floats:
        own = np.bincount(cell, weights=values, minlength=len(pairs) * (number + 1))
        own = own.reshape(len(pairs), number + 1)
        # Sums may fall short of zero by a rounding error.
        return np.asarray(np.maximum(own.sum(axis=1, keepdims=True) - own[:, :number], 0))

    points = left(comparisons.weight * POINTS[comparisons.outcome])
    lost = left(comparisons.weight * (1 - POINTS[comparisons.outcome]))
    return PairPoints(i=pairs // size, j=pairs % size, points=points, games=points + lost)
