"""When a hearing check is passed.

Source: J16; Milne et al. 2020 and Woods et al. 2017 ask six trials each and let one slip.
"""

from collections.abc import Sequence

TRIALS = 6
PASS_FROM = 5
ROOM_TRIALS = 4
ROOM_PASS_FROM = 2
INTERVALS = 3


def passes(right: Sequence[bool]) -> bool:
    """Whether one of the two headphone tests is passed: five of six, all of them asked."""
    return len(right) == TRIALS and sum(right) >= PASS_FROM


def result(*, huggins: Sequence[bool], antiphase: Sequence[bool]) -> str:
    """Name which tests were passed: both, one or none. Both means qualified."""
    return ("none", "one", "both")[passes(huggins) + passes(antiphase)]


def room_is_quiet(right: Sequence[bool]) -> bool:
    """Whether enough of the room check's trials were right."""
    return len(right) == ROOM_TRIALS and sum(right) >= ROOM_PASS_FROM
