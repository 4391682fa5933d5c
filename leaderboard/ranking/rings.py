"""People whose choices for one system are improbably alike and close in time."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from leaderboard.ranking.arrays import Floats, Ids
from leaderboard.ranking.comparisons import Comparisons
from leaderboard.ranking.reference import FEWEST, Reference

# Alone such a person is nothing special: one in forty-four.
_ALIKE: Final = 2.0
# Two friends of one taste are no ring.
SMALLEST: Final = 3
WEEK: Final = 7 * 86_400.0


@dataclass(frozen=True)
class Ring:
    """People who favour, or disfavour, a system together.

    Attributes:
        system, people: ids.
        favour: whether they are for it.
        chance: that so many of all who judged it then would by chance, before looking at other rings.
    """

    system: int
    people: tuple[int, ...]
    favour: bool
    chance: float


def sweep(
    comparisons: Comparisons, reference: Reference, *, level: float = 0.01, window: float = WEEK
) -> list[Ring]:
    """Look in windows of time for systems with too many people of one mind.

    Args:
        comparisons: all votes, with times in seconds.
        reference: of the same votes.
        level: chance of any ring where there is none.
        window: seconds; windows overlap by half.
    """
    middle = _middles(comparisons)
    if not len(middle):
        return []
    starts = np.arange(middle.min() - window / 2, middle.max() + 1, window / 2)
    looks = max(len(starts) * len(comparisons.systems) * 2, 1)
    found: dict[tuple[int, tuple[int, ...], bool], Ring] = {}
    for start in starts:
        there = np.flatnonzero((middle >= start) & (middle < start + window))
        for ring in _within(reference, there):
            if ring.chance < level / looks:
                found[ring.system, ring.people, ring.favour] = ring
    return list(found.values())


def _middles(comparisons: Comparisons) -> Floats:
    """Give the middle of each person's judging: shape (annotators,)."""
    votes = np.bincount(comparisons.annotator, minlength=len(comparisons.annotators))
    sums = np.bincount(comparisons.annotator, weights=comparisons.time, minlength=len(comparisons.annotators))
    return np.asarray(sums / np.maximum(votes, 1))


def _within(reference: Reference, people: Ids) -> list[Ring]:
    rings = []
    tested = reference.votes[people] >= FEWEST
    for favour in (True, False):
        z = reference.z[people] if favour else -reference.z[people]
        alike = tested & (z > _ALIKE)
        for system in np.flatnonzero(alike.sum(axis=0) >= SMALLEST).tolist():
            chance = stats.binom.sf(
                alike[:, system].sum() - 1, tested[:, system].sum(), stats.norm.sf(_ALIKE)
            )
            members = tuple(people[alike[:, system]].tolist())
            rings.append(Ring(system=system, people=members, favour=favour, chance=float(chance)))
    return rings
