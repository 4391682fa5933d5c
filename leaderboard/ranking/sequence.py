"""Intervals that stay right however often one looks (K15)."""

import math
from typing import Final

# Votes at which the interval is tightest for its level.
TIGHTEST_AT: Final = 1000


def widening(
    votes: float, *, level: float = 0.95, tightest_at: float = TIGHTEST_AT, claims: int = 1
) -> float:
    """Give the standard errors on either side that hold at all times together, with the level's chance.

    An interval that is checked every day misses the truth some day; this one, about 3 standard errors wide
    where it is tightest, does not.

    Args:
        votes: counted by now; positive.
        level: chance that the truth never leaves the interval.
        tightest_at: votes at which it is to be tightest; fixed before looking.
        claims: how many intervals are to hold together, by Bonferroni's bound.

    Source: Robbins' normal mixture: Waudby-Smith et al., "Time-uniform central limit theory and asymptotic
    confidence sequences", 2024, with their choice of the mixture's scale.
    """
    alpha = (1 - level) / claims
    scale = (-2 * math.log(alpha) + math.log(1 - 2 * math.log(alpha))) / tightest_at
    spread = votes * scale
    return math.sqrt(2 * (spread + 1) / spread * math.log(math.sqrt(spread + 1) / alpha))
