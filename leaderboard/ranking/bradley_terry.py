"""Bradley–Terry strengths by damped Newton steps on systems by systems, one board or many at once."""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy.special import expit

from leaderboard.ranking.arrays import Floats, Mask
from leaderboard.ranking.comparisons import Counted
from leaderboard.ranking.errors import NotConverged, NotFinite, NoVotes
from leaderboard.ranking.graph import strongly_connected

# One unit of strength (a log-odds) in Elo points.
ELO: Final = 400 / math.log(10)
CENTRE: Final = 1000.0
STEP_CAP: Final = 2.0
STEPS: Final = 100

Ties = Literal["half", "drop", "model"]
# What a vote gives to the first system of its pair, by outcome.
POINTS: Final = np.array([1.0, 0.0, 0.5, 0.5])


@dataclass(frozen=True, eq=False)
class Fit:
    """One solved board.

    Attributes:
        theta: shape (systems,), strengths in log-odds; the origin is the prior's average system.
        hessian: shape (systems, systems), the negative Hessian of the penalised log-likelihood at theta.
        iterations: Newton steps taken.
        expected: shape (systems, systems), the points that i can expect from a vote against j.
        information: shape (systems, systems), what such a vote adds to the Hessian.
    """

    theta: Floats
    hessian: Floats
    iterations: int
    expected: Floats
    information: Floats


def scores(comparisons: Counted) -> Floats:
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
        tolerance: largest change of a difference in the last step, in log-odds.

    Raises:
        NoVotes: no points at all.
        NotFinite: points or alpha are not finite, or negative.
        NotConverged: no maximum exists (alpha is 0 and some group never lost to, or never beat, the rest), or
            Newton's method did not settle in 100 steps.

    Source: Bradley and Terry 1952; Hunter 2004 for existence; K3.
    """
    if not (np.isfinite(points).all() and math.isfinite(alpha) and alpha >= 0 and (points >= 0).all()):
        raise NotFinite("points and alpha must be finite and not negative")
    if not points.any():
        raise NoVotes("no vote to fit")
    refuse_unbounded(points > 0, alpha)
    games = points + points.T
    theta = np.zeros(len(points))
    for iteration in range(1, STEPS + 1):
        gradient, hessian = _derivatives(theta, points, games, alpha)
        step = newton_step(hessian, gradient, alpha)
        theta += step
        # Only differences are rated; with few pseudo-votes the common level is loose and jitters.
        if np.ptp(step) <= tolerance:
            chance = expit(theta[:, None] - theta[None, :])
            hessian = _derivatives(theta, points, games, alpha)[1]
            return Fit(theta, hessian, iteration, expected=chance, information=chance * chance.T)
    raise NotConverged(f"no maximum found in {STEPS} Newton steps")


def refuse_unbounded(beats: Mask, alpha: float) -> None:
    """Refuse boards (beats: shape (..., systems, systems)) whose plain likelihood grows without bound."""
    if alpha == 0 and not strongly_connected(beats).all():
        raise NotConverged("no maximum exists: some system or group never lost, or never won; use alpha > 0")


def _derivatives(theta: Floats, points: Floats, games: Floats, alpha: float) -> tuple[Floats, Floats]:
    chance = expit(theta[:, None] - theta[None, :])
    average = expit(theta)
    gradient = (points - games * chance).sum(axis=1) + alpha * (0.5 - average)
    spread = games * chance * chance.T
    hessian = np.diag(spread.sum(axis=1) + alpha * average * (1 - average)) - spread
    return gradient, hessian


def newton_step(hessian: Floats, gradient: Floats, alpha: float) -> Floats:
    """Solve for Newton's step, shape (..., systems), shortened to STEP_CAP."""
    if alpha == 0:
        # The common level is free and the Hessian singular along it; a constant pins the level.
        hessian = hessian + np.trace(hessian, axis1=-2, axis2=-1)[..., None, None] / hessian.shape[-1] ** 2
    try:
        step = np.linalg.solve(hessian, gradient[..., None])[..., 0]
    except np.linalg.LinAlgError as error:
        raise NotConverged("the votes hold no more strengths than rounding errors; use more alpha") from error
    return np.asarray(step * (STEP_CAP / np.maximum(np.abs(step).max(axis=-1, keepdims=True), STEP_CAP)))
