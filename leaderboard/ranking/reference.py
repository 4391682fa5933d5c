"""Whether somebody's choices for or against one system are farther from the panel's than taste explains.

A test that compares a person with all others fails against a coalition, which shifts all others.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from leaderboard.ranking import bradley_terry
from leaderboard.ranking.arrays import Floats, Ids, Mask
from leaderboard.ranking.bradley_terry import POINTS
from leaderboard.ranking.comparisons import Comparisons
from leaderboard.ranking.errors import NoVotes

# A person is not tested on a system of which they judged fewer comparisons.
FEWEST: Final = 10


@dataclass(frozen=True, eq=False)
class Reference:
    """Every person beside the panel, on every system; all of shape (annotators, systems).

    Attributes:
        votes: how many comparisons of the system the person judged.
        excess: points that the system got from the person beyond what the panel expects.
        variance: of the excess by chance alone.
        z: the excess, in standard deviations by chance and taste; 0 where there are too few votes.
        taste: variance over honest people of a system's strength to them, log-odds squared, from the panel.
        members: of the panel, from whom it is known.
    """

    votes: Ids
    excess: Floats
    variance: Floats
    z: Floats
    taste: float
    members: int

    def flagged(self, *, level: float) -> Mask:
        """Mark what only a share `level` of honest people would reach on any of their systems.

        Source: Šidák 1967, over the systems of each person; Student's t, since the spread is the panel's.
        """
        tests = np.maximum((self.votes >= FEWEST).sum(axis=1, keepdims=True), 1)
        each = 1 - (1 - level) ** (1 / tests)
        return np.asarray(np.abs(self.z) > stats.t.isf(each / 2, max(self.members - 1, 1)))


def against_panel(comparisons: Comparisons, panel: Mask, *, alpha: float = 1.0) -> Reference:
    """Compare each person's choices with those that the panel's ratings expect.

    Args:
        comparisons: all votes.
        panel: shape (annotators,).
        alpha: pseudo-votes of the panel's fit.

    Raises:
        NoVotes: the panel has none.
    """
    trusted = panel[comparisons.annotator]
    if not trusted.any():
        raise NoVotes("the panel has not judged")
    expected = _expected(comparisons, trusted, alpha)
    surprise = POINTS[comparisons.outcome] - expected
    spread = _spread(surprise[trusted], expected[trusted])
    own = expected * (1 - expected)
    votes, excess, variance, slope = (
        _sums(comparisons, one, other)
        for one, other in (
            (np.ones(len(own)), np.ones(len(own))),
            (surprise, -surprise),
            (spread * own, spread * own),
            (own, own),
        )
    )
    enough = votes >= FEWEST
    taste = _taste(excess[panel], variance[panel], slope[panel], enough[panel])
    z = np.divide(excess, np.sqrt(variance + taste * slope**2), out=np.zeros_like(excess), where=enough)
    return Reference(
        votes=votes.astype(np.int64),
        excess=excess,
        variance=variance,
        z=z,
        taste=taste,
        members=int(panel.sum()),
    )


def _expected(comparisons: Comparisons, trusted: Mask, alpha: float) -> Floats:
    size = len(comparisons.systems)
    sums = np.bincount(comparisons.cell[trusted], minlength=size * size * 4).reshape(size, size, 4)
    fitted = bradley_terry.fit(sums @ POINTS + (sums @ (1 - POINTS)).T, alpha=alpha)
    return np.asarray(fitted.expected[comparisons.a, comparisons.b])


def _spread(surprise: Floats, expected: Floats) -> float:
    """Say how much less a vote varies than a coin: ties are half points."""
    own = (expected * (1 - expected)).sum()
    return float((surprise**2).sum() / own) if own else 1.0


def _sums(comparisons: Comparisons, for_a: Floats, for_b: Floats) -> Floats:
    """Add values of votes up by person and system: shape (annotators, systems)."""
    people, size = len(comparisons.annotators), len(comparisons.systems)
    cells = [comparisons.annotator * size + side for side in (comparisons.a, comparisons.b)]
    sums = sum(
        np.bincount(cell, weights=values, minlength=people * size)
        for cell, values in zip(cells, (for_a, for_b), strict=True)
    )
    return np.asarray(sums).reshape(people, size)


def _taste(excess: Floats, variance: Floats, slope: Floats, enough: Mask) -> float:
    """Estimate by moments how far the panel's own members stray, beyond chance; never below 0."""
    squares = (slope[enough] ** 2).sum()
    return max(float((excess[enough] ** 2 - variance[enough]).sum() / squares), 0.0) if squares else 0.0
