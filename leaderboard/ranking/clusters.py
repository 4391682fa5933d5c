"""The covariance of strengths where votes hang together by people and by prompts, in closed form (K11)."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy.sparse import csr_array

from leaderboard.ranking import order, variance
from leaderboard.ranking.arrays import Floats, Ids, Mask
from leaderboard.ranking.bradley_terry import POINTS, Fit
from leaderboard.ranking.comparisons import Comparisons

# With fewer clusters than this each is left out in turn: sums of squares are too small then.
JACKKNIFE_BELOW: Final = 200
# About 128 MB of sums at a time.
_SUMS_AT_ONCE: Final = 2**24
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
        degrees_of_freedom: of Student's distribution: one less than the smaller number of clusters.
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
    by_vote = variance.by_vote(comparisons, fitted, alpha=alpha)
    if clusters == "none":
        return Clustered(by_vote, clusters, max(len(comparisons) - 1, 1))
    residual = _residuals(comparisons, fitted)
    bread = variance.centred_inverse(fitted)
    if clusters == "both":
        cells = bread @ _cells(comparisons, residual) @ bread.T
        found = sum(_term(comparisons, fitted, residual, kind) for kind in ("annotator", "prompt")) - cells
        units = min(len(comparisons.annotators), len(comparisons.prompts))
    else:
        found = _term(comparisons, fitted, residual, clusters)
        units = len(comparisons.annotators if clusters == "annotator" else comparisons.prompts)
    whole = _positive(variance.centred(np.asarray(found)))
    return Clustered(variance.raised(whole, by_vote), clusters, max(units - 1, 1))


def influences(comparisons: Comparisons, fitted: Fit, *, kind: Kind) -> Floats:
    """Say how far the strengths would move, about, without each cluster: shape (clusters, systems), log-odds.

    What is given is the strengths with everybody less the strengths without the one, to first order.

    Source: K17; one Newton step from the fit, H⁻¹ u.
    """
    sums = _sums(comparisons, _residuals(comparisons, fitted), kind)
    return np.asarray(sums @ variance.centred_inverse(fitted).T)


def _term(comparisons: Comparisons, fitted: Fit, residual: Floats, kind: Kind) -> Floats:
    """Give one way of clustering's part of the covariance."""
    number = _number(comparisons, kind)
    if number < JACKKNIFE_BELOW:
        return _jackknife(comparisons, fitted, residual, kind)
    bread, size = variance.centred_inverse(fitted), len(comparisons.systems)
    meat = np.zeros((size, size))
    at_once = max(1, _SUMS_AT_ONCE // size)
    for low in range(0, number, at_once):
        sums = _sums(comparisons, residual, kind, low=low, high=min(low + at_once, number))
        meat += sums.T @ sums
    return np.asarray(bread @ (meat * (number / (number - 1))) @ bread.T)


def _jackknife(comparisons: Comparisons, fitted: Fit, residual: Floats, kind: Kind) -> Floats:
    """Leave each cluster out in turn, with one Newton step from the fit: (K - 1) / K times the sum of dd′."""
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
    return np.asarray((moved.T @ moved) * ((number - 1) / number))


def _residuals(comparisons: Comparisons, fitted: Fit) -> Floats:
    """Give each vote's weighted surprise, w (y - p): shape (n,)."""
    surprise = (POINTS - fitted.expected[..., None]).ravel()
    return np.asarray(comparisons.weight * surprise[comparisons.cell])


def _number(comparisons: Comparisons, kind: Kind) -> int:
    return len(comparisons.annotators if kind == "annotator" else comparisons.prompts)


def _ids(comparisons: Comparisons, kind: Kind) -> Ids:
    return comparisons.annotator if kind == "annotator" else comparisons.prompt


def _sums(
    comparisons: Comparisons, residual: Floats, kind: Kind, *, low: int = 0, high: int | None = None
) -> Floats:
    """Add up the scores of each cluster from `low` to before `high`: shape (clusters, systems)."""
    size, member = len(comparisons.systems), _ids(comparisons, kind)
    high = _number(comparisons, kind) if high is None else high
    a, b = comparisons.a, comparisons.b
    if (low, high) != (0, _number(comparisons, kind)):
        inside = (member >= low) & (member < high)
        member, a, b, residual = member[inside] - low, a[inside], b[inside], residual[inside]
    start = member * size
    cells = (high - low) * size
    sums = np.bincount(start + a, weights=residual, minlength=cells)
    sums -= np.bincount(start + b, weights=residual, minlength=cells)
    return np.asarray(sums.reshape(high - low, size), dtype=np.float64)


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


def _cells(comparisons: Comparisons, residual: Floats) -> Floats:
    """Sum uu′ over the cells of votes that share both their annotator and their prompt."""
    size = len(comparisons.systems)
    votes, first = _sorted_cells(comparisons)
    cell = np.cumsum(first) - 1
    alone = first & np.r_[first[1:], True]
    single = votes[alone]
    squares = np.bincount(
        comparisons.a[single] * size + comparisons.b[single],
        weights=residual[single] ** 2,
        minlength=size**2,
    ).reshape(size, size)
    between = squares + squares.T
    meat = np.diag(between.sum(axis=1)) - between
    return np.asarray(meat + _shared(comparisons, residual, votes[~alone], cell[~alone]))


def _shared(comparisons: Comparisons, residual: Floats, votes: Ids, cell: Ids) -> Floats:
    """Do the same for the cells that hold several votes.

    Args:
        comparisons: all votes.
        residual: theirs.
        votes: which of them share a cell, cell by cell.
        cell: the cell of each, rising.
    """
    size = len(comparisons.systems)
    meat = np.zeros((size, size))
    starts = np.flatnonzero(np.r_[True, cell[1:] != cell[:-1]]) if len(cell) else cell
    held = np.diff(np.r_[starts, len(cell)])
    # A full row costs as much as there are systems; a sparse one the square of what it holds.
    full = np.repeat(held**2 * 4 > size, held)
    for chosen, sums in ((full, _full), (~full, _sparse)):
        if chosen.any():
            some = votes[chosen]
            first = np.r_[True, np.diff(cell[chosen]) != 0]
            meat += sums(comparisons.a[some], comparisons.b[some], residual[some], first, size)
    return meat


def _full(a: Ids, b: Ids, residual: Floats, first: Mask, size: int) -> Floats:
    """Sum uu′ over rows of sums, a bounded number of rows at a time; `first` marks where a row begins."""
    meat = np.zeros((size, size))
    row = np.cumsum(first) - 1
    at_once = max(1, _SUMS_AT_ONCE // size)
    for low in range(0, int(row[-1]) + 1, at_once):
        part = slice(*np.searchsorted(row, [low, low + at_once]))
        start = (row[part] - low) * size
        cells = (int(row[part][-1]) - low + 1) * size
        sums = np.bincount(start + a[part], weights=residual[part], minlength=cells)
        sums -= np.bincount(start + b[part], weights=residual[part], minlength=cells)
        sums = sums.reshape(-1, size)
        meat += sums.T @ sums
    return meat


def _sparse(a: Ids, b: Ids, residual: Floats, first: Mask, size: int) -> Floats:
    """Do the same where rows hold little."""
    starts = np.flatnonzero(first)
    signed = np.stack([residual, -residual], axis=1).ravel()
    systems = np.stack([a, b], axis=1).ravel().astype(np.int32)
    rows = csr_array((signed, systems, np.r_[2 * starts, len(signed)]), shape=(len(starts), size))
    return np.asarray((rows.T.tocsr() @ rows).toarray())


def _sorted_cells(comparisons: Comparisons) -> tuple[Ids, Mask]:
    """Order the votes by annotator and prompt, and mark the first of each cell."""
    people, prompts = len(comparisons.annotators), len(comparisons.prompts)
    cell = comparisons.annotator * prompts + comparisons.prompt
    sorted_votes = order.by_keys(((cell, people * prompts),))
    return sorted_votes, order.firsts(cell[sorted_votes])


def _positive(covariance: Floats) -> Floats:
    """Clip negative eigenvalues: the difference of two sums of squares may have some."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    if values[0] >= 0:
        return covariance
    return np.asarray((vectors * np.maximum(values, 0)) @ vectors.T)
