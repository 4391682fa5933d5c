"""Bradley–Terry strengths by damped Newton steps on systems by systems, one board or many at once."""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy.special import expit

from leaderboard.ranking.comparisons import Comparisons, Floats, Ids
from leaderboard.ranking.errors import NotConverged, NotFinite, NoVotes
from leaderboard.ranking.graph import strong_components

# One unit of strength (a log-odds) in Elo points.
ELO: Final = 400 / math.log(10)
CENTRE: Final = 1000.0
STEP_CAP: Final = 2.0
STEPS: Final = 100

Ties = Literal["half", "drop"]
# What a vote gives to the first system of its pair, by outcome.
POINTS: Final = np.array([1.0, 0.0, 0.5, 0.5])


@dataclass(frozen=True, eq=False)
class Fit:
    """One solved board.

    Attributes:
        theta: shape (systems,), strengths in log-odds; the origin is the prior's average system.
        hessian: shape (systems, systems), the negative Hessian of the penalised log-likelihood at theta.
        iterations: Newton steps taken.
    """

    theta: Floats
    hessian: Floats
    iterations: int


def scores(comparisons: Comparisons) -> Floats:
    """Add up points: entry (i, j) is what i scored against j; a tie and a both-bad give half to each.

    Source: K3; weights count.
    """
    first = comparisons.weighted @ POINTS
    second = comparisons.weighted @ (1 - POINTS)
    return np.asarray(first + second.T)


def ratings(theta: Floats) -> Floats:
    """Put strengths on the Elo scale, with a mean of 1000 over the systems given."""
    return np.asarray(CENTRE + ELO * (theta - theta.mean()))


def fit(points: Floats, *, alpha: float = 1.0, tolerance: float = 1e-10) -> Fit:
    """Maximise the likelihood of the points, with alpha pseudo-votes of each system against the average.

    Args:
        points: shape (systems, systems), zero on the diagonal, from scores().
        alpha: pseudo-votes; 0 for the plain maximum.
        tolerance: largest last step, in log-odds.

    Raises:
        NoVotes: no points at all.
        NotFinite: points or strengths are not finite.
        NotConverged: no maximum exists (alpha is 0 and some group never lost to, or never beat, the rest), or
            Newton's method did not settle in 100 steps.

    Source: Bradley and Terry 1952; Hunter 2004 for existence; K3.
    """
    if not np.isfinite(points).all() or not math.isfinite(alpha) or alpha < 0:
        raise NotFinite("points and alpha must be finite, and alpha not negative")
    if not points.any():
        raise NoVotes("no vote to fit")
    if alpha == 0 and strong_components(points > 0).any():
        raise NotConverged("no maximum exists: some system or group never lost, or never won; use alpha > 0")
    games = points + points.T
    theta = np.zeros(len(points))
    for iteration in range(1, STEPS + 1):
        gradient, hessian = _derivatives(theta, points, games, alpha)
        step = np.linalg.solve(_anchored(hessian, alpha), gradient)
        largest = float(np.abs(step).max())
        if not math.isfinite(largest):
            raise NotFinite("a strength left the finite numbers")
        theta += step * (STEP_CAP / max(largest, STEP_CAP))
        if largest <= tolerance:
            return Fit(theta, _derivatives(theta, points, games, alpha)[1], iteration)
    raise NotConverged(f"no maximum found in {STEPS} Newton steps; the last one was {largest:.3g}")


def _derivatives(theta: Floats, points: Floats, games: Floats, alpha: float) -> tuple[Floats, Floats]:
    chance = expit(theta[:, None] - theta[None, :])
    average = expit(theta)
    gradient = (points - games * chance).sum(axis=1) + alpha * (0.5 - average)
    spread = games * chance * chance.T
    hessian = np.diag(spread.sum(axis=1) + alpha * average * (1 - average)) - spread
    return gradient, hessian


def _anchored(hessian: Floats, alpha: float) -> Floats:
    # Without pseudo-votes the common level is free and the Hessian singular along it; a constant pins it.
    if alpha > 0:
        return hessian
    size = hessian.shape[-1]
    level = np.trace(hessian, axis1=-2, axis2=-1)[..., None, None] / size**2
    return np.asarray(hessian + level)


@dataclass(frozen=True, eq=False)
class PairPoints:
    """Points of many boards over the same pairs of systems.

    Attributes:
        i, j: shape (pairs,), system ids.
        points: shape (boards, pairs), what i scored against j.
        games: shape (boards, pairs), what both scored.
    """

    i: Ids
    j: Ids
    points: Floats
    games: Floats


def fit_many(boards: PairPoints, *, start: Floats, alpha: float, tolerance: float = 1e-5) -> Floats:
    """Fit every board, from the strengths of a near one: shape (boards, systems).

    A Newton step squares the error, so a last step of 1e-5 leaves one of about 1e-10.

    Args:
        boards: their points and games.
        start: shape (systems,), strengths of the board that these were resampled from.
        alpha: pseudo-votes, as for fit().
        tolerance: largest last step, in log-odds.

    Raises:
        NotConverged, NotFinite: as for fit(), for any of the boards.
    """
    size = len(start)
    # Batches that stay in the processor's cache are twice as fast as all at once.
    batch = max(1, 2**18 // size**2)
    found = np.empty((len(boards.points), size))
    for low in range(0, len(found), batch):
        part = slice(low, low + batch)
        found[part] = _batch(boards, part, start, alpha, tolerance)
    return found


def _batch(boards: PairPoints, part: slice, start: Floats, alpha: float, tolerance: float) -> Floats:
    i, j, size = boards.i, boards.j, len(start)
    points, games = boards.points[part], boards.games[part]
    incidence = np.zeros((len(i), size))
    incidence[np.arange(len(i)), i] = 1
    incidence[np.arange(len(i)), j] = -1
    theta = np.tile(start, (len(points), 1))
    todo = np.arange(len(points))
    for _ in range(STEPS):
        chance = expit(theta[todo][:, i] - theta[todo][:, j])
        average = expit(theta[todo])
        gradient = (points[todo] - games[todo] * chance) @ incidence + alpha * (0.5 - average)
        hessian = np.zeros((len(todo), size, size))
        hessian[:, i, j] = hessian[:, j, i] = -games[todo] * chance * (1 - chance)
        hessian[:, np.arange(size), np.arange(size)] = -hessian.sum(axis=2) + alpha * average * (1 - average)
        step = np.linalg.solve(_anchored(hessian, alpha), gradient[..., None])[..., 0]
        largest = np.abs(step).max(axis=1)
        theta[todo] += step * (STEP_CAP / np.maximum(largest, STEP_CAP))[:, None]
        todo = todo[~(largest <= tolerance)]
        if not len(todo):
            return theta
    raise NotConverged(f"{len(todo)} of {len(points)} resampled boards found no maximum; use alpha > 0")
