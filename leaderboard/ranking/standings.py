"""A board's lines: what is known of each system, the best first."""

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from leaderboard.ranking import acceptability, intervals, weights
from leaderboard.ranking.arrays import Floats, Ids, Mask
from leaderboard.ranking.comparisons import BOTH_BAD, MIRRORED, TIE, A, B, Comparisons
from leaderboard.ranking.intervals import LEVEL
from leaderboard.ranking.methods import Estimate, Task
from leaderboard.ranking.result import DECIMALS, Standing

# A standing is established from here on (K16).
ESTABLISHED_VOTES: Final = 100
ESTABLISHED_ANNOTATORS: Final = 10
ESTABLISHED_HALF_WIDTH: Final = 30.0


def lines(comparisons: Comparisons, task: Task, estimate: Estimate) -> tuple[Standing, ...]:
    """Write every system's line.

    Args:
        comparisons: all votes, also those that the method leaves out.
        task: what was asked.
        estimate: what was found.
    """
    tally, columns = _tally(comparisons), _columns(comparisons, task, estimate)
    people, effective = comparisons.annotators_per_system, weights.effective_votes(comparisons)
    best, worst = (_ranks(estimate, place) for place in (0, 1))
    standings = [
        Standing(
            system=system,
            rating=_number(columns["rating"][index]),
            low=_number(columns["low"][index]),
            high=_number(columns["high"][index]),
            bootstrap_low=_number(columns["bootstrap_low"][index]),
            bootstrap_high=_number(columns["bootstrap_high"][index]),
            rank_low=int(best[index]) or None,
            rank_high=int(worst[index]) or None,
            expected_score=_number(columns["expected_score"][index]),
            acceptable=_number(columns["acceptable"][index]),
            acceptable_low=_number(columns["acceptable_low"][index]),
            acceptable_high=_number(columns["acceptable_high"][index]),
            votes=int(tally[index].sum()),
            effective_votes=float(effective[index]),
            wins=int(tally[index, A]),
            losses=int(tally[index, B]),
            ties=int(tally[index, TIE]),
            both_bad=int(tally[index, BOTH_BAD]),
            annotators=int(people[index]),
            status="established" if columns["established"][index] else "provisional",
            settled=bool(columns["settled"][index]),
            component=int(task.component[index]),
            prior_driven=bool(columns["prior_driven"][index] == 1),
        )
        for index, system in enumerate(comparisons.systems)
    ]
    return tuple(sorted(standings, key=_best_first))


def _columns(comparisons: Comparisons, task: Task, estimate: Estimate) -> dict[str, Floats]:
    """Spread what was found over all systems, each shape (systems,); NaN where nothing was."""
    half_width = _spread(estimate.rated, np.where(estimate.shown, estimate.half_width, math.nan))
    rating = _spread(estimate.rated, estimate.rating)
    found, fitted = estimate.uncertainty, estimate.fitted
    resampled = np.full(len(rating), math.nan)
    if found and found.resampled is not None:
        resampled = _spread(estimate.rated, np.where(estimate.shown, found.resampled, math.nan))
    expected = np.full(len(rating), math.nan)
    if fitted:
        others = max(len(fitted.theta) - 1, 1)
        expected = _spread(estimate.rated, (fitted.expected.sum(axis=1) - 0.5) / others)
    good = acceptability.fit(comparisons, level=LEVEL)
    voted = np.where(comparisons.votes_per_system > 0, 1, math.nan)
    established = _established(task.used, half_width)
    return {
        "rating": rating,
        "low": rating - half_width,
        "high": rating + half_width,
        "bootstrap_low": rating - resampled,
        "bootstrap_high": rating + resampled,
        "expected_score": expected,
        "acceptable": good.share * voted,
        "acceptable_low": good.low * voted,
        "acceptable_high": good.high * voted,
        "established": established,
        "settled": established & (half_width * _widened(task, estimate) <= ESTABLISHED_HALF_WIDTH),
        "prior_driven": _spread(estimate.rated, estimate.prior_driven),
    }


def _spread(rated: Mask, values: npt.NDArray[Any]) -> Floats:
    """Put the values of rated systems in their places among all: shape (systems,)."""
    spread = np.full(len(rated), math.nan)
    spread[rated] = values
    return spread


def _ranks(estimate: Estimate, place: int) -> Ids:
    """Give the best (place 0) or worst (1) rank of all systems: shape (systems,); 0: none."""
    ranked = np.zeros(len(estimate.rated), dtype=np.int64)
    if estimate.ranges is not None:
        ranked[np.flatnonzero(estimate.rated)[estimate.shown]] = estimate.ranges[place]
    return ranked


def _established(used: Comparisons, half_width: Floats) -> Mask:
    enough = used.votes_per_system >= ESTABLISHED_VOTES
    judged = used.annotators_per_system >= ESTABLISHED_ANNOTATORS
    return np.asarray(enough & judged & (half_width <= ESTABLISHED_HALF_WIDTH))


def _widened(task: Task, estimate: Estimate) -> float:
    found = estimate.uncertainty
    return intervals.widened(len(task.used), found.degrees_of_freedom) if found else math.inf


def _tally(comparisons: Comparisons) -> Ids:
    """Count wins, losses, ties and both-bad of each system: shape (systems, 4)."""
    as_first, as_second = comparisons.counts.sum(axis=1), comparisons.counts.sum(axis=0)
    return np.asarray(as_first + as_second[:, MIRRORED])


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _best_first(standing: Standing) -> tuple[bool, float, str]:
    rating = standing.rating
    return rating is None, 0.0 if rating is None else -round(rating, DECIMALS), standing.system
