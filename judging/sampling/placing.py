"""Newcomers: they meet the established, first of all strengths alike, and never fill the day (J104, J106)."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

Systems = tuple[int, int]
# Source: J104, J106.
FACTOR: Final = 4.0
FIRST: Final = 20
THIRDS: Final = 3


@dataclass(frozen=True)
class Placing:
    """Who is a newcomer, and what follows for their pairs.

    Attributes:
        systems: the newcomers.
        least: for those who have not met many yet: the established of the thirds that they met least.
        full: newcomers had their share of today's ballots.
    """

    systems: frozenset[int] = frozenset()
    least: Mapping[int, frozenset[int]] = field(default_factory=dict)
    full: bool = False

    def factors(self, pairs: Sequence[Systems]) -> list[float]:
        """Give each pair its factor; where newcomers can meet nobody but newcomers, they do."""
        found = [self._factor(*pair) for pair in pairs]
        return found if any(found) else [1.0] * len(pairs)

    def _factor(self, one: int, other: int) -> float:
        new = [system in self.systems for system in (one, other)]
        if not any(new):
            return 1.0
        if all(new):
            return 0.0
        newcomer, host = (one, other) if new[0] else (other, one)
        return FACTOR if newcomer not in self.least or host in self.least[newcomer] else 0.0


class Settled(NamedTuple):
    """With so many counted votes against so many others a system is no newcomer any more."""

    votes: int = 60
    opponents: int = 5


def placing(
    systems: Collection[int],
    *,
    counted: Mapping[Systems, int],
    met: Mapping[Systems, int],
    ratings: Mapping[int, float],
    settled: Settled,
    full: bool = False,
) -> Placing:
    """Find the newcomers and what they need.

    While they are not fewer than the established, as in a new arena, nobody is treated as one: a first
    established system would otherwise meet everybody.

    Args:
        systems: all that may be drawn.
        counted: votes of two systems that count.
        met: these, and ballots that may still be cast.
        ratings: of the systems; a missing one is 1000.
        settled: when a system is established.
        full: newcomers had their share of today's ballots.
    """
    total, others = _totals(counted)
    new = frozenset(
        system for system in systems if total[system] < settled.votes or others[system] < settled.opponents
    )
    old = [system for system in systems if system not in new]
    if not new or len(new) >= len(old):
        return Placing()
    thirds = _thirds(sorted(old, key=lambda system: (ratings.get(system, 1000.0), system)))
    so_far, _ = _totals(met)
    return Placing(
        systems=new,
        least={system: _least(system, thirds, met) for system in new if so_far[system] < FIRST},
        full=full,
    )


def _totals(counts: Mapping[Systems, int]) -> tuple[Counter[int], Counter[int]]:
    total: Counter[int] = Counter()
    others: Counter[int] = Counter()
    for pair, times in counts.items():
        if times:
            for system in pair:
                total[system] += times
                others[system] += 1
    return total, others


def _thirds(ordered: Sequence[int]) -> list[frozenset[int]]:
    size = len(ordered)
    cuts = [round(size * part / THIRDS) for part in range(THIRDS + 1)]
    return [frozenset(ordered[low:high]) for low, high in pairwise(cuts) if low < high]


def _least(system: int, thirds: Sequence[frozenset[int]], met: Mapping[Systems, int]) -> frozenset[int]:
    times = [sum(met.get((min(system, host), max(system, host)), 0) for host in third) for third in thirds]
    return frozenset().union(
        *(third for third, met_it in zip(thirds, times, strict=True) if met_it == min(times))
    )
