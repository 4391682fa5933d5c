"""Which positions of a batch are repeats or gold; drawn when it starts, and never sent (J28, J109)."""

from collections.abc import Mapping
from random import Random

NORMAL = "normal"
REPEAT = "repeat"
GOLD = "gold"
# Source: J109, a new annotator's first two batches.
NEW_BATCHES = 2
NEW_GOLD = 2


def plan(*, size: int, wanted: Mapping[str, int], rng: Random) -> list[str]:
    """Draw the purpose of each position; special ones are never first and never next to each other.

    Every allowed choice of positions is as likely as every other, and so is every order of what stands on
    them. Where a batch is too short for all that are wanted, some are left out.

    Args:
        size: positions of the batch.
        wanted: how many of REPEAT and GOLD.
        rng: decides.
    """
    special = [purpose for purpose, times in sorted(wanted.items()) for _ in range(times)]
    rng.shuffle(special)
    special = special[: size // 2]
    # k of positions 2 to size without neighbours are k of size - k places, each moved on by those before it.
    free = range(size - len(special))
    drawn = sorted(rng.sample(free, len(special))) if special else []
    purposes = [NORMAL] * size
    for before, (place, purpose) in enumerate(zip(drawn, special, strict=True)):
        purposes[1 + place + before] = purpose
    return purposes


def gold_wanted(*, batches_before: int, per_batch: int) -> int:
    """How many gold pairs a person's next batch holds."""
    return max(per_batch, NEW_GOLD) if per_batch and batches_before < NEW_BATCHES else per_batch
