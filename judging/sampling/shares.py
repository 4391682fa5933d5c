"""Who was heard how much, against a fair share (J104, J110)."""

from collections import Counter
from collections.abc import Mapping

Systems = tuple[int, int]


def crowded(owners: Mapping[int, int | None], heard: Mapping[Systems, int], *, cap: float) -> frozenset[int]:
    """Find the owners whose systems were heard more than `cap` times their fair share.

    Args:
        owners: of every system that is judged; None: the site, which crowds nobody out.
        heard: ballots by their two systems.
        cap: times the fair share, which is that of the owner's systems among all.
    """
    times: Counter[int] = Counter()
    for pair, ballots in heard.items():
        for system in pair:
            if (owner := owners.get(system)) is not None:
                times[owner] += ballots
    every, systems = 2 * sum(heard.values()), Counter(owners.values())
    return frozenset(owner for owner, n in times.items() if n * len(owners) > cap * systems[owner] * every)


def share(count: float, total: float) -> float | None:
    """Give a part of a whole; None of nothing."""
    return count / total if total else None
