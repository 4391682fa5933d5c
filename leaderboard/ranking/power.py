"""How many votes a difference still needs, and where votes and ratings part ways (K19)."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtri

from leaderboard.ranking.arrays import Floats
from leaderboard.ranking.bradley_terry import POINTS, Fit
from leaderboard.ranking.comparisons import Comparisons

LEVEL: Final = 0.95
POWER: Final = 0.8


@dataclass(frozen=True)
class Deviation:
    """A pair that fared otherwise than its ratings say.

    Attributes:
        observed, expected: the share of points that system_a took, and should have taken.
        errors: their difference in standard errors, votes taken as independent.
    """

    system_a: str
    system_b: str
    observed: float
    expected: float
    errors: float


def votes_needed(
    difference: float, error: float, *, votes: int, level: float = LEVEL, power: float = POWER
) -> float:
    """Say how many votes in all would tell two systems apart, with the given chance.

    More votes are taken to come as those so far: from as many more people, on as many more prompts. Where
    these stay the same, no number of votes may do.

    Args:
        difference: between the two, in any unit.
        error: its standard error now, in the same unit.
        votes: counted by now.
        level: of the interval that is to leave out 0.
        power: the chance that it does, if the difference is what it seems.

    Returns:
        At least 1; infinite where there is no difference.
    """
    if difference == 0:
        return math.inf
    return max(math.ceil(votes * (_reach(level, power) * error / difference) ** 2), 1)


def needed_between(theta: Floats, covariance: Floats, *, votes: int) -> Floats:
    """Give votes_needed() for every pair: shape (systems, systems), infinite on the diagonal.

    Args:
        theta: shape (systems,).
        covariance: shape (systems, systems), of theta.
        votes: counted by now.
    """
    variance = np.diag(covariance)
    square = np.maximum(variance[:, None] + variance[None, :] - 2 * covariance, 0)
    apart = (theta[:, None] - theta[None, :]) ** 2
    ratio = np.divide(square, apart, out=np.full(apart.shape, math.inf), where=apart > 0)
    return np.asarray(np.maximum(np.ceil(votes * _reach(LEVEL, POWER) ** 2 * ratio), 1))


def _reach(level: float, power: float) -> float:
    return float(ndtri((1 + level) / 2) + ndtri(power))


def deviations(comparisons: Comparisons, fitted: Fit) -> list[Deviation]:
    """List the pairs that met, the one farthest from what the ratings expect first."""
    games = comparisons.weighted.sum(axis=2)
    points = comparisons.weighted @ POINTS
    squares = comparisons.weighted_squares
    surprise = (squares * (POINTS - fitted.expected[..., None]) ** 2).sum(axis=2)
    by_model = squares.sum(axis=2) * fitted.information
    found = []
    for i, j in np.argwhere(games > 0).tolist():
        expected = float(fitted.expected[i, j])
        apart = points[i, j] - games[i, j] * expected
        # A few equal votes have no spread of their own: at least what the model expects.
        error = math.sqrt(max(surprise[i, j], by_model[i, j]))
        found.append(
            Deviation(
                system_a=comparisons.systems[i],
                system_b=comparisons.systems[j],
                observed=float(points[i, j] / games[i, j]),
                expected=expected,
                errors=float(apart / error),
            )
        )
    return sorted(found, key=lambda one: (-abs(one.errors), one.system_a, one.system_b))
