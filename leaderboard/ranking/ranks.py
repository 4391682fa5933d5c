"""Which systems can be told apart, all pairs at once, and the ranks that this leaves open."""

from typing import Final

import numpy as np

from leaderboard.ranking.arrays import Floats, Ids, Mask

DRAWS: Final = 2000
# Keeps the Cholesky factor of a singular covariance defined and equal on every machine; tiny all the same.
_RIDGE: Final = 1e-9


def surely_better(
    theta: Floats, covariance: Floats, *, degrees_of_freedom: int, level: float, rng: np.random.Generator
) -> Mask:
    """Mark the pairs in which i is better than j, wrong anywhere with chance at most 1 - level.

    Every pair's difference is divided by its standard error and held against the largest such ratio that
    chance alone would give among the pairs not yet told apart; repeated until no pair is added.

    Args:
        theta: shape (systems,).
        covariance: shape (systems, systems), of theta.
        degrees_of_freedom: of Student's distribution, from the number of people.
        level: chance that no pair is wrong.
        rng: draws what chance alone would give.

    Returns:
        shape (systems, systems).

    Source: Romano and Wolf, "Exact and Approximate Stepdown Methods", 2005; Mogstad et al. 2024; K14.
    """
    size = len(theta)
    i, j = np.triu_indices(size, 1)
    variance = np.diag(covariance)
    errors = np.sqrt(np.maximum(variance[i] + variance[j] - 2 * covariance[i, j], np.finfo(np.float64).tiny))
    chance = _by_chance(covariance, degrees_of_freedom, rng)
    ratios = np.abs(chance[i] - chance[j]) / errors[:, None]
    found = (theta[i] - theta[j]) / errors
    left = np.arange(len(i))
    while len(left):
        near = np.abs(found[left]) <= np.quantile(ratios.max(axis=0), level)
        if near.all():
            break
        left, ratios = left[near], ratios[near]
    found[left] = 0
    better = np.zeros((size, size), dtype=np.bool_)
    better[i, j], better[j, i] = found > 0, found < 0
    return better


def ranges(better: Mask) -> tuple[Ids, Ids]:
    """Give every system's best and worst possible rank, 1 for the best: two arrays of shape (systems,).

    Args:
        better: shape (systems, systems), from surely_better().
    """
    return 1 + better.sum(axis=0), len(better) - better.sum(axis=1)


def _by_chance(covariance: Floats, degrees_of_freedom: int, rng: np.random.Generator) -> Floats:
    """Draw strengths that differ by chance alone: shape (systems, DRAWS)."""
    # Cholesky, not eigenvectors: those may come out in another order or sign on another machine.
    size = len(covariance)
    ridge = _RIDGE * max(float(np.trace(covariance)) / max(size, 1), np.finfo(np.float64).tiny)
    factor = np.linalg.cholesky(covariance + ridge * np.eye(size))
    draws = factor @ rng.standard_normal((size, DRAWS))
    return np.asarray(draws / np.sqrt(rng.chisquare(degrees_of_freedom, size=DRAWS) / degrees_of_freedom))
