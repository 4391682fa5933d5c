"""Who differs from whom in a snapshot."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from inference.models import System
from leaderboard.models import HeadToHead, Snapshot, Standing


@dataclass
class Told:
    """One system among the others: each list in the order of the board.

    Attributes:
        above, below: rated higher and lower, and really so.
        undecided: votes cannot tell yet.
    """

    above: list[Standing] = field(default_factory=list)
    below: list[Standing] = field(default_factory=list)
    undecided: list[Standing] = field(default_factory=list)


def told_apart(snapshot: Snapshot, lines: Sequence[Standing]) -> Mapping[int, Told]:
    """Part the rated lines for each of them, by the system's key, with one query for the pairs.

    Args:
        snapshot: of the lines.
        lines: those that are ranked or rated, the best first.
    """
    rows = HeadToHead.objects.filter(snapshot=snapshot, different=True).values_list(
        "system_a_id", "system_b_id"
    )
    different: dict[int, set[int]] = defaultdict(set)
    for a, b in rows:
        different[a].add(b)
        different[b].add(a)
    found = {}
    for place, line in enumerate(lines):
        told = found[line.system_id] = Told()
        for other_place, other in enumerate(lines):
            if other_place == place:
                continue
            if other.system_id not in different[line.system_id]:
                told.undecided.append(other)
            elif other_place < place:
                told.above.append(other)
            else:
                told.below.append(other)
    return found


def of_snapshot(snapshot: Snapshot) -> QuerySet[HeadToHead]:
    """Select a snapshot's pairs with both systems, in canonical order."""
    pairs = snapshot.head_to_heads.select_related("system_a__model", "system_b__model")
    return pairs.order_by("system_a", "system_b")


def of_system(snapshot: Snapshot, system: System) -> list[HeadToHead]:
    """List a system's pairs, each turned so that it comes first."""
    own = of_snapshot(snapshot).filter(Q(system_a=system) | Q(system_b=system))
    return [turned(pair, system.pk) for pair in own]


def turned(pair: HeadToHead, first: int) -> HeadToHead:
    """Give a pair with the system of this key as its first; the row itself stays as it is stored."""
    if pair.system_a_id == first:
        return pair
    return HeadToHead(
        snapshot_id=pair.snapshot_id,
        system_a=pair.system_b,
        system_b=pair.system_a,
        a_wins=pair.b_wins,
        b_wins=pair.a_wins,
        ties=pair.ties,
        both_bad=pair.both_bad,
        a_expected=None if pair.a_expected is None else 1 - pair.a_expected,
        difference=None if pair.difference is None else -pair.difference,
        difference_low=None if pair.difference_high is None else -pair.difference_high,
        difference_high=None if pair.difference_low is None else -pair.difference_low,
        different=pair.different,
        settled=pair.settled,
    )


def ordered(pairs: Iterable[HeadToHead], lines: Sequence[Standing]) -> list[HeadToHead]:
    """Turn pairs so that the better line's system comes first, and sort them as the board does."""
    place = {line.system_id: number for number, line in enumerate(lines)}
    made = [
        turned(pair, min(pair.system_a_id, pair.system_b_id, key=lambda key: place[key]))
        for pair in pairs
        if pair.system_a_id in place and pair.system_b_id in place
    ]
    return sorted(made, key=lambda pair: (place[pair.system_a_id], place[pair.system_b_id]))
