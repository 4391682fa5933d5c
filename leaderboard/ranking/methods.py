"""The ways to rate a board: each turns counted votes into ratings, half-widths and ranks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtri

from leaderboard.ranking import bradley_terry, davidson, elo, graph, intervals, ranks
from leaderboard.ranking.arrays import Floats, Ids, Mask
from leaderboard.ranking.bradley_terry import Fit, Ties
from leaderboard.ranking.comparisons import Comparisons
from leaderboard.ranking.intervals import INTERVAL_VOTES, LEVEL, UNITS, Chosen, Uncertainty
from leaderboard.ranking.result import IntervalUnit


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a method is asked.

    Attributes:
        used: the votes that count.
        component: shape (systems,), group of systems that these votes connect; 0 is the largest.
        clusters: what the intervals take to hang together.
        alpha: pseudo-votes; methods without a prior take no notice.
    """

    used: Comparisons
    component: Ids
    seed: int
    resamples: int
    alpha: float
    clusters: Chosen

    def streams(self) -> list[np.random.Generator]:
        """Give resampling and ranks a stream each, so that a change to one leaves the other's draws alone."""
        return np.random.Generator(np.random.PCG64(self.seed)).spawn(2)


@dataclass(frozen=True, kw_only=True, eq=False)
class Estimate:
    """What a method found.

    Attributes:
        rated: shape (systems,); the other arrays are of shape (rated systems,).
        rating, half_width: on the Elo scale; the interval is one on either side of the other.
        shown: which of them get an interval, and a rank among the others that do.
        ranges: best and worst rank, shape (shown systems,); None: the method does not rank.
        better: which of them is surely better than which, shape (shown, shown); None as for ranges.
        prior_driven: no finite rating exists but for the pseudo-votes.
        fitted: the model; None: the method has none.
        uncertainty: where the half-widths come from; None: from random orders.
    """

    rated: Mask
    rating: Floats
    half_width: Floats
    shown: Mask
    ranges: tuple[Ids, Ids] | None
    better: Mask | None
    prior_driven: Mask
    unit: IntervalUnit
    fitted: Fit | None = None
    iterations: int = 0
    uncertainty: Uncertainty | None = None


@dataclass(frozen=True, kw_only=True)
class Method:
    """A way to rate, with what it uses where nothing else is asked for; resamples 0: it has none."""

    estimate: Callable[[Task], Estimate]
    ties: Ties
    resamples: int
    constants: Mapping[str, float]


def _bradley_terry(task: Task) -> Estimate:
    inner = task.used.among(task.component == 0)
    points = bradley_terry.scores(inner)
    return _estimate(task, inner, bradley_terry.fit(points, alpha=task.alpha), points > 0)


def _davidson(task: Task) -> Estimate:
    inner = task.used.among(task.component == 0)
    # A tie, too, keeps two systems from drifting apart: each scores on the other.
    return _estimate(task, inner, davidson.fit(inner, alpha=task.alpha), bradley_terry.scores(inner) > 0)


def _estimate(task: Task, inner: Comparisons, fitted: Fit, scored: Mask) -> Estimate:
    """Give intervals and ranks to strengths; scored: shape (systems, systems), i took points from j."""
    resampling, ranking = task.streams()
    prior_driven = _prior_driven(scored, inner.votes_per_system)
    kind = intervals.clusters_for(inner, task.clusters)
    shown = intervals.shown(inner, task.clusters)
    found = intervals.uncertainty(
        inner,
        fitted,
        alpha=task.alpha,
        kind=kind,
        prior_driven=prior_driven,
        resampling=(task.resamples, resampling),
    )
    better = ranks.surely_better(
        fitted.theta[shown],
        found.covariance[np.ix_(shown, shown)],
        degrees_of_freedom=found.degrees_of_freedom,
        level=LEVEL,
        rng=ranking,
    )
    return Estimate(
        rated=task.component == 0,
        fitted=fitted,
        rating=bradley_terry.ratings(fitted.theta),
        half_width=found.half_width,
        shown=shown,
        ranges=ranks.ranges(better),
        better=better,
        prior_driven=prior_driven,
        unit="none" if kind == "none" and inner.people_known and task.clusters == "auto" else UNITS[kind],
        iterations=fitted.iterations,
        uncertainty=found,
    )


def _prior_driven(beats: Mask, votes: Ids) -> Mask:
    group = graph.strong_components(beats, votes=votes)
    # Where every group is a single system, none of them is the firm ground from which the others are seen.
    alone = len(group) > 1 and int((group == 0).sum()) == 1
    return np.ones(len(group), dtype=np.bool_) if alone else group != 0


def _online_elo(task: Task) -> Estimate:
    played = task.used.votes_per_system > 0
    inner = task.used.among(played)
    shuffled = elo.reshuffled(inner, orders=task.resamples, rng=task.streams()[0])
    # One vote between equals moves a rating by half of K, so no rating is firmer than that.
    deviation = np.maximum(shuffled.std(axis=0, ddof=1), elo.K / 2)
    return Estimate(
        rated=played,
        rating=elo.run(inner),
        half_width=float(ndtri((1 + LEVEL) / 2)) * deviation,
        shown=inner.votes_per_system >= INTERVAL_VOTES,
        ranges=None,
        better=None,
        prior_driven=np.zeros(len(deviation), dtype=np.bool_),
        unit="orders",
    )


METHODS: Final[Mapping[str, Method]] = {
    "bradley-terry": Method(estimate=_bradley_terry, ties="half", resamples=1000, constants={"alpha": 1.0}),
    "davidson": Method(estimate=_davidson, ties="model", resamples=0, constants={"alpha": 1.0}),
    "online-elo": Method(
        estimate=_online_elo,
        ties="drop",
        resamples=elo.RESHUFFLES,
        constants={"start": elo.START, "k": elo.K, "scale": elo.SCALE},
    ),
}
