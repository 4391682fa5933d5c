"""Votes that count for more or less than one (K9)."""

from typing import Final

import numpy as np

from leaderboard.ranking.arrays import Floats
from leaderboard.ranking.comparisons import Comparisons
from leaderboard.ranking.errors import NotFinite

# No vote counts for more than this many average ones: a rare pair would speak for all.
CAP: Final = 10.0


def inverse_probability(chance: Floats, *, cap: float = CAP) -> Floats:
    """Weigh votes as if all pairs had been drawn alike: shape (n,), mean 1 before the cap.

    Args:
        chance: shape (n,), the probability with which each vote's pair was drawn, above 0.
        cap: largest weight.

    Raises:
        NotFinite: a chance that is not above 0 and at most 1.

    Source: Horvitz and Thompson 1952; capped as Ionides 2008.
    """
    if not ((chance > 0) & (chance <= 1)).all():
        raise NotFinite("a pair's chance must be above 0 and at most 1")
    weight = 1 / chance
    return np.asarray(np.minimum(weight / weight.mean(), cap)) if len(weight) else weight


def effective_votes(comparisons: Comparisons) -> Floats:
    """Say how many votes of equal weight would be worth as much, for each system: shape (systems,).

    Source: Kish 1965: the sum of weights squared over the sum of their squares.
    """
    weight = _per_system(comparisons.weighted.sum(axis=2))
    squares = _per_system(comparisons.weighted_squares.sum(axis=2))
    return np.divide(weight**2, squares, out=np.zeros_like(weight), where=squares > 0)


def _per_system(pairs: Floats) -> Floats:
    return np.asarray(pairs.sum(axis=0) + pairs.sum(axis=1))
