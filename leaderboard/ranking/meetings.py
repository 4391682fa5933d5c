"""What is known of every two systems: how they fared against each other, and how far apart they are."""

import math

import numpy as np
from scipy.special import stdtrit

from leaderboard.ranking import intervals
from leaderboard.ranking.arrays import Floats, Mask
from leaderboard.ranking.bradley_terry import ELO
from leaderboard.ranking.comparisons import BOTH_BAD, TIE, A, B, Comparisons
from leaderboard.ranking.methods import Estimate, Task
from leaderboard.ranking.result import HeadToHead


def pairs(comparisons: Comparisons, task: Task, estimate: Estimate) -> tuple[HeadToHead, ...]:
    """List every pair that met or whose systems both have an interval.

    Args:
        comparisons: all votes, also those that the method leaves out.
        task: what was asked.
        estimate: what was found.
    """
    counts = comparisons.counts
    expected, difference, half_width, better = _between(counts.shape[:2], estimate)
    apart = better | better.T
    found = estimate.uncertainty
    ranked = int(estimate.shown.sum())
    # All pairs together: of ten equal systems some pair would get a badge in a third of all boards otherwise.
    claims = max(ranked * (ranked - 1) // 2, 1)
    reach = intervals.widened(len(task.used), found.degrees_of_freedom, claims=claims) if found else math.inf
    # Told apart at all times only where told apart now: the badge is the stricter of the two.
    settled = apart & (np.abs(difference) > reach * half_width)
    listed = np.triu((counts.sum(axis=2) > 0) | np.isfinite(difference), 1)
    first, second = np.nonzero(listed)
    gap, width = difference[first, second], half_width[first, second]
    met = counts[first, second].T.tolist()
    columns = zip(
        [comparisons.systems[i] for i in first.tolist()],
        [comparisons.systems[j] for j in second.tolist()],
        *(met[outcome] for outcome in (A, B, TIE, BOTH_BAD)),
        *(_numbers(values) for values in (expected[first, second], gap, gap - width, gap + width)),
        apart[first, second].tolist(),
        settled[first, second].tolist(),
        strict=True,
    )
    return tuple(
        HeadToHead(
            system_a=one,
            system_b=other,
            a_wins=won,
            b_wins=lost,
            ties=ties,
            both_bad=bad,
            a_expected=share,
            difference=between,
            difference_low=low,
            difference_high=high,
            different=different,
            settled=sure,
        )
        for one, other, won, lost, ties, bad, share, between, low, high, different, sure in columns
    )


def _between(shape: tuple[int, int], estimate: Estimate) -> tuple[Floats, Floats, Floats, Mask]:
    """Give expected share, difference, its half-width and who is surely better: each (systems, systems)."""
    expected, difference, half_width = (np.full(shape, math.nan) for _ in range(3))
    better = np.zeros(shape, dtype=np.bool_)
    if estimate.fitted is None or estimate.uncertainty is None or estimate.better is None:
        return expected, difference, half_width, better
    expected[np.ix_(estimate.rated, estimate.rated)] = estimate.fitted.expected
    shown, found = estimate.shown, estimate.uncertainty
    covariance = found.covariance[np.ix_(shown, shown)]
    variance = np.diag(covariance)
    error = np.sqrt(np.maximum(variance[:, None] + variance[None, :] - 2 * covariance, 0))
    rating = estimate.rating[shown]
    places = np.flatnonzero(estimate.rated)[shown]
    among = np.ix_(places, places)
    difference[among] = rating[:, None] - rating[None, :]
    half_width[among] = ELO * float(stdtrit(found.degrees_of_freedom, (1 + intervals.LEVEL) / 2)) * error
    better[among] = estimate.better
    return expected, difference, half_width, better


def _numbers(values: Floats) -> list[float | None]:
    numbers: list[float | None] = values.tolist()
    for missing in np.flatnonzero(np.isnan(values)).tolist():
        numbers[missing] = None
    return numbers
