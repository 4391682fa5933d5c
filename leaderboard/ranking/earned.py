"""How much people outside the trusted panel may weigh together (judging J120)."""

from typing import Final

import numpy as np

from leaderboard.ranking.arrays import Floats, Ids, Mask

# A cap of all is none.
NONE: Final = 1.0


def capped(a: Ids, b: Ids, trusted: Mask, *, systems: int, cap: float) -> Floats:
    """Weigh the others' votes down to a share of each system's weight at most: shape (n,), 0 to 1.

    A vote is weighed by the stricter of its two systems, so the share holds for each. Where the panel has not
    judged a system at all, the others' votes on it weigh nothing.

    Args:
        a: shape (n,), system ids.
        b: as `a`.
        trusted: shape (n,), True for the panel's votes, which weigh 1.
        systems: how many there are.
        cap: the share, above 0 and at most 1.
    """
    if cap >= NONE:
        return np.ones(len(a))
    panel = _per_system(a[trusted], b[trusted], systems)
    others = _per_system(a[~trusted], b[~trusted], systems)
    allowed = panel * cap / (1 - cap)
    scale = np.minimum(np.divide(allowed, others, out=np.ones(systems), where=others > 0), 1.0)
    return np.asarray(np.where(trusted, 1.0, np.minimum(scale[a], scale[b])))


def _per_system(a: Ids, b: Ids, systems: int) -> Floats:
    counts = np.bincount(a, minlength=systems) + np.bincount(b, minlength=systems)
    return np.asarray(counts, dtype=np.float64)
