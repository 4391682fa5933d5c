"""Covariance of strengths in closed form, and the floor that keeps a resampled one honest."""

from typing import Final

import numpy as np
from scipy.special import expit

from leaderboard.ranking.arrays import Floats, Mask
from leaderboard.ranking.bradley_terry import POINTS, Fit
from leaderboard.ranking.comparisons import Counted

# Sums of a Hessian's rows below this share of its size are nothing but rounding.
_ROUNDING: Final = 1e-12


def centred(covariance: Floats) -> Floats:
    """Take the mean strength out of a covariance: C V C with C = I - 1/n."""
    rows = covariance - covariance.mean(axis=0, keepdims=True)
    return np.asarray(rows - rows.mean(axis=1, keepdims=True))


def model(fitted: Fit) -> Floats:
    """Give the covariance that the model claims, pseudo-votes included: the centred inverse Hessian."""
    bread = centred_inverse(fitted)
    return np.asarray(bread - bread.mean(axis=1, keepdims=True))


def by_vote(comparisons: Counted, fitted: Fit, *, alpha: float, least: float = 1.0) -> Floats:
    """Give the covariance if votes were independent: H⁻¹ G H⁻¹, G the sum of squared scores of single votes.

    Each system's pseudo-vote against the average counts in G as one decisive vote, also where alpha is 0:
    votes that all say the same (only ties, say) have no spread of their own, and yet are no proof.

    Args:
        comparisons: the votes that gave the fit.
        fitted: the fit.
        alpha: its pseudo-votes.
        least: as many pseudo-votes count here where alpha is less; 0 gives the textbook's sandwich.

    Source: Huber 1967, White 1982; K11 names it as the floor of every interval.
    """
    surprise = (comparisons.weighted_squares * (POINTS - fitted.expected[..., None]) ** 2).sum(axis=2)
    between = surprise + surprise.T
    meat = np.diag(between.sum(axis=1) + pseudo_scores(fitted, alpha=alpha, least=least)) - between
    bread = centred_inverse(fitted)
    return np.asarray(bread @ meat @ bread.T)


def pseudo_scores(fitted: Fit, *, alpha: float, least: float = 1.0) -> Floats:
    """Give the squared scores of each system's pseudo-votes, at least as many as said: shape (systems,)."""
    average = expit(fitted.theta)
    return np.asarray(max(alpha, least) * ((1 - average) ** 2 + average**2) / 2)


def centred_inverse(fitted: Fit) -> Floats:
    """Give C H⁻¹, which turns a change of scores into one of centred strengths: shape (systems, systems).

    Worked out without the common level, along which the Hessian is nearly singular where pseudo-votes are
    few: its inverse there would drown everything else in rounding errors.
    """
    hessian, size = fitted.hessian, len(fitted.hessian)
    sums, scale = hessian.sum(axis=1), float(np.trace(hessian)) / size
    total, tilt = float(sums.sum()), sums - sums.mean()
    coupled = total > _ROUNDING * scale
    within = centred(hessian) - (np.outer(tilt, tilt) / total if coupled else 0)
    # Pseudo, because systems that nothing but one left-out cluster connects share a level, too.
    inner = np.linalg.pinv(within + scale / size, hermitian=True)
    inner -= inner.mean(axis=1, keepdims=True)
    return np.asarray(inner - ((inner @ tilt)[:, None] / total if coupled else 0))


def raised(covariance: Floats, floor: Floats, *, where: Mask | None = None) -> Floats:
    """Raise variances to those of a floor where they fall short, by adding as much of it as that takes.

    What is added keeps the floor's correlations, so that the variances of differences rise along with it.

    Args:
        covariance: shape (systems, systems).
        floor: of the same shape.
        where: shape (systems,), the systems to raise; None: all.
    """
    variance, least = np.diag(covariance), np.diag(floor)
    lacking = np.where(least > variance, 1 - variance / np.where(least > 0, least, 1), 0)
    share = np.sqrt(lacking if where is None else np.where(where, lacking, 0))
    return np.asarray(covariance + share[:, None] * floor * share[None, :])
