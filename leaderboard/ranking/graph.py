"""Which systems votes connect, and which of them have a maximum-likelihood rating."""

import numpy as np

from leaderboard.ranking.arrays import Ids, Mask


def reachable(edges: Mask) -> Mask:
    """Close a relation: entry (i, j) is True where a path leads from i to j, and on the diagonal.

    Args:
        edges: shape (systems, systems).
    """
    closed = edges | np.eye(len(edges), dtype=np.bool_)
    while True:
        # Squaring doubles the length of paths; sums of at most a few hundred ones are exact in 32 bits.
        steps = closed.astype(np.float32)
        longer = steps @ steps > 0
        if np.array_equal(longer, closed):
            return closed
        closed = longer


def strongly_connected(edges: Mask) -> Mask:
    """Say for each graph whether a path leads from every system to every other: shape (...,).

    Args:
        edges: shape (..., systems, systems).
    """
    return _reaches_all(edges) & _reaches_all(np.swapaxes(edges, -1, -2))


def components(edges: Mask, *, votes: Ids) -> Ids:
    """Number the groups of systems that a chain of comparisons connects: shape (systems,).

    Number 0 is the largest group: the most systems, then the most votes, then the first name.

    Args:
        edges: shape (systems, systems), True where two systems were compared.
        votes: shape (systems,), votes of each system.
    """
    return _numbered(reachable(edges | edges.T), votes)


def strong_components(beats: Mask, *, votes: Ids) -> Ids:
    """Number the groups in which every system beat every other, if only through others: shape (systems,).

    With one group the plain maximum-likelihood ratings exist and are unique; otherwise some difference
    between groups grows without bound. Numbering as for components.

    Source: Ford, "Solution of a Ranking Problem from Binary Comparisons", 1957.

    Args:
        beats: shape (systems, systems), True where i took points from j.
        votes: shape (systems,), votes of each system.
    """
    forth = reachable(beats)
    return _numbered(forth & forth.T, votes)


def _reaches_all(edges: Mask) -> Mask:
    """Say whether a path leads from the first system to every other: shape (...,)."""
    seen = np.zeros(edges.shape[:-1], dtype=np.bool_)
    seen[..., 0] = True
    while True:
        more = seen | (seen[..., None] & edges).any(axis=-2)
        if np.array_equal(more, seen):
            return np.asarray(seen.all(axis=-1))
        seen = more


def _numbered(together: Mask, votes: Ids) -> Ids:
    leader = np.argmax(together, axis=1)
    groups = np.unique(leader)
    sizes = np.bincount(leader, minlength=len(leader))
    sums = np.bincount(leader, weights=votes, minlength=len(leader))
    ranked = sorted(groups.tolist(), key=lambda group: (-sizes[group], -sums[group], group))
    number = np.zeros(len(leader), dtype=np.int64)
    number[ranked] = np.arange(len(ranked))
    return np.asarray(number[leader])
