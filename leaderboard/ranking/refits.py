"""Bradley–Terry strengths of many boards that resemble one already fitted."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import csr_array
from scipy.special import expit

from leaderboard.ranking.arrays import Floats, Ids
from leaderboard.ranking.bradley_terry import STEPS, Fit, newton_step, refuse_unbounded
from leaderboard.ranking.compiled import Kernel, available
from leaderboard.ranking.errors import NotConverged

# Steps with the first board's Hessian, before each board's own is used.
_CHORDS: Final = 12
# Such a step takes off all but a small share of the error, Newton's squares it: both leave about 1e-10.
_CHORD_TOLERANCE: Final = 1e-9
_NEWTON_TOLERANCE: Final = 1e-5
# How far apart two systems may move before the kernel's series for the exponential falls short.
_SERIES_REACH: Final = 1.0
# Batches that stay in the processor's cache are twice as fast as all at once.
_CACHED: Final = 2**18


@dataclass(frozen=True, eq=False)
class PairPoints:
    """Points of many boards over the same pairs of systems.

    Attributes:
        i, j: shape (pairs,), system ids.
        points: shape (pairs, boards), what i scored against j.
        games: shape (pairs, boards), what both scored.
    """

    i: Ids
    j: Ids
    points: Floats
    games: Floats

    def part(self, boards: slice | Ids) -> "PairPoints":
        """Take some of the boards."""
        points, games = (np.ascontiguousarray(one[:, boards]) for one in (self.points, self.games))
        return PairPoints(self.i, self.j, points, games)


def fit_many(boards: PairPoints, *, near: Fit, alpha: float) -> Floats:
    """Fit every board in full, from the strengths of a near one: shape (boards, systems).

    Args:
        boards: their points and games.
        near: the fit of the board that these were resampled from.
        alpha: pseudo-votes, as for bradley_terry.fit().

    Raises:
        NotConverged: as for bradley_terry.fit(), for any of the boards.
    """
    number, size = boards.points.shape[1], len(near.theta)
    if alpha == 0:
        _refuse_unbounded(boards, size)
    pinned = near.hessian + (np.trace(near.hessian) / size**2 if alpha == 0 else 0)
    bread = np.linalg.pinv(pinned, hermitian=True)
    found = np.empty((number, size))
    batch = max(1, _CACHED // max(len(boards.i), 1))
    for low in range(0, number, batch):
        part = slice(low, min(low + batch, number))
        found[part] = _fitted(boards.part(part), near, bread, alpha)
    return found


def _fitted(boards: PairPoints, near: Fit, bread: Floats, alpha: float) -> Floats:
    """Fit one batch: chords first, and what they do not settle by Newton's method."""
    theta, moved = near.theta[:, None], np.zeros((len(near.theta), boards.points.shape[1]))
    todo = np.ones(moved.shape[1], dtype=np.bool_)
    for _ in range(_CHORDS):
        step = bread @ (_surprise(boards, near, moved) + alpha * (0.5 - expit(theta + moved)))
        todo = ~(np.ptp(step, axis=0) <= _CHORD_TOLERANCE)
        moved += step
        if not todo.any():
            break
    found = np.asarray((theta + moved).T)
    again = np.flatnonzero(todo)
    if len(again):
        found[again] = _newton(boards.part(again), near, alpha)
    return found


def _surprise(boards: PairPoints, near: Fit, moved: Floats) -> Floats:
    """Add up what every system scored beyond what its strength makes likely: shape (systems, boards).

    Args:
        boards: some boards.
        near: the fit from which strengths moved.
        moved: shape (systems, boards), how far.
    """
    chance = near.expected[boards.i, boards.j]
    if available() and np.ptp(moved, axis=0).max(initial=0) <= _SERIES_REACH:
        surprise = np.zeros(moved.shape)
        _add_surprise((boards.points, boards.games), (boards.i, boards.j), chance, moved, surprise)
        return surprise
    pairs = np.arange(len(boards.i))
    signs = np.r_[np.ones(len(pairs)), -np.ones(len(pairs))]
    incidence = csr_array(
        (signs, (np.r_[boards.i, boards.j], np.r_[pairs, pairs])), shape=(len(moved), len(pairs))
    )
    apart = near.theta[:, None] + moved
    return np.asarray(incidence @ (boards.points - boards.games * expit(apart[boards.i] - apart[boards.j])))


@Kernel
def _add_surprise(
    scored: tuple[Floats, Floats], pairs: tuple[Ids, Ids], chance: Floats, moved: Floats, surprise: Floats
) -> None:
    """Do the same in one pass, eight boards at a time: the width of a register.

    The chance after a move x is c eˣ / (1 - c + c eˣ), with eˣ as the quotient of two polynomials of degree
    five (Padé), right to 1e-10 for x up to 1.
    """
    (points, games), (first, second) = scored, pairs
    for low in range(0, moved.shape[1], 8):
        lanes = min(8, moved.shape[1] - low)
        for pair in range(len(first)):
            mine, other, likely = first[pair], second[pair], chance[pair]
            for board in range(low, low + lanes):
                x = moved[mine, board] - moved[other, board]
                square = x * x
                even = 30240 + square * (3360 + 30 * square)
                odd = x * (15120 + square * (420 + square))
                up = likely * (even + odd)
                now = up / (up + (1 - likely) * (even - odd))
                more = points[pair, board] - games[pair, board] * now
                surprise[mine, board] += more
                surprise[other, board] -= more


def _newton(boards: PairPoints, near: Fit, alpha: float) -> Floats:
    """Fit boards that are far from the near one: shape (boards, systems)."""
    i, j, size = boards.i, boards.j, len(near.theta)
    points, games = boards.points.T, boards.games.T
    theta = np.tile(near.theta, (len(points), 1))
    todo = np.arange(len(points))
    diagonal = np.arange(size)
    for _ in range(STEPS):
        chance = expit(theta[todo][:, i] - theta[todo][:, j])
        average = expit(theta[todo])
        surprise = np.zeros((len(todo), size, size))
        surprise[:, i, j] = points[todo] - games[todo] * chance
        gradient = (surprise - surprise.transpose(0, 2, 1)).sum(axis=2) + alpha * (0.5 - average)
        hessian = np.zeros((len(todo), size, size))
        hessian[:, i, j] = hessian[:, j, i] = -games[todo] * chance * (1 - chance)
        hessian[:, diagonal, diagonal] = -hessian.sum(axis=2) + alpha * average * (1 - average)
        step = newton_step(hessian, gradient, alpha)
        theta[todo] += step
        todo = todo[~(np.ptp(step, axis=1) <= _NEWTON_TOLERANCE)]
        if not len(todo):
            return theta
    raise NotConverged(f"{len(todo)} of {len(points)} resampled boards found no maximum; use alpha > 0")


def _refuse_unbounded(boards: PairPoints, size: int) -> None:
    beats = np.zeros((boards.points.shape[1], size, size), dtype=np.bool_)
    beats[:, boards.i, boards.j] = (boards.points > 0).T
    beats[:, boards.j, boards.i] = (boards.games > boards.points).T
    refuse_unbounded(beats, 0)
