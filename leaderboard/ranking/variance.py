"""Covariance of strengths in closed form, and the floor that keeps a resampled one honest."""

import numpy as np
from scipy.special import expit

from leaderboard.ranking.arrays import Floats, Mask
from leaderboard.ranking.bradley_terry import POINTS, Fit
from leaderboard.ranking.comparisons import Counted


def centred(covariance: Floats) -> Floats:
    """Take the mean strength out of a covariance: C V C with C = I - 1/n."""
    rows = covariance - covariance.mean(axis=0, keepdims=True)
    return np.asarray(rows - rows.mean(axis=1, keepdims=True))


def model(fitted: Fit) -> Floats:
    """Give the covariance that the model claims, pseudo-votes included: the centred inverse Hessian."""
    return centred(inverse(fitted))


def by_vote(comparisons: Counted, fitted: Fit, *, alpha: float) -> Floats:
    """Give the covariance if votes were independent: H⁻¹ G H⁻¹, G the sum of squared scores of single votes.

    Each system's pseudo-vote against the average counts in G as one decisive vote, also where alpha is 0:
    votes that all say the same (only ties, say) have no spread of their own, and yet are no proof.

    Source: Huber 1967, White 1982; K11 names it as the floor of every interval.
    """
    chance = expit(fitted.theta[:, None] - fitted.theta[None, :])
    surprise = (comparisons.weighted_squares * (POINTS - chance[..., None]) ** 2).sum(axis=2)
    between = surprise + surprise.T
    average = expit(fitted.theta)
    pseudo = max(alpha, 1.0) * ((1 - average) ** 2 + average**2) / 2
    meat = np.diag(between.sum(axis=1) + pseudo) - between
    bread = inverse(fitted)
    return centred(bread @ meat @ bread)


def inverse(fitted: Fit) -> Floats:
    """Invert the Hessian: shape (systems, systems)."""
    # Pseudo, because without pseudo-votes the Hessian is singular along the level that centring drops.
    return np.linalg.pinv(fitted.hessian, hermitian=True).astype(np.float64)


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
