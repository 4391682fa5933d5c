"""How far strengths move when other people, or other votes of the same kind, had been drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy.sparse import csr_array

from leaderboard.ranking import compiled
from leaderboard.ranking.arrays import Floats, Ids, Short
from leaderboard.ranking.bradley_terry import POINTS, Fit
from leaderboard.ranking.comparisons import BOTH_BAD, OUTCOMES, TIE, Comparisons
from leaderboard.ranking.compiled import shared
from leaderboard.ranking.draws import Poisson
from leaderboard.ranking.refits import PairPoints, fit_many

# Fewer people than this say too little about how people differ (K6); votes are resampled then.
ENOUGH_ANNOTATORS: Final = 10
# About 8 MB of weights at a time: more would not stay in the processor's cache.
_WEIGHTS_AT_ONCE: Final = 2**20
# Sums in 32 bits have room for every unit to come sixty times as often as it did.
_SHORT: Final = 2**25
# So many pairs to fit take NumPy about a second.
_WORTH_COMPILING: Final = 2**22
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
    if resamples * len(boards.i) > _WORTH_COMPILING:
        compiled.load()
    draw = _drawn_people if unit == "annotators" else _drawn_votes(boards.multiplicity)
    batch = max(1, _WEIGHTS_AT_ONCE // len(boards.multiplicity))
    sizes = [min(batch, resamples - low) for low in range(0, resamples, batch)]

    def refitted(part: tuple[int, np.random.Generator]) -> Floats:
        return fit_many(boards.resampled(draw(boards.multiplicity, *part)), near=fitted, alpha=alpha)

    # A generator for each part: the same draws, whichever thread comes first.
    thetas = shared(refitted, zip(sizes, rng.spawn(len(sizes)), strict=True))
    centred = np.concatenate(thetas)
    centred -= centred.mean(axis=1, keepdims=True)
    covariance = np.atleast_2d(np.cov(centred, rowvar=False))
    return Spread(covariance=covariance, unit=unit, units=units, degrees_of_freedom=max(units - 1, 1))


@dataclass(frozen=True, eq=False)
class _Table:
    """What one of every unit adds to each pair: sparse, shape (pairs, units).

    Half points count double, in 32 bits, where all are whole then: exact, and a third of the time.
    """

    i: Ids
    j: Ids
    twice_points: csr_array
    twice_lost: csr_array
    multiplicity: Ids

    def resampled(self, weights: Short) -> PairPoints:
        """Weigh the units, shape (units, resamples): one board for each resample."""
        points, lost = (np.asarray(one @ weights) / 2 for one in (self.twice_points, self.twice_lost))
        return PairPoints(i=self.i, j=self.j, points=points, games=points + lost)


def _tabled(comparisons: Comparisons, unit: Unit) -> _Table:
    """Split the points by unit, and say how often each unit occurs in the data.

    Votes alike in pair, points and weight are one unit that occurs often: the cost does not grow with votes.
    """
    if unit == "annotators":
        cell, weight, member = comparisons.cell, comparisons.weight, comparisons.annotator
        multiplicity = np.ones(len(comparisons.annotators), dtype=np.int64)
    else:
        cell, weight, multiplicity = _kinds(comparisons)
        member = np.arange(len(cell))
    systems = len(comparisons.systems)
    pairs, pair = np.unique(cell // len(OUTCOMES), return_inverse=True)
    shape = (len(pairs), len(multiplicity))

    def summed(twice: Floats) -> csr_array:
        some = twice > 0
        kept = twice[some]
        short = (kept @ multiplicity[member[some]]) < _SHORT and (kept == np.rint(kept)).all()
        kept = kept.astype(np.int32) if short else kept
        return csr_array((kept, (pair[some], member[some])), shape=shape)

    share, twice = POINTS[cell % len(OUTCOMES)], 2 * weight
    points, lost = summed(twice * share), summed(twice * (1 - share))
    return _Table(pairs // systems, pairs % systems, points, lost, multiplicity)


def _kinds(comparisons: Comparisons) -> tuple[Ids, Floats, Ids]:
    """Find the kinds of votes, alike in pair, points and weight: cell, weight and number of votes of each."""
    if comparisons.alike:
        # Ties and both-bad give the same points and are one kind here.
        merged = comparisons.counts.copy()
        merged[..., TIE] += merged[..., BOTH_BAD]
        merged[..., BOTH_BAD] = 0
        cell = np.flatnonzero(merged)
        return cell, np.ones(len(cell)), merged.ravel()[cell]
    votes = np.lexsort((comparisons.weight, comparisons.cell))
    cell, weight = comparisons.cell[votes], comparisons.weight[votes]
    starts = np.flatnonzero(np.r_[True, (np.diff(cell) != 0) | (np.diff(weight) != 0)])
    return cell[starts], weight[starts], np.diff(np.r_[starts, len(votes)])


def _drawn_people(multiplicity: Ids, resamples: int, rng: np.random.Generator) -> Short:
    """Draw as many people as there are, with replacement: how often each came, shape (people, resamples)."""
    # Counting uniform integers gives the same law as rng.multinomial, ten times as fast for many units.
    people = len(multiplicity)
    drawn = rng.integers(0, people, size=(people, resamples)) * resamples + np.arange(resamples)
    counts = np.bincount(drawn.ravel(), minlength=resamples * people)
    return counts.reshape(people, resamples).astype(np.int32)


def _drawn_votes(multiplicity: Ids) -> Callable[[Ids, int, np.random.Generator], Short]:
    """Give what draws as many votes as there are, with replacement: shape (kinds, resamples).

    Of many votes every kind is drawn for itself, so that their number differs a little from draw to draw.
    """
    total = int(multiplicity.sum())
    if total >= _POISSON_FROM:
        poisson = Poisson(multiplicity)
        return lambda _, resamples, rng: poisson.draw(resamples, rng)
    return lambda _, resamples, rng: rng.multinomial(total, multiplicity / total, size=resamples).T.astype(
        np.int32
    )
