"""Davidson's model: a tie is an outcome of its own, the likelier the nearer two systems are (K4)."""

import math
from dataclasses import dataclass

import numpy as np

from leaderboard.ranking import bradley_terry
from leaderboard.ranking.arrays import Floats
from leaderboard.ranking.bradley_terry import STEP_CAP, STEPS
from leaderboard.ranking.comparisons import BOTH_BAD, TIE, A, B, Comparisons
from leaderboard.ranking.errors import NotConverged, NotFinite, NoVotes
from leaderboard.ranking.graph import strongly_connected


@dataclass(frozen=True, eq=False)
class Fit(bradley_terry.Fit):
    """One solved board: strengths in log-odds of winning among the decided votes.

    The Hessian is over theta with nu at its best for each theta. Sums of scores leave out what nu takes up,
    so covariances made from both are a little too wide, never too narrow.

    Attributes:
        nu: how likely ties are: between equals a tie has odds nu to 2; 0 where there is none.
    """

    nu: float


def fit(comparisons: Comparisons, *, alpha: float = 1.0, tolerance: float = 1e-10) -> Fit:
    """Maximise the likelihood of wins and ties; a both-bad is a tie.

    P(i) : P(j) : P(tie) = exp(θi) : exp(θj) : ν exp((θi + θj) / 2).

    Args:
        comparisons: the votes; weights count.
        alpha: pseudo-votes of each system against the average, as for Bradley–Terry.
        tolerance: largest change in the last step, in log-odds.

    Raises:
        NoVotes: no vote, or none that is decided.
        NotFinite: alpha is negative or not finite.
        NotConverged: no maximum exists (alpha is 0), or Newton's method did not settle.

    Source: Davidson, "On Extending the Bradley-Terry Model to Accommodate Ties", 1970.
    """
    if not (math.isfinite(alpha) and alpha >= 0):
        raise NotFinite("alpha must be finite and not negative")
    wins = comparisons.weighted[..., A] + comparisons.weighted[..., B].T
    ties = comparisons.weighted[..., TIE] + comparisons.weighted[..., BOTH_BAD]
    ties = ties + ties.T
    if not wins.any():
        raise NoVotes("no decided vote to fit")
    if alpha == 0 and not strongly_connected((wins > 0) | (ties > 0)):
        raise NotConverged("no maximum exists: some system or group never lost, or never won; use alpha > 0")
    return _climb(wins, ties, alpha=alpha, tolerance=tolerance)


def _climb(wins: Floats, ties: Floats, *, alpha: float, tolerance: float) -> Fit:
    size, tied = len(wins), bool(ties.any())
    theta, log_nu = np.zeros(size), math.log(2 * ties.sum() / wins.sum() / 2) if tied else -math.inf
    for iteration in range(1, STEPS + 1):
        gradient, hessian = _derivatives(theta, log_nu, wins, ties, alpha)
        if not tied:
            gradient, hessian = gradient[:-1], hessian[:-1, :-1]
        pinned = hessian.copy()
        if alpha == 0:
            # The common level is free; a constant pins it.
            pinned[:size, :size] += np.trace(hessian[:size, :size]) / size**2
        try:
            step = np.linalg.solve(pinned, gradient)
        except np.linalg.LinAlgError as error:
            raise NotConverged("the votes hold no more strengths than rounding errors") from error
        step *= STEP_CAP / max(float(np.abs(step).max()), STEP_CAP)
        theta += step[:size]
        log_nu += float(step[-1]) if tied else 0.0
        if max(np.ptp(step[:size]), abs(float(step[-1])) if tied else 0.0) <= tolerance:
            hessian = _profiled(_derivatives(theta, log_nu, wins, ties, alpha)[1], tied=tied)
            lead, tie = _shares(theta, log_nu)
            return Fit(
                theta=theta,
                hessian=hessian,
                iterations=iteration,
                expected=(1 + lead) / 2,
                information=((1 - tie) - lead**2) / 4,
                nu=math.exp(log_nu),
            )
    raise NotConverged(f"no maximum found in {STEPS} Newton steps")


def _derivatives(
    theta: Floats, log_nu: float, wins: Floats, ties: Floats, alpha: float
) -> tuple[Floats, Floats]:
    """Give gradient and negative Hessian over (theta, log nu): shapes (n + 1,) and (n + 1, n + 1)."""
    size = len(theta)
    games = wins + wins.T + ties
    lead, tie = _shares(theta, log_nu)
    average = 1 / (1 + np.exp(-theta))
    slope = (wins - wins.T - games * lead) / 2
    gradient = np.r_[slope.sum(axis=1) + alpha * (0.5 - average), np.triu(ties - games * tie, 1).sum()]
    spread = games * ((1 - tie) - lead**2) / 4
    np.fill_diagonal(spread, 0)
    hessian = np.zeros((size + 1, size + 1))
    hessian[:size, :size] = np.diag(spread.sum(axis=1) + alpha * average * (1 - average)) - spread
    cross = -(games * lead * tie).sum(axis=1) / 2
    hessian[:size, size] = hessian[size, :size] = cross
    hessian[size, size] = np.triu(games * tie * (1 - tie), 1).sum()
    return gradient, hessian


def _shares(theta: Floats, log_nu: float) -> tuple[Floats, Floats]:
    """Give P(i wins) - P(j wins) and P(tie): two arrays of shape (systems, systems)."""
    # Centred on the pair's mean and divided by the larger of the two, so that nothing overflows.
    half = (theta[:, None] - theta[None, :]) / 2
    won, lost = np.exp(half - np.abs(half)), np.exp(-half - np.abs(half))
    tie = math.exp(log_nu) * np.exp(-np.abs(half))
    total = won + lost + tie
    return (won - lost) / total, tie / total


def _profiled(hessian: Floats, *, tied: bool) -> Floats:
    inner = hessian[:-1, :-1]
    if not tied:
        return inner
    return np.asarray(inner - np.outer(hessian[:-1, -1], hessian[:-1, -1]) / hessian[-1, -1])
