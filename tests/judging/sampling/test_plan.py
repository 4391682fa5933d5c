"""Where repeats and gold fall."""

import itertools
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judging.sampling import plan


@given(size=st.integers(1, 40), repeats=st.integers(0, 4), gold=st.integers(0, 4), seed=st.integers(0, 2**32))
def test_never_the_first_never_two_in_a_row_and_as_many_as_fit(size, repeats, gold, seed):
    drawn = plan.plan(size=size, wanted={"repeat": repeats, "gold": gold}, rng=Random(seed))

    special = [number for number, purpose in enumerate(drawn) if purpose != "normal"]
    assert len(drawn) == size
    assert 0 not in special
    assert all(later - earlier > 1 for earlier, later in itertools.pairwise(special))
    assert len(special) == min(repeats + gold, size // 2)


def test_a_batch_of_twelve_holds_one_of_each_at_any_place_but_the_first():
    rng = Random(4)
    times = 11_000

    drawn = [plan.plan(size=12, wanted={"repeat": 1, "gold": 1}, rng=rng) for _ in range(times)]
    assert {Counter(each)["repeat"] for each in drawn} == {Counter(each)["gold"] for each in drawn} == {1}
    places = Counter((each.index("repeat"), each.index("gold")) for each in drawn)
    # 11 places, 110 ordered choices less the 20 of neighbours, all alike: 122 ± 4.5 standard deviations.
    assert len(places) == 90
    assert all(72 < count < 173 for count in places.values())


def test_one_seed_one_plan():
    wanted = {"repeat": 1, "gold": 2}

    assert len({tuple(plan.plan(size=12, wanted=wanted, rng=Random(9))) for _ in range(3)}) == 1


@pytest.mark.parametrize(
    ("before", "per_batch", "expected"), [(0, 1, 2), (1, 1, 2), (2, 1, 1), (0, 0, 0), (0, 3, 3)]
)
def test_the_first_two_batches_hold_two_gold_pairs(before, per_batch, expected):
    assert plan.gold_wanted(batches_before=before, per_batch=per_batch) == expected
