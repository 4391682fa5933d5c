"""What an interval is made from, and who gets one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy.special import ndtr, stdtrit

from leaderboard.ranking import bootstrap, clusters, sequence, variance
from leaderboard.ranking.arrays import Floats, Mask
from leaderboard.ranking.bradley_terry import ELO, Fit
from leaderboard.ranking.clusters import Clusters
from leaderboard.ranking.comparisons import Comparisons
from leaderboard.ranking.errors import RankingError
from leaderboard.ranking.result import IntervalUnit

LEVEL: Final = 0.95
# Below so many counted votes, or people who cast them, a system gets no interval (K6).
INTERVAL_VOTES: Final = 30
INTERVAL_ANNOTATORS: Final = 10
# Of fewer prompts nothing can be said about others: the interval then holds for these prompts.
ENOUGH_PROMPTS: Final = 10

Chosen = Literal["auto", "none", "annotator", "prompt", "both"]
UNITS: Final[Mapping[Clusters, IntervalUnit]] = {
    "none": "votes",
    "annotator": "annotators",
    "prompt": "prompts",
    "both": "both",
}
_FEWEST: Final = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Uncertainty:
    """How sure strengths are, by the closed form and by resampling.

    Attributes:
        covariance: shape (systems, systems), log-odds squared; what intervals and ranks are made from.
        clusters: what was taken to hang together.
        degrees_of_freedom: of Student's distribution.
        half_width: shape (systems,), Elo points.
        resampled: shape (systems,): half-widths by the bootstrap; None: nothing was resampled.
        resampled_unit: what was.
        design_effect: median of the variances over clusters by those of independent votes; None: no clusters.
    """

    covariance: Floats
    clusters: Clusters
    degrees_of_freedom: int
    half_width: Floats
    resampled: Floats | None
    resampled_unit: bootstrap.Unit | None
    design_effect: float | None


def clusters_for(comparisons: Comparisons, chosen: Chosen) -> Clusters:
    """Say what can be taken to hang together in these votes.

    Raises:
        RankingError: clusters of a kind of which there is only one are asked for.
    """
    people, prompts = len(comparisons.annotators), len(comparisons.prompts)
    if chosen == "auto":
        enough = prompts >= ENOUGH_PROMPTS
        if people >= INTERVAL_ANNOTATORS:
            return "both" if enough else "annotator"
        return "prompt" if enough and not comparisons.people_known else "none"
    if chosen in {"annotator", "both"} and people < _FEWEST:
        raise RankingError("one annotator only: nothing can be said about how people differ")
    if chosen in {"prompt", "both"} and prompts < _FEWEST:
        raise RankingError("one prompt only: nothing can be said about how prompts differ")
    return chosen


def shown(comparisons: Comparisons, chosen: Chosen) -> Mask:
    """Mark the systems that get an interval: shape (systems,).

    People count wherever they are known, unless somebody chose intervals that do not speak of people.
    """
    enough = comparisons.votes_per_system >= INTERVAL_VOTES
    if chosen in {"none", "prompt"} or not comparisons.people_known:
        return np.asarray(enough)
    return np.asarray(enough & (comparisons.annotators_per_system >= INTERVAL_ANNOTATORS))


def uncertainty(
    comparisons: Comparisons,
    fitted: Fit,
    *,
    alpha: float,
    kind: Clusters,
    prior_driven: Mask,
    resampling: tuple[int, np.random.Generator],
) -> Uncertainty:
    """Give the covariance over clusters and, beside it, half-widths by resampling.

    Args:
        comparisons: the votes that gave the fit.
        fitted: the fit.
        alpha: its pseudo-votes.
        kind: from clusters_for().
        prior_driven: shape (systems,), systems whose rating the pseudo-votes hold.
        resampling: how many refits (0: none), and what draws them.
    """
    found = clusters.covariance(comparisons, fitted, alpha=alpha, clusters=kind)
    by_vote = variance.by_vote(comparisons, fitted, alpha=alpha)
    # Votes cannot show what they never held: few of them, or none lost, say nothing about a system's spread.
    thin = prior_driven | (comparisons.votes_per_system < INTERVAL_VOTES)
    model = variance.model(fitted)
    covariance = variance.raised(found.covariance, model, where=thin)
    refits, rng = resampling
    spread = bootstrap.spread(comparisons, fitted, alpha=alpha, resamples=refits, rng=rng) if refits else None
    resampled = None
    if spread:
        raised = variance.raised(variance.raised(spread.covariance, by_vote), model, where=thin)
        resampled = _half_width(raised, spread.degrees_of_freedom)
    effect = float(np.median(np.diag(found.covariance) / np.diag(by_vote)))
    return Uncertainty(
        covariance=covariance,
        clusters=kind,
        degrees_of_freedom=found.degrees_of_freedom,
        half_width=_half_width(covariance, found.degrees_of_freedom),
        resampled=resampled,
        resampled_unit=spread.unit if spread else None,
        design_effect=None if kind == "none" else effect,
    )


def _half_width(covariance: Floats, degrees_of_freedom: int) -> Floats:
    reach = float(stdtrit(degrees_of_freedom, (1 + LEVEL) / 2))
    return np.asarray(ELO * reach * np.sqrt(np.diag(covariance)))


def widened(votes: int, degrees_of_freedom: int, *, claims: int = 1) -> float:
    """Say how many times wider an interval is that holds however often one looks (K15); at least 1.

    Args:
        votes: counted by now.
        degrees_of_freedom: of Student's distribution.
        claims: how many such intervals are to hold together.
    """
    usual = float(stdtrit(degrees_of_freedom, (1 + LEVEL) / 2))
    normal = sequence.widening(votes, level=LEVEL, claims=claims)
    return max(-float(stdtrit(degrees_of_freedom, ndtr(-normal))) / usual, 1.0)
