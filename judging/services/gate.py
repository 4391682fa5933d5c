"""The listening gate: what a page says it played, and what of it was really heard (judging J52–J56)."""

import math
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from judging.models import Policy

Ranges = list[list[int]]
CLIPS: Final = ("prompt", "left", "right")
# How much may be missing in all, and how much more than the clock allows. Source: J53, J55.
TOLERANCE_MS: Final = 250
_MS: Final = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Played:
    """What one page played since it was opened, clip by clip in the order of CLIPS (J54).

    Attributes:
        page: its mark.
        number: of this beat; the page counts up.
        ranges: by clip, [from, to] in ms of the clip, played at normal speed with sound on.
        played_ms: time that each clip sounded, by the page's clock.
        first_order: 1 for the clip that was played first, up to 3; 0 for one that was not.
        hidden_ms: with the page out of sight.
        volume: percent; at 0 nothing counts.
    """

    page: uuid.UUID
    number: int
    ranges: Mapping[str, Ranges] = field(default_factory=dict)
    played_ms: Sequence[int] = (0, 0, 0)
    starts: Sequence[int] = (0, 0, 0)
    seeks: Sequence[int] = (0, 0, 0)
    first_order: Sequence[int] = (0, 0, 0)
    hidden_ms: int = 0
    volume: int = 100


@dataclass(frozen=True)
class ClipHeard:
    """What was heard of one clip, over all pages of a ballot."""

    ranges: Ranges
    total_ms: int = 0
    starts: int = 0
    seeks: int = 0
    first_order: int = 0

    @property
    def unique_ms(self) -> int:
        """How much of the clip was heard at least once."""
        return length(self.ranges)


@dataclass(frozen=True)
class Missing:
    """What the gate still asks.

    Attributes:
        by_clip: ms that are missing of each clip; nothing is missing where the gate is open.
        impossible: what was said to be heard cannot have been in the time; it was not counted.
    """

    by_clip: Mapping[str, int]
    impossible: bool


def union(ranges: Iterable[Sequence[int]]) -> Ranges:
    """Merge ranges into ordered ones without overlap; hearing one second ten times counts once."""
    merged: Ranges = []
    for start, end in sorted((start, end) for start, end in ranges):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        elif end > start:
            merged.append([start, end])
    return merged


def length(ranges: Iterable[Sequence[int]]) -> int:
    """Sum up ranges without overlap."""
    return sum(end - start for start, end in ranges)


def within(ranges: Iterable[Sequence[int]], end_ms: int) -> Ranges:
    """Cut ranges at the clip's end: there is nothing to hear behind it."""
    return [[start, min(end, end_ms)] for start, end in ranges if start < end_ms]


def required_ms(duration_ms: int, *, policy: Policy) -> int:
    """Say how much of a clip has to be heard. Source: J53."""
    long_after = round(policy.gate_long_after / _MS)
    first, rest = min(duration_ms, long_after), max(duration_ms - long_after, 0)
    return math.ceil(policy.gate_share * first + policy.gate_long_share * rest)


def missing(
    heard: Mapping[str, ClipHeard], *, durations: Mapping[str, int], policy: Policy, elapsed_ms: float
) -> Missing:
    """Compare what was heard with what is asked, and with the time since the ballot was opened.

    Only as much counts as the clock allows, and of each clip only as much as it sounded (J52, J55).
    """
    counted = {clip: min(heard[clip].unique_ms, heard[clip].total_ms + TOLERANCE_MS) for clip in CLIPS}
    impossible = any(counted[clip] < heard[clip].unique_ms for clip in CLIPS)
    excess = sum(counted.values()) - elapsed_ms - TOLERANCE_MS
    for clip in reversed(CLIPS):
        if excess > 0:
            impossible = True
            taken = min(counted[clip], math.ceil(excess))
            counted[clip] -= taken
            excess -= taken
    asked = {clip: required_ms(durations[clip], policy=policy) for clip in CLIPS}
    lacks = {clip: max(asked[clip] - counted[clip], 0) for clip in CLIPS}
    if sum(lacks.values()) <= TOLERANCE_MS:
        lacks = dict.fromkeys(CLIPS, 0)
    return Missing(lacks, impossible)
