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
# Which votes stay when units are taken away.
_Keep = Callable[[Ids], Mask]


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

    def keep(gone: Ids) -> Mask:
        kept = np.ones(len(comparisons), dtype=np.bool_)
        kept[gone] = False
        return kept

    return _fewest(comparisons, fitted, alpha, gains, keep)


def fewest_annotators(comparisons: Comparisons, fitted: Fit, *, alpha: float) -> Removal:
    """Find few people without whose votes another system comes first; arguments as for fewest_votes()."""
    moved = clusters.influences(comparisons, fitted, kind="annotator")

    def gains(rival: int) -> Floats:
        return np.asarray(moved[:, _first(fitted)] - moved[:, rival])

    def keep(gone: Ids) -> Mask:
        dropped = np.zeros(len(moved), dtype=np.bool_)
        dropped[gone] = True
        return np.asarray(~dropped[comparisons.annotator])

    return _fewest(comparisons, fitted, alpha, gains, keep)


def refitted(comparisons: Comparisons, kept: Mask, *, alpha: float) -> Fit:
    """Fit the votes that the mask (shape (n,)) marks, all systems staying, without sorting them anew.

    Raises:
        NoVotes: none is left.
    """
    size = len(comparisons.systems)
    sums = np.bincount(
        comparisons.cell[kept], weights=comparisons.weight[kept], minlength=size * size * len(OUTCOMES)
    ).reshape(size, size, len(OUTCOMES))
    points = sums @ POINTS + (sums @ (1 - POINTS)).T
    return bradley_terry.fit(points, alpha=max(alpha, _HELD))


def _first(fitted: Fit) -> int:
    return int(np.argmax(fitted.theta))


def _fewest(comparisons: Comparisons, fitted: Fit, alpha: float, gains: _Gains, keep: _Keep) -> Removal:
    leader, best = _first(fitted), None
    for rival in np.argsort(-fitted.theta)[1 : _RIVALS + 1].tolist():
        gain = gains(rival)
        helping = np.argsort(-gain, kind="stable")[: int((gain > 0).sum())]
        most = len(gain) // 2 if best is None else best[0] - 1
        first = _firsts(comparisons, keep, alpha, helping)
        number = _bisected(leader, first, min(most, len(helping)))
        if number is not None:
            best = (number, number / len(gain), comparisons.systems[first(number)])
    return Removal(*best) if best else Removal(None, None, None)


def _firsts(comparisons: Comparisons, keep: _Keep, alpha: float, helping: Ids) -> Callable[[int], int]:
    """Say who comes first without the given number of helping units."""

    def first(number: int) -> int:
        return _first(refitted(comparisons, keep(helping[:number]), alpha=alpha))

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
