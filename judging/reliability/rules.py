"""When a person's judging is paused: three limits, each wide enough that care never meets it (J121)."""

from collections.abc import Sequence

from judging.reliability.figures import FEWEST_CASES, Share, share

GOLD_WINDOW = 12
GOLD_MISSES = 4
CONSISTENCY_LIMIT = 0.50
SIDE_CASES = 40
SIDE_LIMIT = 0.75

GOLD = "gold"
CONSISTENCY = "consistency"
SIDE = "side"


def limit_reached(*, gold: Sequence[bool], repeats: Sequence[bool], left: Sequence[bool]) -> str | None:
    """Name the first limit that is reached; None: none is.

    Args:
        gold: whether each gold pair was met, in the order of judging.
        repeats: whether each repeat was answered alike.
        left: whether each decisive verdict preferred the left side.
    """
    if sum(not met for met in gold[-GOLD_WINDOW:]) >= GOLD_MISSES:
        return GOLD
    alike = share(repeats)
    if alike.cases >= FEWEST_CASES and alike.high < CONSISTENCY_LIMIT:
        return CONSISTENCY
    if len(left) >= SIDE_CASES and max(share(left).low, _other(left).low) > SIDE_LIMIT:
        return SIDE
    return None


def _other(left: Sequence[bool]) -> Share:
    return share(not each for each in left)
