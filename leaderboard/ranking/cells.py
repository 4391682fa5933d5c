"""Sums of uu′ over the votes that share both annotator and prompt: what both clusterings count."""

from typing import Final

import numpy as np
from scipy.sparse import csr_array

from leaderboard.ranking import order
from leaderboard.ranking.arrays import Floats, Ids, Mask, Short
from leaderboard.ranking.comparisons import Comparisons
from leaderboard.ranking.compiled import Kernel, available

# About 128 MB of sums at a time.
SUMS_AT_ONCE: Final = 2**24


def squares(comparisons: Comparisons, residual: Floats) -> Floats:
    """Sum uu′ over the cells of votes that share both their annotator and their prompt."""
    size = len(comparisons.systems)
    if available():
        people, prompts = len(comparisons.annotators), len(comparisons.prompts)
        laid = _by_person(
            (comparisons.annotator, comparisons.prompt, comparisons.a, comparisons.b), residual, people
        )
        upper = _summed(*laid, prompts, size)
        return np.asarray(upper + np.triu(upper, 1).T)
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
    at_once = max(1, SUMS_AT_ONCE // size)
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


@Kernel
def _by_person(ids: tuple[Ids, Ids, Ids, Ids], residual: Floats, people: int) -> tuple[Short, Floats, Ids]:
    """Lay what is needed of each person's votes side by side: reading it is fast then.

    Returns:
        prompt, a and b of each vote, shape (n, 3); residuals, shape (n,); where each person begins.
    """
    person, prompt, a, b = ids
    start = np.zeros(people + 1, np.int64)
    for vote in range(len(person)):
        start[person[vote] + 1] += 1
    start = np.cumsum(start)
    place, laid, score = start.copy(), np.empty((len(person), 3), np.int32), np.empty(len(person))
    for vote in range(len(person)):
        to = place[person[vote]]
        place[person[vote]] += 1
        laid[to, 0], laid[to, 1], laid[to, 2] = prompt[vote], a[vote], b[vote]
        score[to] = residual[vote]
    return laid, score, start


@Kernel
def _summed(  # noqa: C901 -- the compiler does not call other kernels
    laid: Short, score: Floats, start: Ids, prompts: int, size: int
) -> Floats:
    """Do as squares(), into the upper half: a person's votes on a prompt are strung together."""
    meat, sums, seen = np.zeros((size, size)), np.zeros(size), np.zeros(size, np.bool_)
    touched, latest = np.empty(size, np.int64), np.full(prompts, -1, np.int64)
    earlier = np.empty(len(score), np.int64)
    for person in range(len(start) - 1):
        for vote in range(start[person], start[person + 1]):
            earlier[vote] = latest[laid[vote, 0]]
            latest[laid[vote, 0]] = vote
        for last in range(start[person], start[person + 1]):
            met, vote = 0, latest[laid[last, 0]]
            latest[laid[last, 0]] = -1
            while vote >= 0:
                for side in (1, 2):
                    system = laid[vote, side]
                    if not seen[system]:
                        seen[system] = True
                        touched[met] = system
                        met += 1
                    sums[system] += score[vote] if side == 1 else -score[vote]
                vote = earlier[vote]
            for one in range(met):
                for other in range(met):
                    if touched[one] <= touched[other]:
                        meat[touched[one], touched[other]] += sums[touched[one]] * sums[touched[other]]
            for one in range(met):
                sums[touched[one]], seen[touched[one]] = 0.0, False
    return meat
