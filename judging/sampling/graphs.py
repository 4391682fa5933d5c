"""The graph of who met whom: its components, and whether it holds together (J104, J111)."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Final

Systems = tuple[int, int]
# Source: J111.
OPPONENTS: Final = 3
VOTES: Final = 5


def components(pairs: Iterable[Systems]) -> dict[int, int]:
    """Give every system that met another one the smallest key of its component."""
    above: dict[int, int] = {}

    def top(system: int) -> int:
        above.setdefault(system, system)
        while above[system] != system:
            above[system] = above[above[system]]
            system = above[system]
        return system

    for one, other in pairs:
        low, high = sorted((top(one), top(other)))
        above[high] = low
    return {system: top(system) for system in sorted(above)}


def is_connected(systems: Collection[int], counted: Mapping[Systems, int]) -> bool:
    """Whether ranks can be given: all form one component, each with three opponents of five votes each.

    Where there are fewer systems than that, everybody has to have met everybody so often.
    """
    solid = [pair for pair, votes in counted.items() if votes >= VOTES and set(pair) <= set(systems)]
    opponents = Counter(system for pair in solid for system in pair)
    needed = min(OPPONENTS, len(systems) - 1)
    parts = components(pair for pair, votes in counted.items() if votes and set(pair) <= set(systems))
    return (
        all(opponents[system] >= needed for system in systems)
        and len({parts.get(system) for system in systems}) <= 1
        and all(system in parts for system in systems)
    ) or len(systems) <= 1
