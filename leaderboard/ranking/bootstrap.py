"""How far strengths move when other people, or other votes of the same kind, had been drawn."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy.sparse import csr_array

from leaderboard.ranking.bradley_terry import POINTS, Fit, PairPoints, fit_many
from leaderboard.ranking.comparisons import Comparisons, Floats, Ids

# Fewer people than this say too little about how people differ (K6); votes are resampled then.
ENOUGH_ANNOTATORS: Final = 10
# About 64 MB of weights at a time.
_WEIGHTS_AT_ONCE: Final = 2**23

Unit = Literal["annotators", "votes"]


@dataclass(frozen=True, eq=False)
class Spread:
    """The covariance of strengths over resamples.

    Attributes:
        covariance: shape (systems, systems), log-odds squared, of strengths with their mean taken out.
        unit: what was resampled.
        units: how many of them there are.
        degrees_of_freedom: for Student's distribution; one less than units, and at least 1.
    """

    covariance: Floats
    unit: Unit
    units: int
    degrees_of_freedom: int


def chosen_unit(comparisons: Comparisons) -> Unit:
    """Say what to resample: people where there are ten or more, else votes, for intervals too narrow."""
    return "annotators" if len(comparisons.annotators) >= ENOUGH_ANNOTATORS else "votes"


def spread(
    comparisons: Comparisons,
    fitted: Fit,
    *,
    alpha: float,
    resamples: int,
    rng: np.random.Generator,
    unit: Unit | None = None,
) -> Spread:
    """Resample with replacement, refit in full each time, and take the covariance.

    Args:
        comparisons: the votes that gave the fit.
        fitted: where every refit starts.
        alpha: pseudo-votes of the fit.
        resamples: refits; at least 2.
        rng: draws the resamples.
        unit: what to resample; None: chosen_unit().

    Raises:
        NotConverged: a resample has no maximum (alpha 0 and few votes).

    Source: K12; Owen and Eckles 2012 for resampling one factor whole.
    """
    unit = unit or chosen_unit(comparisons)
    boards, multiplicity = _tabled(comparisons, unit)
    units = len(comparisons) if unit == "votes" else len(multiplicity)
    batch = max(1, _WEIGHTS_AT_ONCE // len(multiplicity))
    thetas = [
        fit_many(
            boards.resampled(_weights(multiplicity, unit, min(batch, resamples - low), rng)),
            start=fitted.theta,
            alpha=alpha,
        )
        for low in range(0, resamples, batch)
    ]
    centred = np.concatenate(thetas)
    centred -= centred.mean(axis=1, keepdims=True)
    covariance = np.atleast_2d(np.cov(centred, rowvar=False))
    return Spread(covariance=covariance, unit=unit, units=units, degrees_of_freedom=max(units - 1, 1))


@dataclass(frozen=True, eq=False)
class _Table:
    """What one of every unit adds to each pair: sparse, shape (pairs, units)."""

    i: Ids
    j: Ids
    points: csr_array
    lost: csr_array

    def resampled(self, weights: Floats) -> PairPoints:
        """Weigh the units, shape (resamples, units): one board for each resample."""
        columns = np.ascontiguousarray(weights.T)
        points = np.ascontiguousarray((self.points @ columns).T)
        lost = np.ascontiguousarray((self.lost @ columns).T)
        return PairPoints(i=self.i, j=self.j, points=points, games=points + lost)


def _tabled(comparisons: Comparisons, unit: Unit) -> tuple[_Table, Ids]:
    """Split the points by unit, and say how often each unit occurs in the data.

    Votes alike in pair, outcome and weight are one unit that occurs often: the cost does not grow with votes.
    """
    if unit == "annotators":
        rows, member = np.arange(len(comparisons)), comparisons.annotator
        multiplicity = np.ones(len(comparisons.annotators), dtype=np.int64)
    else:
        order = np.lexsort((comparisons.weight, comparisons.cell))
        cell, weight = comparisons.cell[order], comparisons.weight[order]
        starts = np.flatnonzero(np.r_[True, (np.diff(cell) != 0) | (np.diff(weight) != 0)])
        rows, member = order[starts], np.arange(len(starts))
        multiplicity = np.diff(np.r_[starts, len(order)])
    systems = len(comparisons.systems)
    pairs, pair = np.unique(comparisons.a[rows] * systems + comparisons.b[rows], return_inverse=True)
    shape = (len(pairs), len(multiplicity))

    def summed(points: Floats) -> csr_array:
        some = points > 0
        return csr_array((points[some], (pair[some], member[some])), shape=shape)

    share, weight = POINTS[comparisons.outcome[rows]], comparisons.weight[rows]
    points, lost = summed(weight * share), summed(weight * (1 - share))
    return _Table(i=pairs // systems, j=pairs % systems, points=points, lost=lost), multiplicity


def _weights(multiplicity: Ids, unit: Unit, resamples: int, rng: np.random.Generator) -> Floats:
    """Draw as many units as there are, with replacement: how often each came, shape (resamples, units)."""
    if unit == "votes":
        total = int(multiplicity.sum())
        return rng.multinomial(total, multiplicity / total, size=resamples).astype(np.float64)
    # Counting uniform integers gives the same law as rng.multinomial, ten times as fast for many units.
    units = len(multiplicity)
    drawn = rng.integers(0, units, size=(resamples, units)) + units * np.arange(resamples)[:, None]
    return (
        np.bincount(drawn.ravel(), minlength=resamples * units).reshape(resamples, units).astype(np.float64)
    )
