"""Agreement: published worked examples, what other packages say, and votes of which the answer is plain."""

import math

import numpy as np
import pytest

from leaderboard.ranking.agreement import measure
from leaderboard.ranking.coefficients import COEFFICIENTS, interval
from leaderboard.ranking.reading import Row, from_rows

# Krippendorff 2011, section C: four observers, twelve units, five values. Gwet 2008 uses the same data.
PUBLISHED = [
    [1, 1, None, 1],
    [2, 2, 3, 2],
    [3, 3, 3, 3],
    [3, 3, 3, 3],
    [2, 2, 2, 2],
    [1, 2, 3, 4],
    [4, 4, 4, 4],
    [1, 1, 2, 1],
    [2, 2, 2, 2],
    [None, 5, 5, 5],
    [None, None, 1, 1],
    [None, 3, None, None],
]
# Labels by unit, drawn at random, and what krippendorff 0.8.2 and irrCAC 0.4.5 make of them.
DRAWN = [
    [1, 1, 0, 2],
    [4, 0, 0, 0],
    [0, 4, 0, 0],
    [1, 0, 1, 1],
    [2, 0, 1, 1],
    [0, 0, 3, 1],
    [0, 0, 1, 4],
    [2, 0, 0, 2],
    [0, 1, 1, 0],
    [0, 0, 1, 2],
    [0, 3, 0, 1],
    [0, 3, 0, 1],
    [1, 0, 2, 0],
    [1, 2, 2, 0],
    [0, 1, 0, 1],
    [1, 0, 0, 0],
    [0, 2, 2, 0],
    [1, 1, 0, 2],
    [4, 1, 0, 0],
    [4, 0, 0, 0],
    [0, 1, 1, 0],
    [1, 0, 0, 0],
    [1, 0, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 1, 0],
    [2, 0, 0, 1],
    [1, 0, 1, 2],
    [0, 0, 2, 1],
    [0, 0, 3, 0],
    [1, 0, 1, 2],
]


def counted(units, values):
    return np.array([[unit.count(value) for value in values] for unit in units])


def value_of(counts, name):
    return interval(np.array(counts), COEFFICIENTS[name], rng=np.random.default_rng(1), resamples=50).value


@pytest.mark.parametrize(
    ("name", "printed", "expected"),
    [
        ("alpha", 0.743, 0.743421052631579),
        ("alpha_ordinal", 0.815, 0.8153875037548814),
        ("ac1", 0.77544, 0.775444068127),
        ("raw", 0.8182, 9 / 11),
    ],
)
def test_published_examples_are_met(name, printed, expected):
    found = value_of(counted(PUBLISHED, range(1, 6)), name)

    assert found == pytest.approx(expected, abs=1e-6)
    assert found == pytest.approx(printed, abs=5e-4)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("alpha", 0.2301484828921886),
        ("alpha_ordinal", 0.1885058528336664),
        ("ac1", 0.189119812122),
        ("raw", 0.389333333333333),
    ],
)
def test_other_packages_say_the_same(name, expected):
    assert value_of(DRAWN, name) == pytest.approx(expected, abs=1e-6)


def test_interval_is_the_spread_of_units():
    # 64 units of two labels each, agreeing with a chance of .75: the binomial's error is .054.
    counts = np.array([[2, 0]] * 48 + [[1, 1]] * 16)

    found = interval(counts, COEFFICIENTS["raw"], rng=np.random.default_rng(2), resamples=4000)

    assert (found.value, found.units) == (0.75, 64)
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(math.sqrt(0.75 * 0.25 / 64), rel=0.05)


def test_interval_holds_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(3)
    held = []
    for _ in range(300):
        agree = rng.random(80) < 0.7
        counts = np.stack([np.where(agree, 2, 1), np.where(agree, 0, 1)], axis=1)
        found = interval(counts, COEFFICIENTS["raw"], rng=rng, resamples=300)
        held.append(found.low <= 0.7 <= found.high)

    assert 0.91 <= np.mean(held) <= 0.98


ROWS = [
    Row("x", "y", "a", "ann", "q1"),
    # The same winner from the other side.
    Row("y", "x", "b", "bob", "q1"),
    Row("x", "y", "tie", "cat", "q1"),
    # Bob again, with the sides swapped: no fourth voice, but a test of himself.
    Row("x", "y", "b", "bob", "q1"),
    # Bob a third time, on a side he had: neither.
    Row("x", "y", "a", "bob", "q1"),
    Row("x", "z", "both_bad", "ann", "q1"),
    Row("x", "y", "a", "ann", "q2"),
    Row("x", "y", "a", "bob", "q2"),
    Row("y", "x", "b", "ann", "q2"),
]


def test_first_votes_of_different_people_are_compared():
    found = measure(from_rows(ROWS), rng=np.random.default_rng(1), resamples=50)

    # q1: a, a, tie; q2: a, a: a third of the pairs agrees there, all here.
    assert found.raw.value == pytest.approx((1 / 3 + 1) / 2)
    assert found.raw.units == 2
    assert (found.units, found.seen_by_three) == (3, pytest.approx(1 / 3))


def test_a_person_is_held_against_themselves_from_the_other_side():
    found = measure(from_rows(ROWS), rng=np.random.default_rng(1), resamples=50)

    # Bob said otherwise on q1, Ann the same on q2.
    assert (found.self_consistency.value, found.self_consistency.units) == (0.5, 2)
    assert found.repeated == pytest.approx(2 / 9)


def test_order_of_rows_and_swapped_sides_change_nothing():
    flipped = {"a": "b", "b": "a"}
    timed = [row._replace(time=float(place)) for place, row in enumerate(ROWS)]
    turned = [
        row._replace(
            system_a=row.system_b, system_b=row.system_a, outcome=flipped.get(row.outcome, row.outcome)
        )
        for row in reversed(timed)
    ]

    one, other = (
        measure(from_rows(rows), rng=np.random.default_rng(4), resamples=50) for rows in (timed, turned)
    )

    assert repr(one) == repr(other)


def test_votes_of_nobody_on_what_another_judged_say_nothing():
    found = measure(from_rows([Row("x", "y", "a")] * 3), rng=np.random.default_rng(1))

    assert math.isnan(found.alpha.value)
    assert (found.alpha.units, found.self_consistency.units, found.repeated) == (0, 0, 0)


def test_a_label_that_all_give_leaves_no_chance_to_agree_beyond():
    counts = np.array([[3, 0], [2, 0]])

    assert math.isnan(value_of(counts, "alpha"))
    assert value_of(counts, "ac1") == value_of(counts, "raw") == 1
