"""Which of a pair stands left, and which is played first: balanced for every two systems (J112)."""

from random import Random
from typing import Literal

Canonical = Literal["a", "b"]
Side = Literal["left", "right"]


def left(*, a_left: int, a_right: int, rng: Random) -> Canonical:
    """Put a on the side that it has had less often; a fair coin where both are equal."""
    return _less_often(a_left, a_right, rng)


def first(*, a_first: int, b_first: int, left: Canonical, rng: Random) -> Side:
    """Choose the side that “play all” plays first, so that a and b are first equally often."""
    return "left" if _less_often(a_first, b_first, rng) == left else "right"


def _less_often(a: int, b: int, rng: Random) -> Canonical:
    if a == b:
        return rng.choice(("a", "b"))
    return "a" if a < b else "b"
