"""How far strengths move when other people, or other votes of the same kind, had been drawn."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy.sparse import csr_array

from leaderboard.ranking.arrays import Floats, Ids
from leaderboard.ranking.bradley_terry import POINTS, Fit
from leaderboard.ranking.comparisons import BOTH_BAD, Comparisons
from leaderboard.ranking.refits import PairPoints, fit_many

# Fewer people than this say too little about how people differ (K6); votes are resampled then.
ENOUGH_ANNOTATORS: Final = 10
# About 8 MB of weights at a time: more would not stay in the processor's cache.
_WEIGHTS_AT_ONCE: Final = 2**20
_INT32: Final = 2**31
# With so many votes their Poisson-drawn total is within a percent or so.
_POISSON_FROM: Final = 10_000

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
    boards = _tabled(comparisons, unit)
    units = len(comparisons) if unit == "votes" else len(boards.multiplicity)
    batch = max(1, _WEIGHTS_AT_ONCE // len(boards.multiplicity))
    thetas = [
        fit_many(
            boards.resampled(_weights(boards.multiplicity, unit, min(batch, resamples - low), rng)),
            near=fitted,
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
    multiplicity: Ids

    def resampled(self, weights: Ids) -> PairPoints:
        """Weigh the units, shape (units, resamples): one board for each resample."""
        points, lost = self._summed(self.points, weights), self._summed(self.lost, weights)
        return PairPoints(i=self.i, j=self.j, points=points, games=points + lost)

    def _summed(self, added: csr_array, weights: Ids) -> Floats:
        twice = 2 * added.data
        most = float(twice.sum()) * float(weights.max(initial=0))
        if most < _INT32 and (twice == np.rint(twice)).all():
            # Half points count double: whole numbers are exact, and short ones a third of the time.
            whole = csr_array((twice.astype(np.int32), added.indices, added.indptr), shape=added.shape)
            return np.asarray((whole @ weights.astype(np.int32)) / 2)
        return np.asarray(added @ weights.astype(np.float64))


def _tabled(comparisons: Comparisons, unit: Unit) -> _Table:
    """Split the points by unit, and say how often each unit occurs in the data.

    Votes alike in pair, points and weight are one unit that occurs often: the cost does not grow with votes.
    """
    if unit == "annotators":
        rows, member = np.arange(len(comparisons)), comparisons.annotator
        multiplicity = np.ones(len(comparisons.annotators), dtype=np.int64)
    elif comparisons.alike:
        rows, member, multiplicity = _kinds(comparisons)
    else:
        votes = np.lexsort((comparisons.weight, comparisons.cell))
        cell, weight = comparisons.cell[votes], comparisons.weight[votes]
        starts = np.flatnonzero(np.r_[True, (np.diff(cell) != 0) | (np.diff(weight) != 0)])
        rows, member = votes[starts], np.arange(len(starts))
        multiplicity = np.diff(np.r_[starts, len(votes)])
    systems = len(comparisons.systems)
    pairs, pair = np.unique(comparisons.a[rows] * systems + comparisons.b[rows], return_inverse=True)
    shape = (len(pairs), len(multiplicity))

    def summed(points: Floats) -> csr_array:
        some = points > 0
        return csr_array((points[some], (pair[some], member[some])), shape=shape)

    share, weight = POINTS[comparisons.outcome[rows]], comparisons.weight[rows]
    points, lost = summed(weight * share), summed(weight * (1 - share))
    return _Table(i=pairs // systems, j=pairs % systems, points=points, lost=lost, multiplicity=multiplicity)


def _kinds(comparisons: Comparisons) -> tuple[Ids, Ids, Ids]:
    """Find the different kinds of votes of weight 1: a vote of each, their numbers, how often each occurs."""
    # Ties and both-bad give the same points and are one kind here.
    kind = comparisons.cell - (comparisons.outcome == BOTH_BAD)
    occurs = np.bincount(kind)
    some_vote = np.zeros(len(occurs), dtype=np.int64)
    some_vote[kind] = np.arange(len(kind))
    there = np.flatnonzero(occurs)
    return some_vote[there], np.arange(len(there)), occurs[there]


def _weights(multiplicity: Ids, unit: Unit, resamples: int, rng: np.random.Generator) -> Ids:
    """Draw as many units as there are, with replacement: how often each came, shape (units, resamples)."""
    units = len(multiplicity)
    if unit == "votes":
        total = int(multiplicity.sum())
        if total >= _POISSON_FROM:
            # The total then differs from draw to draw by its square root; twice as fast.
            return rng.poisson(multiplicity[:, None], size=(units, resamples))
        return rng.multinomial(total, multiplicity / total, size=resamples).T
    # Counting uniform integers gives the same law as rng.multinomial, ten times as fast for many units.
    drawn = rng.integers(0, units, size=(units, resamples)) * resamples + np.arange(resamples)
    counts = np.bincount(drawn.ravel(), minlength=resamples * units)
    return np.asarray(counts.reshape(units, resamples))
