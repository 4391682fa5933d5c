"""The ways to rate a board: each turns counted votes into ratings, half-widths and ranks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtri, stdtrit

from leaderboard.ranking import bootstrap, bradley_terry, elo, graph, ranks, variance
from leaderboard.ranking.arrays import Floats, Ids, Mask
from leaderboard.ranking.bradley_terry import ELO, Ties
from leaderboard.ranking.comparisons import Comparisons
from leaderboard.ranking.result import IntervalUnit

LEVEL: Final = 0.95
# Below so many counted votes a system gets no interval (K6).
INTERVAL_VOTES: Final = 30


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a method is asked.

    Attributes:
        used: the votes that count.
        component: shape (systems,), group of systems that these votes connect; 0 is the largest.
        alpha: pseudo-votes; methods without a prior take no notice.
    """

    used: Comparisons
    component: Ids
    seed: int
    resamples: int
    alpha: float

    def streams(self) -> list[np.random.Generator]:
        """Give resampling and ranks a stream each, so that a change to one leaves the other's draws alone."""
        return np.random.Generator(np.random.PCG64(self.seed)).spawn(2)


@dataclass(frozen=True, kw_only=True, eq=False)
class Estimate:
    """What a method found.

    Attributes:
        rated: shape (systems,); the other arrays are of shape (rated systems,).
        rating, half_width: on the Elo scale; the interval is one on either side of the other.
        ranges: best and worst rank; None: the method does not rank.
        prior_driven: no finite rating exists but for the pseudo-votes.
    """

    rated: Mask
    rating: Floats
    half_width: Floats
    ranges: tuple[Ids, Ids] | None
    prior_driven: Mask
    unit: IntervalUnit
    degrees_of_freedom: int | None = None
    iterations: int = 0
    design_effect: float | None = None


@dataclass(frozen=True, kw_only=True)
class Method:
    """A way to rate, with what it uses where nothing else is asked for."""

    estimate: Callable[[Task], Estimate]
    ties: Ties
    resamples: int
    constants: Mapping[str, float]


def _bradley_terry(task: Task) -> Estimate:
    rated = task.component == 0
    inner = task.used.among(rated)
    resampling, ranking = task.streams()
    points = bradley_terry.scores(inner)
    fitted = bradley_terry.fit(points, alpha=task.alpha)
    spread = bootstrap.spread(inner, fitted, alpha=task.alpha, resamples=task.resamples, rng=resampling)
    prior_driven = _prior_driven(points > 0, inner.votes_per_system)
    by_vote = variance.by_vote(inner, fitted, alpha=task.alpha)
    covariance = variance.raised(spread.covariance, by_vote)
    # Resampling cannot show what it never saw: few votes, or none lost, say nothing about a system's spread.
    thin = prior_driven | (inner.votes_per_system < INTERVAL_VOTES)
    covariance = variance.raised(covariance, variance.model(fitted), where=thin)
    degrees = spread.degrees_of_freedom
    better = ranks.surely_better(
        fitted.theta, covariance, degrees_of_freedom=degrees, level=LEVEL, rng=ranking
    )
    effect = float(np.median(np.diag(spread.covariance) / np.diag(by_vote)))
    return Estimate(
        rated=rated,
        rating=bradley_terry.ratings(fitted.theta),
        half_width=ELO * float(stdtrit(degrees, (1 + LEVEL) / 2)) * np.sqrt(np.diag(covariance)),
        ranges=ranks.ranges(better),
        prior_driven=prior_driven,
        unit=spread.unit,
        degrees_of_freedom=degrees,
        iterations=fitted.iterations,
        design_effect=effect if spread.unit == "annotators" else None,
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
        ranges=None,
        prior_driven=np.zeros(len(deviation), dtype=np.bool_),
        unit="orders",
    )


METHODS: Final[Mapping[str, Method]] = {
    "bradley-terry": Method(estimate=_bradley_terry, ties="half", resamples=1000, constants={"alpha": 1.0}),
    "online-elo": Method(
        estimate=_online_elo,
        ties="drop",
        resamples=elo.RESHUFFLES,
        constants={"start": elo.START, "k": elo.K, "scale": elo.SCALE},
    ),
}
