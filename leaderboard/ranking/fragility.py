"""How few votes, or people, the first place hangs on (K17)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from leaderboard.ranking import bradley_terry, clusters, variance
from leaderboard.ranking.arrays import Floats, Ids, Mask
from leaderboard.ranking.bradley_terry import POINTS, Fit
from leaderboard.ranking.comparisons import OUTCOMES, Comparisons

# Below this share of the votes the first place should be read as a tie. Source: X9 of the project's goals.
TIE_BELOW: Final = 0.005
# Only these many next in rank are tried as the new first: those farther down need more.
_RIVALS: Final = 5
# Without pseudo-votes what is left may have no maximum; so few do not show.
_HELD: Final = 1e-6
# Less than any vote weighs.
_TRACE: Final = 1e-9


@dataclass(frozen=True)
class Removal:
    """Votes or people without whom another system comes first.

    Attributes:
        fewest: how many suffice, tried by refits; there may be a choice of fewer. None: not even half of all.
        share: the same, of all votes or people.
        rival: who comes first then.
    """

    fewest: int | None
    share: float | None
    rival: str | None


# Which units speak for the leader against a rival, and how much each does: log-odds.
_Gains = Callable[[int], Floats]
# Which votes go when units are taken away.
_VotesOf = Callable[[Ids], Ids]


def fewest_votes(comparisons: Comparisons, fitted: Fit, *, alpha: float) -> Removal:
    """Find few votes whose removal changes the first place.

    Votes are taken away in the order of what they do for the leader against one rival, by their influence on
    the fit; how many it takes is then found by full refits.

    Args:
        comparisons: the votes that gave the fit, of Bradley–Terry.
        fitted: the fit.
        alpha: its pseudo-votes.

    Source: Broderick, Giordano and Meager 2020; Huang et al., arXiv 2508.11847.
    """
    bread = variance.centred_inverse(fitted)
    surprise = (POINTS - fitted.expected[..., None]).ravel()

    def gains(rival: int) -> Floats:
        pull = bread[_first(fitted)] - bread[rival]
        pair = pull[comparisons.a] - pull[comparisons.b]
        return np.asarray(comparisons.weight * surprise[comparisons.cell] * pair)

    return _fewest(comparisons, fitted, alpha, gains, lambda gone: gone)


def fewest_annotators(comparisons: Comparisons, fitted: Fit, *, alpha: float) -> Removal:
    """Find few people without whose votes another system comes first; arguments as for fewest_votes()."""
    moved = clusters.influences(comparisons, fitted, kind="annotator")

    def gains(rival: int) -> Floats:
        return np.asarray(moved[:, _first(fitted)] - moved[:, rival])

    def votes_of(gone: Ids) -> Ids:
        dropped = np.zeros(len(moved), dtype=np.bool_)
        dropped[gone] = True
        return np.flatnonzero(dropped[comparisons.annotator])

    return _fewest(comparisons, fitted, alpha, gains, votes_of)


def refitted(comparisons: Comparisons, kept: Mask, *, alpha: float) -> Fit:
    """Fit the votes that the mask (shape (n,)) marks, all systems staying.

    Raises:
        NoVotes: none is left.
    """
    return without(comparisons, np.flatnonzero(~kept), alpha=alpha)


def without(comparisons: Comparisons, gone: Ids, *, alpha: float) -> Fit:
    """Fit the votes without those at some places, all systems staying: what goes is taken off the sums.

    Raises:
        NoVotes: none is left.
    """
    size = len(comparisons.systems)
    taken = np.bincount(
        comparisons.cell[gone], weights=comparisons.weight[gone], minlength=size * size * len(OUTCOMES)
    ).reshape(size, size, len(OUTCOMES))
    sums = comparisons.weighted - taken
    # Weights that are no whole numbers leave a trace of rounding where nothing is left.
    sums[sums < _TRACE] = 0
    points = sums @ POINTS + (sums @ (1 - POINTS)).T
    return bradley_terry.fit(points, alpha=max(alpha, _HELD))


def _first(fitted: Fit) -> int:
    return int(np.argmax(fitted.theta))


def _fewest(
    comparisons: Comparisons, fitted: Fit, alpha: float, gains: _Gains, votes_of: _VotesOf
) -> Removal:
    leader, best = _first(fitted), None
    for rival in np.argsort(-fitted.theta)[1 : _RIVALS + 1].tolist():
        gain = gains(rival)
        helping = np.argsort(-gain, kind="stable")[: int((gain > 0).sum())]
        most = len(gain) // 2 if best is None else best[0] - 1
        first = _firsts(comparisons, votes_of, alpha, helping)
        number = _bisected(leader, first, min(most, len(helping)))
        if number is not None:
            best = (number, number / len(gain), comparisons.systems[first(number)])
    return Removal(*best) if best else Removal(None, None, None)


def _firsts(comparisons: Comparisons, votes_of: _VotesOf, alpha: float, helping: Ids) -> Callable[[int], int]:
    """Say who comes first without the given number of helping units."""

    def first(number: int) -> int:
        return _first(without(comparisons, votes_of(helping[:number]), alpha=alpha))

    return first


def _bisected(leader: int, first: Callable[[int], int], most: int) -> int | None:
    """Find the smallest number up to `most` without which the leader falls, and keeps falling."""
    if most < 1 or first(most) == leader:
        return None
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if first(middle) == leader else (low, middle)
    return high
