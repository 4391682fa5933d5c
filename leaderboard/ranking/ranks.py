"""Which systems can be told apart, all pairs at once, and the ranks that this leaves open."""

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.special import ndtr, stdtrit

from leaderboard.ranking.arrays import Floats, Ids, Mask
from leaderboard.ranking.compiled import Kernel, available

DRAWS: Final = 2000
# Keeps the Cholesky factor of a singular covariance defined and equal on every machine; tiny all the same.
_RIDGE: Final = 1e-9
# From so many degrees of freedom on, drawn estimates and Student's distribution say the same.
_MANY: Final = 100
_ESTIMATES_AT_ONCE: Final = 100
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
    largest = _by_chance(covariance, scale, degrees_of_freedom, rng)
    found = np.abs(theta[:, None] - theta[None, :]) * scale
    near = ~np.eye(len(theta), dtype=np.bool_)
    while near.any():
        bound = float(np.quantile(largest(near), level))
        if degrees_of_freedom >= _MANY:
            # Each pair's standard error is unsure on its own, not all by one factor: Student's equivalent.
            bound = -float(stdtrit(degrees_of_freedom, ndtr(-bound)))
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


def _by_chance(
    covariance: Floats, scale: Floats, degrees_of_freedom: int, rng: np.random.Generator
) -> Callable[[Mask], Floats]:
    """Draw strengths that differ by chance alone; give what says each draw's largest ratio among some pairs.

    With few clusters standard errors are drawn too, as their estimates scatter (Wishart): the largest of many
    ratios grows more by that than any single one of them does.
    """
    # Cholesky, not eigenvectors: those may come out in another order or sign on another machine.
    size = len(covariance)
    ridge = _RIDGE * max(float(np.trace(covariance)) / max(size, 1), np.finfo(np.float64).tiny)
    factor = np.linalg.cholesky(covariance + ridge * np.eye(size))
    chance = np.asarray(factor @ rng.standard_normal((size, DRAWS)))
    if degrees_of_freedom >= _MANY:
        return lambda near: _largest(chance, np.where(near, scale, 0))
    i, j = np.tril_indices(size, -1)
    ratios = np.abs(chance[i] - chance[j])
    for low in range(0, DRAWS, _ESTIMATES_AT_ONCE):
        part = slice(low, min(low + _ESTIMATES_AT_ONCE, DRAWS))
        seen = factor @ rng.standard_normal((part.stop - low, size, degrees_of_freedom))
        estimate = seen @ seen.transpose(0, 2, 1) / degrees_of_freedom
        own = np.diagonal(estimate, axis1=1, axis2=2)
        square = (own[:, i] + own[:, j] - 2 * estimate[:, i, j]).T
        ratios[:, part] /= np.sqrt(np.maximum(square, np.finfo(np.float64).tiny))
    return lambda near: ratios[near[i, j]].max(axis=0)
