"""How often a system's answers are acceptable at all, from the votes that found both bad (K5)."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import expit, stdtrit

from leaderboard.ranking.arrays import Floats
from leaderboard.ranking.bradley_terry import STEP_CAP, STEPS
from leaderboard.ranking.comparisons import BOTH_BAD, Comparisons
from leaderboard.ranking.errors import NotConverged, NoVotes

# Of each system one more answer is supposed that was half acceptable: nobody is sure of 0 or 1.
PSEUDO: Final = 0.5


@dataclass(frozen=True, eq=False)
class Acceptability:
    """The chance that an answer is acceptable, by system; all of shape (systems,).

    Attributes:
        share: between 0 and 1; 0.5 for a system without a vote.
        low, high: the interval over annotators; NaN where one person judged.
        degrees_of_freedom: of Student's distribution: one less than annotators.
    """

    share: Floats
    low: Floats
    high: Floats
    degrees_of_freedom: int


def fit(comparisons: Comparisons, *, level: float = 0.95, tolerance: float = 1e-10) -> Acceptability:
    """Maximise the likelihood of both-bad votes: P(both bad | i, j) = u_i u_j, with 1 - u_i the share.

    Votes of one annotator hang together: the interval is a sandwich over annotators on the scale of log-odds.

    Args:
        comparisons: the votes; weights count.
        level: of the interval.
        tolerance: largest change in the last step.

    Raises:
        NoVotes: there is no vote.
        NotConverged: Newton's method did not settle.
    """
    if not len(comparisons):
        raise NoVotes("no vote to fit")
    both = comparisons.weighted[..., BOTH_BAD]
    some = comparisons.weighted.sum(axis=2) - both
    both, some = both + both.T, some + some.T
    log_bad = np.full(len(both), math.log(0.5))
    for _ in range(STEPS):
        gradient, hessian = _derivatives(log_bad, both, some)
        step = _step(log_bad, np.asarray(np.linalg.solve(hessian, gradient), np.float64), both, some)
        log_bad += step
        if np.abs(step).max() <= tolerance:
            return _with_interval(comparisons, log_bad, _derivatives(log_bad, both, some)[1], level)
    raise NotConverged(f"no maximum found in {STEPS} steps")


def _log_likelihood(log_bad: Floats, both: Floats, some: Floats) -> float:
    pair = log_bad[:, None] + log_bad[None, :]
    votes = (both * pair + some * np.log(-np.expm1(pair))).sum() / 2
    return float(votes + PSEUDO * (log_bad + np.log(-np.expm1(log_bad))).sum())


def _derivatives(log_bad: Floats, both: Floats, some: Floats) -> tuple[Floats, Floats]:
    """Give gradient and negative Hessian over log u, where the likelihood is concave: (n,) and (n, n)."""
    bad = np.exp(log_bad)
    chance = bad[:, None] * bad[None, :]
    np.fill_diagonal(chance, 0)
    gradient = (both - some * chance / (1 - chance)).sum(axis=1) + PSEUDO * (1 - bad / (1 - bad))
    hessian = some * chance / (1 - chance) ** 2
    own = PSEUDO * bad / (1 - bad) ** 2
    hessian[np.diag_indices(len(bad))] = hessian.sum(axis=1) + own
    return gradient, hessian


def _step(log_bad: Floats, whole: Floats, both: Floats, some: Floats) -> Floats:
    """Shorten Newton's step until it stays below log 1 and does not lower the likelihood."""
    here = _log_likelihood(log_bad, both, some)
    step = whole * (STEP_CAP / max(float(np.abs(whole).max()), STEP_CAP))
    # Rounding errors of sums, near the maximum.
    slack = 1e-12 * (1 + abs(here))
    while (log_bad + step >= 0).any() or _log_likelihood(log_bad + step, both, some) < here - slack:
        step = step / 2
    return np.asarray(step)


def _with_interval(comparisons: Comparisons, log_bad: Floats, hessian: Floats, level: float) -> Acceptability:
    people, bad = len(comparisons.annotators), np.exp(log_bad)
    error = np.full(len(bad), math.nan)
    if people > 1:
        bread = np.linalg.inv(hessian)
        sums = _sums(comparisons, bad)
        clustered = np.diag(bread @ (sums.T @ sums * (people / (people - 1))) @ bread)
        # Never surer than votes of different people would be; d log-odds / d log u = 1 / (1 - u).
        error = np.sqrt(np.maximum(clustered, np.diag(bread))) / (1 - bad)
    odds = log_bad - np.log1p(-bad)
    reach = float(stdtrit(max(people - 1, 1), (1 + level) / 2)) * error
    return Acceptability(1 - bad, expit(-odds - reach), expit(-odds + reach), max(people - 1, 1))


def _sums(comparisons: Comparisons, bad: Floats) -> Floats:
    """Add up the scores of each annotator's votes: shape (annotators, systems)."""
    chance = bad[comparisons.a] * bad[comparisons.b]
    found = comparisons.outcome == BOTH_BAD
    score = comparisons.weight * np.where(found, 1.0, -chance / (1 - chance))
    size, people = len(bad), len(comparisons.annotators)
    sums = np.zeros(people * size)
    for side in (comparisons.a, comparisons.b):
        sums += np.bincount(comparisons.annotator * size + side, weights=score, minlength=people * size)
    return np.asarray(sums.reshape(people, size))
