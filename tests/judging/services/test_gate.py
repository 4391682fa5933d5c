"""The gate's arithmetic: unions of ranges, what is asked of a clip, and what the clock allows (J52–J55)."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judging.models import Policy
from judging.services import gate
from judging.services.gate import CLIPS, ClipHeard

ranges = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)).map(sorted), max_size=8)


@given(ranges)
def test_a_union_covers_the_same_milliseconds_in_order_and_without_overlap(some):
    merged = gate.union(some)

    covered = {ms for start, end in some for ms in range(start, end)}
    assert gate.length(merged) == len(covered)
    assert {ms for start, end in merged for ms in range(start, end)} == covered
    assert all(one[1] < other[0] for one, other in itertools.pairwise(merged))


@given(ranges, st.integers(0, 500))
def test_nothing_is_heard_behind_the_end_of_a_clip(some, end):
    assert all(0 <= start < stop <= end for start, stop in gate.within(gate.union(some), end))


@pytest.mark.parametrize(
    ("seconds", "long_share", "asked"),
    [(8, 0.9, 7.2), (30, 0.9, 27), (30, 0.5, 19), (10, 0.5, 9), (0, 0.9, 0)],
)
def test_what_is_asked_of_a_clip(seconds, long_share, asked):
    policy = Policy(gate_long_share=long_share)

    assert gate.required_ms(seconds * 1000, policy=policy) == asked * 1000


def heard(*lengths):
    return {
        clip: ClipHeard([[0, length]] if length else [], total_ms=length)
        for clip, length in zip(CLIPS, lengths, strict=True)
    }


def missing(*lengths, elapsed=timedelta(minutes=1)):
    durations = dict.fromkeys(CLIPS, 10_000)
    elapsed_ms = elapsed / timedelta(milliseconds=1)
    return gate.missing(heard(*lengths), durations=durations, policy=Policy(), elapsed_ms=elapsed_ms)


@pytest.mark.parametrize(
    ("lengths", "lacks"),
    [
        ((9000, 9000, 9000), (0, 0, 0)),
        ((9000, 9000, 8750), (0, 0, 0)),
        ((8900, 8900, 8950), (0, 0, 0)),
        ((9000, 9000, 8749), (0, 0, 251)),
        ((8900, 8900, 8900), (100, 100, 100)),
        ((10_000, 10_000, 0), (0, 0, 9000)),
    ],
)
def test_the_tolerance_is_one_for_all_clips(lengths, lacks):
    found = missing(*lengths)

    assert (tuple(found.by_clip.values()), found.impossible) == (lacks, False)


def test_only_as_much_counts_as_the_clock_allows():
    enough = missing(9000, 9000, 9000, elapsed=timedelta(seconds=26.75))
    short = missing(9000, 9000, 9000, elapsed=timedelta(seconds=20))

    assert (any(enough.by_clip.values()), enough.impossible) == (False, False)
    assert (short.by_clip, short.impossible) == ({"prompt": 0, "left": 0, "right": 6750}, True)
