"""The covariance of strengths where votes hang together by people and by prompts, in closed form (K11)."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from leaderboard.ranking import cells, compiled, variance
from leaderboard.ranking.arrays import Floats, Ids
from leaderboard.ranking.bradley_terry import POINTS, Fit
from leaderboard.ranking.comparisons import Comparisons
from leaderboard.ranking.compiled import Kernel, available

# With fewer clusters than this each is left out in turn: sums of squares are too small then.
JACKKNIFE_BELOW: Final = 200
# So many votes take NumPy about a second.
_WORTH_COMPILING: Final = 2**21
# Boards of 100 systems left out at a time: 16 MB of Hessians.
_HESSIANS_AT_ONCE: Final = 2**21

Kind = Literal["annotator", "prompt"]
Clusters = Literal["none", "annotator", "prompt", "both"]


@dataclass(frozen=True, eq=False)
class Clustered:
    """A covariance, and from how much it comes.

    Attributes:
        covariance: shape (systems, systems), log-odds squared, of strengths with their mean taken out.
        clusters: what was taken to hang together.
        degrees_of_freedom: of Student's distribution, from degrees_of_freedom().
    """

    covariance: Floats
    clusters: Clusters
    degrees_of_freedom: int


def covariance(comparisons: Comparisons, fitted: Fit, *, alpha: float, clusters: Clusters) -> Clustered:
    """Give the covariance over clusters of votes: of one kind, of both, or each vote for itself.

    Two ways of clustering that overlap are added, and what both count is taken off: the votes of one person
    on one prompt. Nowhere is a variance below the one that independent votes would have.

    Args:
        comparisons: the votes that gave the fit, at least two annotators or prompts of each kind asked for.
        fitted: the fit.
        alpha: its pseudo-votes.
        clusters: what hangs together.

    Source: Cameron, Gelbach and Miller 2011; Bell and McCaffrey 2002 for the jackknife (CR3).
    """
    if len(comparisons) > _WORTH_COMPILING:
        compiled.load()
    by_vote = variance.by_vote(comparisons, fitted, alpha=alpha)
    if clusters == "none":
        return Clustered(by_vote, clusters, max(len(comparisons) - 1, 1))
    residual = residuals(comparisons, fitted)
    bread = variance.centred_inverse(fitted)
    if clusters == "both":
        shared = bread @ cells.squares(comparisons, residual) @ bread.T
        found = sum(_term(comparisons, fitted, residual, kind) for kind in ("annotator", "prompt")) - shared
    else:
        found = _term(comparisons, fitted, residual, clusters)
    whole = positive(variance.centred(np.asarray(found)))
    return Clustered(variance.raised(whole, by_vote), clusters, degrees_of_freedom(comparisons, clusters))


def degrees_of_freedom(comparisons: Comparisons, clusters: Clusters) -> int:
    """Give one less than the effective number of clusters, of whichever kind has fewer; at least 1.

    Where few cast most of the votes, they alone show how people differ: 20 of them may be worth 8.

    Source: Kish 1965; Carter, Schnepel and Steigerwald 2017 for effective numbers of clusters.
    """
    if clusters == "none":
        return max(len(comparisons) - 1, 1)
    kinds: tuple[Kind, ...] = ("annotator", "prompt") if clusters == "both" else (clusters,)
    held = [np.bincount(_ids(comparisons, kind)).astype(np.float64) for kind in kinds]
    return max(round(min(float(one.sum() ** 2 / (one**2).sum()) for one in held)) - 1, 1)


def influences(comparisons: Comparisons, fitted: Fit, *, kind: Kind) -> Floats:
    """Say how far the strengths would move, about, without each cluster: shape (clusters, systems), log-odds.

    What is given is the strengths with everybody less the strengths without the one, to first order.

    Source: K17; one Newton step from the fit, H⁻¹ u.
    """
    return moves(comparisons, fitted, kind=kind, jackknife=False)


def moves(comparisons: Comparisons, fitted: Fit, *, kind: Kind, jackknife: bool) -> Floats:
    """Give what each cluster adds to the centred strengths: shape (clusters, systems), log-odds.

    Args:
        comparisons: the votes that gave the fit.
        fitted: the fit.
        kind: of clusters.
        jackknife: leave each out by a Newton step with the Hessian of the others, not of all.
    """
    if not jackknife:
        sums = _sums(comparisons, residuals(comparisons, fitted), kind)
        return np.asarray(sums @ variance.centred_inverse(fitted).T)
    moved = _left_out(comparisons, fitted, residuals(comparisons, fitted), kind)
    return np.asarray(moved - moved.mean(axis=1, keepdims=True))


def names(comparisons: Comparisons, kind: Kind) -> tuple[str, ...]:
    """Name the clusters of a kind."""
    return comparisons.annotators if kind == "annotator" else comparisons.prompts


def _term(comparisons: Comparisons, fitted: Fit, residual: Floats, kind: Kind) -> Floats:
    """Give one way of clustering's part of the covariance."""
    number = _number(comparisons, kind)
    if number < JACKKNIFE_BELOW:
        return _jackknife(comparisons, fitted, residual, kind)
    bread, size = variance.centred_inverse(fitted), len(comparisons.systems)
    meat = np.zeros((size, size))
    at_once = max(1, cells.SUMS_AT_ONCE // size)
    for low in range(0, number, at_once):
        sums = _sums(comparisons, residual, kind, low=low, high=min(low + at_once, number))
        meat += sums.T @ sums
    return np.asarray(bread @ (meat * (number / (number - 1))) @ bread.T)


def _jackknife(comparisons: Comparisons, fitted: Fit, residual: Floats, kind: Kind) -> Floats:
    """Leave each cluster out in turn: (K - 1) / K times the sum of dd′."""
    moved, number = _left_out(comparisons, fitted, residual, kind), _number(comparisons, kind)
    return np.asarray((moved.T @ moved) * ((number - 1) / number))


def _left_out(comparisons: Comparisons, fitted: Fit, residual: Floats, kind: Kind) -> Floats:
    """Take one Newton step from the fit without each cluster: shape (clusters, systems)."""
    number, size = _number(comparisons, kind), len(comparisons.systems)
    sums = _sums(comparisons, residual, kind)
    # A constant pins the common level, along which the Hessian is singular without pseudo-votes.
    pinned = fitted.hessian + np.trace(fitted.hessian) / size**2
    moved = np.empty((number, size))
    at_once = max(1, _HESSIANS_AT_ONCE // size**2)
    for low in range(0, number, at_once):
        part = slice(low, min(low + at_once, number))
        left = pinned - _information(comparisons, fitted, kind, part)
        try:
            moved[part] = np.linalg.solve(left, sums[part, :, None])[..., 0]
        except np.linalg.LinAlgError:  # without this cluster some systems are not connected any more
            moved[part] = (np.linalg.pinv(left, hermitian=True) @ sums[part, :, None])[..., 0]
    return moved


def residuals(comparisons: Comparisons, fitted: Fit) -> Floats:
    """Give each vote's weighted surprise, w (y - p): shape (n,)."""
    surprise = (POINTS - fitted.expected[..., None]).ravel()
    return np.asarray(comparisons.weight * surprise[comparisons.cell])


def _number(comparisons: Comparisons, kind: Kind) -> int:
    return len(names(comparisons, kind))


def _ids(comparisons: Comparisons, kind: Kind) -> Ids:
    return comparisons.annotator if kind == "annotator" else comparisons.prompt


def _sums(
    comparisons: Comparisons, residual: Floats, kind: Kind, *, low: int = 0, high: int | None = None
) -> Floats:
    """Add up the scores of each cluster from `low` to before `high`: shape (clusters, systems)."""
    size, member = len(comparisons.systems), _ids(comparisons, kind)
    high = _number(comparisons, kind) if high is None else high
    a, b = comparisons.a, comparisons.b
    if available():
        added = np.zeros((high - low, size))
        _add_scores(member, a, b, residual, low, added)
        return added
    if (low, high) != (0, _number(comparisons, kind)):
        inside = (member >= low) & (member < high)
        member, a, b, residual = member[inside] - low, a[inside], b[inside], residual[inside]
    start = member * size
    cells = (high - low) * size
    sums = np.bincount(start + a, weights=residual, minlength=cells)
    sums -= np.bincount(start + b, weights=residual, minlength=cells)
    return np.asarray(sums.reshape(high - low, size), dtype=np.float64)


@Kernel
def _add_scores(member: Ids, a: Ids, b: Ids, residual: Floats, low: int, sums: Floats) -> None:
    """Do the same in one pass."""
    for vote in range(len(member)):
        row = member[vote] - low
        if 0 <= row < len(sums):
            sums[row, a[vote]] += residual[vote]
            sums[row, b[vote]] -= residual[vote]


def _information(comparisons: Comparisons, fitted: Fit, kind: Kind, part: slice) -> Floats:
    """Give each cluster's part of the Hessian: shape (clusters, systems, systems)."""
    size, number = len(comparisons.systems), part.stop - part.start
    spread = fitted.information.ravel()
    member = _ids(comparisons, kind)
    inside = (member >= part.start) & (member < part.stop)
    pair = comparisons.a[inside] * size + comparisons.b[inside]
    between = np.bincount(
        (member[inside] - part.start) * size**2 + pair,
        weights=comparisons.weight[inside] * spread[pair],
        minlength=number * size**2,
    ).reshape(number, size, size)
    between += between.transpose(0, 2, 1)
    found = -between
    found[:, np.arange(size), np.arange(size)] = between.sum(axis=2)
    return np.asarray(found)


def positive(covariance: Floats) -> Floats:
    """Clip negative eigenvalues: the difference of two sums of squares may have some."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    if values[0] >= 0:
        return covariance
    return np.asarray((vectors * np.maximum(values, 0)) @ vectors.T)
