"""Two criteria side by side, and several as one."""

import numpy as np
import pytest
from scipy.special import expit

from leaderboard.ranking import bradley_terry, criteria
from leaderboard.ranking.board import rate
from leaderboard.ranking.comparisons import from_ids
from leaderboard.ranking.errors import NotFinite, NoVotes
from tests.leaderboard.ranking.arenas import lines, names, rows_of, simulated, votes


def judged_twice(rng, *, one, other, shared=0.8, own=0.0, size=1500, people=40, prompts=30):
    """The same people judge the same pairs by two criteria; `shared` is a taste that goes into both."""
    systems = len(one)
    tastes = rng.normal(size=(people, systems)) * shared
    a = rng.integers(0, systems, size)
    b = (a + rng.integers(1, systems, size)) % systems
    person, prompt = rng.integers(0, people, size), rng.integers(0, prompts, size)
    made = []
    for theta in (one, other):
        merit = theta + tastes + rng.normal(size=(people, systems)) * own
        won = rng.random(size) < expit(merit[person, a] - merit[person, b])
        ids = {"a": a, "b": b, "outcome": np.where(won, 0, 1), "annotator": person, "prompt": prompt}
        ids |= {"weight": np.ones(size), "time": np.arange(size)}
        made.append(
            from_ids(
                ids, systems=names("s", systems), annotators=names("p", people), prompts=names("q", prompts)
            )
        )
    return made


def test_difference_is_that_of_the_ratings():
    one, other = judged_twice(np.random.default_rng(1), one=np.array([0.5, 0, -0.5]), other=np.zeros(3))

    found = criteria.difference(one, other)

    ratings = [
        bradley_terry.ratings(bradley_terry.fit(bradley_terry.scores(part)).theta) for part in (one, other)
    ]
    assert found.systems == one.systems
    assert found.points == pytest.approx(ratings[0] - ratings[1])
    assert (found.low < found.points).all()
    assert found.clusters == "both"


@pytest.mark.parametrize("own", [0.0, 0.5])
def test_interval_holds_the_truth_about_as_often_as_it_says(own):
    rng = np.random.default_rng(2)
    held, width = [], []
    for _ in range(120):
        found = criteria.difference(*judged_twice(rng, one=np.zeros(4), other=np.zeros(4), own=own, size=800))
        held.append((found.low <= 0) & (found.high >= 0))
        width.append(found.high - found.low)

    assert 0.91 <= np.mean(held) <= 0.99


def test_a_taste_that_goes_into_both_is_taken_off():
    one, other = judged_twice(
        np.random.default_rng(3), one=np.zeros(4), other=np.zeros(4), shared=1.5, size=8000
    )

    found = criteria.difference(one, other)

    def apart(comparisons):
        return np.array(
            [line.high - line.low for _, line in sorted(lines(rate(comparisons, resamples=0)).items())]
        )

    as_if_independent = np.sqrt(apart(one) ** 2 + apart(other) ** 2)
    assert ((found.high - found.low) < 0.6 * as_if_independent).all()


def test_the_same_votes_twice_differ_by_nothing_and_that_not_for_sure():
    comparisons = simulated(np.random.default_rng(4), theta=np.array([0.5, 0, -0.5]), size=900, people=20)

    found = criteria.difference(comparisons, comparisons)

    assert found.points == pytest.approx(0, abs=1e-9)
    assert (found.high > 0.1).all()


def test_only_systems_that_both_connect_are_compared():
    one = votes("x > y * 40", "y > x * 40", "y > z * 40", "v > w * 9", annotators=12)
    other = votes("x > y * 40", "y > x * 30", "z > w * 9", annotators=12)

    assert criteria.difference(one, other).systems == ("x", "y")
    with pytest.raises(NoVotes):
        criteria.difference(one, votes("v > z"))


def test_below_the_floor_there_is_no_interval():
    one = votes("x > y * 40", "y > x * 40", "y > z * 5", "z > y * 5", annotators=12)

    found = criteria.difference(one, one)

    assert np.isnan(found.low).tolist() == [False, False, True]


def test_composite_is_one_strength_for_all_votes_with_their_weights():
    one, other = judged_twice(
        np.random.default_rng(5), one=np.array([1.0, 0, -1]), other=np.array([-1.0, 0, 1])
    )

    equal = criteria.composite({"one": one, "other": other}, weights={"one": 1, "other": 1})
    tilted = criteria.composite({"one": one, "other": other}, weights={"one": 3, "other": 1})

    assert (len(equal), equal.annotators, equal.prompts) == (3000, one.annotators, one.prompts)
    points = bradley_terry.scores(one) * 3 + bradley_terry.scores(other)
    assert bradley_terry.scores(tilted) == pytest.approx(points)
    assert bradley_terry.scores(equal) == pytest.approx(
        bradley_terry.scores(one) + bradley_terry.scores(other)
    )


def test_composite_of_one_is_that_one():
    comparisons = votes("x > y * 3", "y 0 x * 2", "z > x", annotators=3)

    found = criteria.composite({"one": comparisons}, weights={"one": 1})

    assert rows_of(found) == rows_of(comparisons)


def test_weights_that_are_none_are_refused():
    with pytest.raises(NotFinite):
        criteria.composite({"one": votes("x > y")}, weights={"one": 0})
    with pytest.raises(NoVotes):
        criteria.composite({}, weights={})
