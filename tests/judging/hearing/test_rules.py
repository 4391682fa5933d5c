"""Y5: how seldom a guess passes, and how often somebody who hears well does; exact, over all outcomes."""

import itertools
from random import Random

import pytest

from judging.hearing import rules


def chance_of_both(*, right: float) -> float:
    """The chance that somebody who is right so often in each trial passes both tests."""

    def one() -> float:
        return sum(
            right ** sum(outcome) * (1 - right) ** (rules.TRIALS - sum(outcome))
            for outcome in itertools.product([False, True], repeat=rules.TRIALS)
            if rules.passes(outcome)
        )

    return one() ** 2


def test_a_guess_passes_in_at_most_one_of_a_thousand():
    assert chance_of_both(right=1 / rules.INTERVALS) == pytest.approx(0.000_318, abs=1e-6)
    assert chance_of_both(right=1 / rules.INTERVALS) <= 0.001


def test_a_listener_right_in_95_of_100_passes_in_nine_of_ten():
    assert chance_of_both(right=0.95) == pytest.approx(0.935, abs=0.001)
    assert chance_of_both(right=0.95) >= 0.90


@pytest.mark.parametrize(("right", "low", "high"), [(1 / 3, 0.0, 0.001), (0.95, 0.90, 1.0)])
def test_simulated_takers_agree(right, low, high):
    rng = Random(5)

    def taker():
        return rules.result(
            **{test: [rng.random() < right for _ in range(rules.TRIALS)] for test in ("huggins", "antiphase")}
        )

    passed = sum(taker() == "both" for _ in range(20_000)) / 20_000
    assert low <= passed <= high


def test_result_names_which_tests_were_passed():
    five, four = [True] * 5 + [False], [True] * 4 + [False] * 2

    assert rules.result(huggins=five, antiphase=five) == "both"
    assert rules.result(huggins=five, antiphase=four) == "one"
    assert rules.result(huggins=four, antiphase=four) == "none"
    assert rules.result(huggins=[], antiphase=[]) == "none"
