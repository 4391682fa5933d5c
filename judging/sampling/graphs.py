"""The graph of who met whom: its components (J104)."""

from collections.abc import Iterable

Systems = tuple[int, int]


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
