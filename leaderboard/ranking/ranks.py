"""Which systems can be told apart, all pairs at once, and the ranks that this leaves open."""

from typing import Final

import numpy as np
from scipy.special import ndtr, stdtrit

from leaderboard.ranking.arrays import Floats, Ids, Mask
from leaderboard.ranking.compiled import Kernel, available

DRAWS: Final = 2000
# Keeps the Cholesky factor of a singular covariance defined and equal on every machine; tiny all the same.
_RIDGE: Final = 1e-9
# Few enough to stay in the processor's cache.
_DRAWS_AT_ONCE: Final = 500


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
    variance = np.diag(covariance)
    square = variance[:, None] + variance[None, :] - 2 * covariance
    scale = 1 / np.sqrt(np.maximum(square, np.finfo(np.float64).tiny))
    chance = _by_chance(covariance, rng)
    found = np.abs(theta[:, None] - theta[None, :]) * scale
    near = ~np.eye(len(theta), dtype=np.bool_)
    while near.any():
        normal = np.quantile(_largest(chance, np.where(near, scale, 0)), level)
        # Each pair's standard error is unsure on its own, not all by one factor: Student's equivalent.
        bound = -float(stdtrit(degrees_of_freedom, ndtr(-normal)))
        still = near & (found <= bound)
        if np.array_equal(still, near):
            break
        near = still
    return ~near & (theta[:, None] > theta[None, :])


def ranges(better: Mask) -> tuple[Ids, Ids]:
    """Give every system's best and worst possible rank, 1 for the best: two arrays of shape (systems,).

    Args:
        better: shape (systems, systems), from surely_better().
    """
    return 1 + better.sum(axis=0), len(better) - better.sum(axis=1)


def _largest(chance: Floats, scale: Floats) -> Floats:
    """Give every draw's largest ratio of a difference to its standard error: shape (draws,).

    Args:
        chance: shape (systems, draws).
        scale: shape (systems, systems), one over the standard error; 0 for a pair that does not count.
    """
    largest = np.zeros(chance.shape[1])
    if available():
        _add_largest(chance, scale, largest)
        return largest
    for low in range(0, len(largest), _DRAWS_AT_ONCE):
        part, so_far = (drawn[..., low : low + _DRAWS_AT_ONCE] for drawn in (chance, largest))
        for system, row in enumerate(part):
            others = np.flatnonzero(scale[system, :system])
            if len(others):
                ratios = np.abs(part[others] - row) * scale[system, others, None]
                np.maximum(so_far, ratios.max(axis=0), out=so_far)
    return largest


@Kernel
def _add_largest(chance: Floats, scale: Floats, largest: Floats) -> None:
    """Do the same in one pass, as many draws at a time as stay near the processor."""
    for low in range(0, len(largest), _DRAWS_AT_ONCE):
        high = min(low + _DRAWS_AT_ONCE, len(largest))
        for system in range(len(chance)):
            for other in range(system):
                factor = scale[system, other]
                if factor > 0:
                    for draw in range(low, high):
                        ratio = abs(chance[other, draw] - chance[system, draw]) * factor
                        largest[draw] = max(largest[draw], ratio)


def _by_chance(covariance: Floats, rng: np.random.Generator) -> Floats:
    """Draw strengths that differ by chance alone: shape (systems, DRAWS)."""
    # Cholesky, not eigenvectors: those may come out in another order or sign on another machine.
    size = len(covariance)
    ridge = _RIDGE * max(float(np.trace(covariance)) / max(size, 1), np.finfo(np.float64).tiny)
    factor = np.linalg.cholesky(covariance + ridge * np.eye(size))
    return np.asarray(factor @ rng.standard_normal((size, DRAWS)))
