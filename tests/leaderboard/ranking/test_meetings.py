"""Every two systems: told apart by the interval of their difference, and never by their own intervals."""

import itertools

import numpy as np
import pytest

from leaderboard.ranking.board import rate
from tests.leaderboard.ranking.arenas import votes


@pytest.fixture(scope="module")
def result():
    words = ["x > y * 260", "y > x * 140", "y > z * 300", "z > y * 100", "v > w * 3", "w > v"]
    return rate(votes(*words, annotators=40), resamples=0)


def pairs(result):
    return {(pair.system_a, pair.system_b): pair for pair in result.head_to_head}


def test_pair_that_never_met_is_compared_through_others(result):
    pair = pairs(result)["x", "z"]

    rating = {line.system: line.rating for line in result.standings}
    assert (pair.a_wins, pair.b_wins, pair.ties, pair.both_bad) == (0, 0, 0, 0)
    assert pair.difference == pytest.approx(rating["x"] - rating["z"])
    assert pair.difference_low < pair.difference < pair.difference_high


def test_interval_of_a_difference_is_not_the_two_intervals_together(result):
    lines = {line.system: line for line in result.standings}
    pair = pairs(result)["x", "y"]

    own = sum((lines[name].high - lines[name].low) / 2 for name in "xy")
    assert (pair.difference_high - pair.difference_low) / 2 < own


def test_pairs_told_apart_are_those_that_rank_ranges_count(result):
    shown = [line for line in result.standings if line.rank_low]
    sure = dict.fromkeys("xyz", 0)
    for pair in result.head_to_head:
        if pair.different:
            sure[pair.system_b if pair.difference > 0 else pair.system_a] += 1

    assert {line.system: line.rank_low - 1 for line in shown} == sure
    assert all(pair.different for pair in result.head_to_head if pair.settled)


def test_pair_that_is_not_rated_has_counts_and_no_difference(result):
    pair = pairs(result)["v", "w"]

    assert (pair.a_wins, pair.b_wins) == (3, 1)
    assert (pair.difference, pair.difference_low, pair.difference_high) == (None, None, None)
    assert not pair.different


def test_equal_systems_are_not_told_apart():
    rng = np.random.default_rng(3)
    words = [
        f"{one} > {other}" if rng.random() < 0.5 else f"{other} > {one}"
        for one, other in itertools.combinations("pqr", 2)
        for _ in range(200)
    ]

    found = rate(votes(*words, annotators=30), resamples=0).head_to_head

    assert [pair.different for pair in found] == [False, False, False]
