"""Who differs from whom in a snapshot."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from inference.models import System
from leaderboard.models import HeadToHead, Snapshot, Standing
from leaderboard.ranking import power

# The normal quantile of a 95 % interval: what turns an interval's half-width into a standard error.
_QUANTILE = 1.959964
# Beyond so many times the votes there are, no figure is told.
MOST_MORE = 10


Difference = tuple[float, float, float]


@dataclass
class Told:
    """One system among the others: each list in the order of the board.

    Attributes:
        above, below: rated higher and lower, and really so.
        undecided: votes cannot tell yet.
        leads: points before each other system, by its key, with the ends of their interval.
    """

    above: list[Standing] = field(default_factory=list)
    below: list[Standing] = field(default_factory=list)
    undecided: list[Standing] = field(default_factory=list)
    leads: dict[int, Difference] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A board in three sentences, for whoever reads no more.

    Attributes:
        first: the line that stands highest.
        tied: the lines that cannot be told apart from it, the best first.
        unranked: lines without a rank, whose intervals or votes do not do for one.
        pairs, apart: of systems, all and those that are really different.
    """

    first: Standing
    tied: list[Standing]
    unranked: list[Standing]
    pairs: int
    apart: int


@dataclass(frozen=True)
class Lead:
    """One system before another: by how much, and how many votes more its board needs to tell them apart.

    Attributes:
        spread: points, with the ends of their interval.
        more_votes: None: they are told apart.
    """

    one: System
    other: System
    spread: Difference
    more_votes: int | None


def summary(compared: Sequence[Standing], told: Mapping[int, Told]) -> Summary | None:
    """Say who is first, as far as the votes know; None where there are not two to compare."""
    if len(compared) < 2:  # noqa: PLR2004 -- as above
        return None
    first = compared[0]
    return Summary(
        first=first,
        tied=told[first.system_id].undecided,
        unranked=[line for line in compared if line.rank_low is None],
        pairs=len(compared) * (len(compared) - 1) // 2,
        apart=sum(len(one.below) for one in told.values()),
    )


def more_votes(spread: Difference, votes: int, *, among: int) -> int:
    """Say how many votes more the whole board needs until two systems are told apart (ranking K19).

    With 80 % chance, if the difference is what it seems and further votes come from as many more people, on
    as many more prompts; told apart means among all pairs of the board at once (Bonferroni).

    Args:
        spread: the difference of the two, with the ends of its interval.
        votes: of its board by now.
        among: how many systems are compared.

    Returns:
        At most ten times the votes there are, which stands for that and more.
    """
    difference, low, high = spread
    level = 1 - (1 - power.LEVEL) / max(among * (among - 1) // 2, 1)
    needed = power.votes_needed(difference, (high - low) / 2 / _QUANTILE, votes=votes, level=level)
    return int(min(max(needed - votes, 1), MOST_MORE * votes))


def lead(compared: Sequence[Standing], told: Mapping[int, Told], votes: int) -> Lead | None:
    """Say how far the first system is before the second; None where there are not two on one scale.

    Args:
        compared: the best first.
        told: of them.
        votes: of their board.
    """
    if len(compared) < 2:  # noqa: PLR2004 -- a lead is of one before another
        return None
    one, other = compared[:2]
    spread = told[one.system_id].leads.get(other.system_id)
    if spread is None:
        return None
    wanting = any(line is other for line in told[one.system_id].undecided)
    return Lead(
        one.system, other.system, spread, more_votes(spread, votes, among=len(compared)) if wanting else None
    )


def between(pair: HeadToHead, votes: int, *, among: int) -> Lead | None:
    """Say how far a pair's first system is before its second; None where they are on no common scale."""
    difference, low, high = pair.difference, pair.difference_low, pair.difference_high
    if difference is None or low is None or high is None:
        return None
    spread = difference, low, high
    wanting = None if pair.different else more_votes(spread, votes, among=among)
    return Lead(pair.system_a, pair.system_b, spread, wanting)


def nearest(pairs: Iterable[HeadToHead], votes: int, *, among: int, most: int) -> list[Lead]:
    """List the pairs that cannot be told apart and need the fewest votes for it.

    Args:
        pairs: of one snapshot.
        votes: of its board.
        among: how many systems are compared.
        most: how many are listed.
    """
    found = [one for pair in pairs if (one := between(pair, votes, among=among)) and one.more_votes]
    return sorted(found, key=lambda one: one.more_votes or 0)[:most]


def told_apart(snapshot: Snapshot, lines: Sequence[Standing]) -> Mapping[int, Told]:
    """Part the rated lines for each of them, by the system's key, with one query for the pairs.

    Args:
        snapshot: of the lines.
        lines: those that are ranked or rated, the best first.
    """
    columns = ("system_a_id", "system_b_id", "different", "difference", "difference_low", "difference_high")
    different: dict[int, set[int]] = defaultdict(set)
    leads: dict[int, dict[int, Difference]] = defaultdict(dict)
    for a, b, apart, lead, low, high in HeadToHead.objects.filter(snapshot=snapshot).values_list(*columns):
        if apart:
            different[a].add(b)
            different[b].add(a)
        if lead is not None and low is not None and high is not None:
            leads[a][b], leads[b][a] = (lead, low, high), (-lead, -high, -low)
    keyed = [(line.system_id, line) for line in lines]
    found = {}
    for place, (key, _) in enumerate(keyed):
        others = different[key]
        found[key] = Told(
            above=[other for at, other in keyed[:place] if at in others],
            below=[other for at, other in keyed[place + 1 :] if at in others],
            undecided=[other for at, other in keyed if at not in others and at != key],
            leads=leads[key],
        )
    return found


def of_snapshot(snapshot: Snapshot) -> QuerySet[HeadToHead]:
    """Select a snapshot's pairs with both systems, in canonical order."""
    pairs = snapshot.head_to_heads.select_related("system_a__model", "system_b__model")
    return pairs.order_by("system_a", "system_b")


def among(snapshot: Snapshot, lines: Sequence[Standing]) -> list[HeadToHead]:
    """List a snapshot's pairs with the systems of its lines, which need not be read again for each pair."""
    systems = {line.system_id: line.system for line in lines}
    rows = []
    for pair in snapshot.head_to_heads.order_by("system_a_id", "system_b_id"):
        if pair.system_a_id in systems and pair.system_b_id in systems:
            pair.system_a, pair.system_b = systems[pair.system_a_id], systems[pair.system_b_id]
            rows.append(pair)
    return rows


def of_system(snapshot: Snapshot, system: System) -> list[HeadToHead]:
    """List a system's pairs, each turned so that it comes first."""
    own = of_snapshot(snapshot).filter(Q(system_a=system) | Q(system_b=system))
    return [turned(pair, system.pk) for pair in own]


def by_lead(snapshot: Snapshot, system: System) -> list[HeadToHead]:
    """List a system's pairs, the opponent that it leads by most last, those on no common scale after it."""
    found = of_system(snapshot, system)
    return sorted(found, key=lambda pair: (pair.difference is None, pair.difference or 0))


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
