"""Y6: whom the limits stop and whom they leave alone; the binomial beside a simulation of the rule itself."""

from math import comb
from random import Random

import pytest

from judging.reliability import rules

TAKERS = 20_000


def survives_window(rng, *, right):
    """Whether somebody who meets so many gold pairs gets through twelve without a pause."""
    met: list[bool] = []
    for _ in range(rules.GOLD_WINDOW):
        met.append(rng.random() < right)
        if rules.limit_reached(gold=met, repeats=[], left=[]):
            return False
    return True


def binomial(*, right):
    """The chance of at most three misses in twelve."""
    missed = 1 - right
    return sum(comb(12, misses) * missed**misses * right ** (12 - misses) for misses in range(4))


def simulated(*, right):
    rng = Random(6)
    return sum(survives_window(rng, right=right) for _ in range(TAKERS)) / TAKERS


def test_a_random_clicker_outlasts_twelve_gold_pairs_in_at_most_8_percent():
    assert binomial(right=0.5) == pytest.approx(0.073, abs=0.001)
    assert simulated(right=0.5) == pytest.approx(binomial(right=0.5), abs=0.008)
    assert simulated(right=0.5) <= 0.08
    # Who draws among all four answers is right in a quarter, where one answer is accepted.
    assert simulated(right=0.25) <= 0.001


def test_a_listener_right_in_95_of_100_fails_in_at_most_three_of_a_thousand():
    assert 1 - binomial(right=0.95) == pytest.approx(0.0022, abs=0.0001)
    assert 1 - simulated(right=0.95) <= 0.003


def test_only_the_last_twelve_gold_pairs_count():
    old, new = [False] * 3, [True] * 9

    assert rules.limit_reached(gold=[*old, *new, False], repeats=[], left=[]) is None
    assert rules.limit_reached(gold=[*old, *new[:8], False], repeats=[], left=[]) == "gold"


@pytest.mark.parametrize(
    ("alike", "of", "expected"),
    [(0, 9, None), (1, 10, "consistency"), (2, 10, None), (10, 40, "consistency"), (15, 40, None)],
)
def test_consistency_pauses_when_its_upper_limit_is_under_a_half(alike, of, expected):
    repeats = [True] * alike + [False] * (of - alike)

    assert rules.limit_reached(gold=[], repeats=repeats, left=[]) == expected


@pytest.mark.parametrize(
    ("left", "of", "expected"),
    [(39, 39, None), (40, 40, "side"), (35, 40, None), (36, 40, "side"), (0, 40, "side")],
)
def test_a_side_pauses_when_the_lower_limit_of_its_share_is_over_three_quarters(left, of, expected):
    chosen = [True] * left + [False] * (of - left)

    assert rules.limit_reached(gold=[], repeats=[], left=chosen) == expected
