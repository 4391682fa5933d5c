"""Stretches of one person's judging that cannot be relied on (J129: `one_side`, `gold_failed`, `picking`)."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from judging.reliability.figures import share
from judging.reliability.rules import GOLD_MISSES, GOLD_WINDOW, SIDE_CASES, SIDE_LIMIT
from judging.screening.matches import Match

ONE_SIDE: Final = "In this stretch of judging one side was nearly always preferred, whatever stood there."
GOLD_FAILED: Final = "In this stretch of judging too many pairs with a known answer were answered otherwise."
PICKING: Final = "In this stretch of judging too many pairs were turned down or withdrawn."
# Over so many last positions, more than so many that came to no vote; of fewer, a like share. J129, J67.
PICKING_WINDOW: Final = 36
PICKING_FREE: Final = 3


class Judged(NamedTuple):
    """A vote of a person, in the order of their judging.

    Attributes:
        vote: its key.
        counts: whether it is there to count; gold and repeats are not.
        left: whether the left side was preferred overall; None where neither was.
        gold: whether a known answer was met; None where none is known.
    """

    vote: int
    counts: bool
    left: bool | None = None
    gold: bool | None = None


class Batch(NamedTuple):
    """A closed batch of a person, in the order of their judging: its votes, and which positions have none.

    A position has none where its pair was turned down twice, or its vote withdrawn.
    """

    votes: tuple[int, ...]
    empty: tuple[bool, ...]


def one_side(judged: Sequence[Judged], *, limit: float = SIDE_LIMIT) -> Iterator[Match]:
    """Match stretches of 40 decisive answers, of which nearly all preferred one side.

    Args:
        judged: of one person.
        limit: what the lower end of the interval of either side's share has to exceed.
    """
    decisive = [place for place, one in enumerate(judged) if one.left is not None]
    for start in range(0, len(decisive) - SIDE_CASES + 1, SIDE_CASES):
        stretch = decisive[start : start + SIDE_CASES]
        lefts = [bool(judged[place].left) for place in stretch]
        if max(share(lefts).low, share(not left for left in lefts).low) > limit:
            evidence = {"left": sum(lefts), "of": len(lefts)}
            yield from _counting(judged[stretch[0] : stretch[-1] + 1], ONE_SIDE, evidence)


def gold_failed(judged: Sequence[Judged], *, misses: int = GOLD_MISSES) -> Iterator[Match]:
    """Match votes since the last known answer that was met before so many of twelve were missed."""
    gold = [place for place, one in enumerate(judged) if one.gold is not None]
    bad = [False] * len(judged)
    for end in range(len(gold)):
        window = gold[max(0, end + 1 - GOLD_WINDOW) : end + 1]
        missed = [place for place in window if not judged[place].gold]
        if len(missed) < misses:
            continue
        met_before = [place for place in gold if place < missed[0] and judged[place].gold]
        after = met_before[-1] + 1 if met_before else 0
        until = gold[end] + 1 if end + 1 < len(gold) else len(judged)
        bad[after:until] = [True] * (until - after)
    stretch = [one for one, is_bad in zip(judged, bad, strict=True) if is_bad]
    yield from _counting(stretch, GOLD_FAILED, {"missed": misses, "of": GOLD_WINDOW})


def picking(batches: Sequence[Batch]) -> Iterator[Match]:
    """Match the votes of batches at whose end too many of the last positions came to no vote.

    One is always free, and one in twelve of more than that: no share of what is left is lifted by a tenth.
    """
    opened: list[bool] = []
    for batch in batches:
        opened += batch.empty
        last = opened[-PICKING_WINDOW:]
        if (empty := sum(last)) > max(1, PICKING_FREE * len(last) // PICKING_WINDOW):
            evidence = {"empty": empty, "of": len(last)}
            yield from (Match(vote, PICKING, evidence) for vote in batch.votes)


def _counting(stretch: Sequence[Judged], reason: str, evidence: dict[str, int]) -> Iterator[Match]:
    return (Match(one.vote, reason, evidence) for one in stretch if one.counts)
