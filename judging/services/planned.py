"""What the plan of a batch sets beside normal pairs: repeats and gold (J109)."""

from random import Random

from judging.models import Ballot, Batch, Purpose


def plan(size: int) -> list[str]:
    """Set the purpose of each position when a batch starts."""
    return [Purpose.NORMAL] * size


def place(batch: Batch, position: int, *, purpose: Purpose, rng: Random) -> Ballot | None:
    """Issue a ballot of a purpose at a position; None where none is available, and a normal one comes."""
    return None
