"""When a hearing check is passed.

Source: J16; Milne et al. 2020 and Woods et al. 2017 ask six trials each and let one slip.
"""

from collections.abc import Sequence

TRIALS = 6
PASS_FROM = 5
ROOM_TRIALS = 4
INTERVALS = 3


def passes(right: Sequence[bool]) -> bool:
    """Whether one of the two headphone tests is passed: five of six, all of them asked."""
    return len(right) == TRIALS and sum(right) >= PASS_FROM


def result(*, huggins: Sequence[bool], antiphase: Sequence[bool]) -> str:
    """Name which tests were passed: both, one or none. Both means qualified."""
    return ("none", "one", "both")[passes(huggins) + passes(antiphase)]
