"""Which side, and which first: balanced, and a fair coin where both are equal."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judging.sampling import sides

counts = st.integers(0, 50)


@given(counts, counts, st.integers())
def test_left_is_given_to_the_one_that_had_it_less_often(a_left, a_right, seed):
    left = sides.left(a_left=a_left, a_right=a_right, rng=Random(seed))

    assert a_left == a_right or left == ("a" if a_left < a_right else "b")


@given(counts, counts, st.sampled_from("ab"), st.integers())
def test_first_is_the_side_of_the_one_that_was_first_less_often(a_first, b_first, left, seed):
    first = sides.first(a_first=a_first, b_first=b_first, left=left, rng=Random(seed))

    expected = "a" if a_first < b_first else "b"
    assert a_first == b_first or first == ("left" if expected == left else "right")


def test_equal_counts_are_decided_by_a_fair_coin():
    rng = Random(3)

    drawn = [sides.left(a_left=2, a_right=2, rng=rng) for _ in range(2000)]

    assert drawn.count("a") / 2000 == pytest.approx(0.5, abs=0.05)
