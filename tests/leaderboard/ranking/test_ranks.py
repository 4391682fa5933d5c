import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.ranking.ranks import ranges, surely_better


def better(theta, *, deviation, degrees=1000, seed=0):
    covariance = np.diag(np.broadcast_to(np.square(deviation), len(theta)))
    rng = np.random.default_rng(seed)
    return surely_better(np.array(theta), covariance, degrees_of_freedom=degrees, level=0.95, rng=rng)


def test_far_systems_are_told_apart_and_near_ones_share_their_ranks():
    low, high = ranges(better([5.0, 0.1, 0.0, -5.0], deviation=0.2))

    assert low.tolist() == [1, 2, 2, 4]
    assert high.tolist() == [1, 3, 3, 4]


def test_one_pair_is_held_against_the_usual_bound():
    near, far = 1.9 * np.sqrt(2), 2.1 * np.sqrt(2)

    assert not better([near, 0.0], deviation=1.0).any()
    assert better([far, 0.0], deviation=1.0)[0, 1]


def test_few_people_ask_for_wider_gaps():
    gap = 3.0 * np.sqrt(2)

    assert better([gap, 0.0], deviation=1.0, degrees=1000)[0, 1]
    assert not better([gap, 0.0], deviation=1.0, degrees=2).any()


def test_a_clear_pair_leaves_a_lower_bound_to_the_others():
    deviation = np.array([1.0, 1.0, 1.0])
    gap = 2.15 * np.sqrt(2)

    crowded = better([gap, 0.0, gap / 2], deviation=deviation)
    stepped = better([gap, 0.0, 40.0], deviation=deviation)

    assert not crowded[0, 1]
    assert stepped[0, 1]


def test_equal_systems_are_told_apart_in_five_runs_of_a_hundred_at_most():
    rng = np.random.default_rng(3)
    runs = 400

    wrong = sum(better(rng.normal(size=12), deviation=1.0, seed=run).any() for run in range(runs))

    # A binomial of 400 and 0.05 is above 34 in one of a thousand runs.
    assert 6 <= wrong <= 34


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=8), st.floats(0.01, 2))
def test_ranges_hold_the_order_of_the_estimates(theta, deviation):
    low, high = ranges(better(theta, deviation=deviation))

    place = 1 + (np.array(theta)[:, None] < np.array(theta)[None, :]).sum(axis=1)
    assert (low <= place).all()
    assert (place <= high).all()
    assert (low >= 1).all()
    assert (high <= len(theta)).all()


def test_ranges_count_only_what_is_sure():
    sure = np.array([[False, True, True], [False, False, False], [False, False, False]])

    low, high = ranges(sure)

    assert (low.tolist(), high.tolist()) == ([1, 2, 2], [1, 3, 3])


@pytest.mark.parametrize("scale", [0.0, 1e-12])
def test_covariance_without_spread_does_not_fail(scale):
    covariance = np.full((2, 2), scale)

    found = surely_better(
        np.array([1.0, 0.0]), covariance, degrees_of_freedom=5, level=0.95, rng=np.random.default_rng(0)
    )

    assert found[0, 1]
