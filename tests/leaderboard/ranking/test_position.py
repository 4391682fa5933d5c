"""Position effects: found where they are, and told from strengths."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from leaderboard.ranking import position
from leaderboard.ranking.bradley_terry import POINTS, ratings
from leaderboard.ranking.comparisons import UNKNOWN, A, B, from_ids
from leaderboard.ranking.errors import NotFinite, NoVotes
from tests.leaderboard.ranking.arenas import names, votes

THETA = np.array([0.6, 0.1, -0.2, -0.5])


def heard_votes(rng, *, left=0.0, first=0.0, taste=0.0, size=6000, people=60, heard="free"):
    """Votes with known effects: `heard` free, left (always the left side), or unknown."""
    a = rng.integers(0, 4, size)
    b = (a + rng.integers(1, 4, size)) % 4
    person = rng.integers(0, people, size)
    tastes = rng.normal(size=people) * taste
    played = {"free": rng.integers(0, 2, size), "left": np.full(size, A), "unknown": np.full(size, UNKNOWN)}[
        heard
    ]
    gap = THETA[a] - THETA[b] + left + tastes[person] + first * np.where(played == A, 1, -1)
    ids = {
        "a": a,
        "b": b,
        "outcome": np.where(rng.random(size) < expit(gap), 0, 1),
        "annotator": person,
        "prompt": rng.integers(0, 30, size),
        "weight": np.ones(size),
        "time": np.arange(size),
        "heard": played,
    }
    return from_ids(ids, systems=names("s", 4), annotators=names("p", people), prompts=names("q", 30))


def test_effects_are_found_with_the_strengths():
    found = position.fit(heard_votes(np.random.default_rng(1), left=0.3, first=-0.2))

    assert found.left.logit == pytest.approx(0.3, abs=0.1)
    assert found.heard_first.logit == pytest.approx(-0.2, abs=0.1)
    assert found.left.high - found.left.low < 0.2
    assert found.noteworthy
    assert np.abs(found.ratings - ratings(THETA)).max() < 30


def test_no_other_numbers_are_likelier():
    comparisons = heard_votes(np.random.default_rng(2), left=0.3, size=300)
    found = position.fit(comparisons)
    left = np.where(comparisons.mirrored, -1, 1)
    first = np.where(comparisons.heard == A, 1, -1)

    def loss(values):
        theta = values[:4]
        gap = theta[comparisons.a] - theta[comparisons.b] + left * values[4] + first * values[5]
        points = POINTS[comparisons.outcome]
        pseudo = (np.log(expit(theta)) + np.log(expit(-theta))).sum() / 2
        return -(points * np.log(expit(gap)) + (1 - points) * np.log(expit(-gap))).sum() - pseudo

    best = minimize(loss, np.zeros(6), method="BFGS", options={"gtol": 1e-7}).x

    assert [found.left.logit, found.heard_first.logit] == pytest.approx(best[4:], abs=1e-5)
    assert found.ratings == pytest.approx(ratings(best[:4]), abs=1e-2)


@pytest.mark.parametrize("taste", [0.0, 0.7])
def test_intervals_hold_the_truth_about_as_often_as_they_say(taste):
    rng = np.random.default_rng(3)
    found = [
        position.fit(heard_votes(rng, left=0.2, taste=taste, size=900, people=40)).left for _ in range(150)
    ]
    held = [one.low <= 0.2 / np.sqrt(1 + 0.346 * taste**2) <= one.high for one in found]

    assert 0.90 <= np.mean(held) <= 0.99


def test_what_is_always_heard_first_is_not_told_from_the_left():
    found = position.fit(heard_votes(np.random.default_rng(4), left=0.2, first=0.2, heard="left"))

    assert found.heard_first is None
    assert found.left.low < 0.4 < found.left.high


def test_what_nobody_knows_has_no_effect():
    found = position.fit(heard_votes(np.random.default_rng(5), heard="unknown"))

    assert found.heard_first is None
    assert not found.noteworthy


def test_a_pair_that_always_stands_alike_tells_strength_from_nothing():
    found = position.fit(votes("x > y * 30", "y > x * 0", annotators=12))

    assert (found.left, found.heard_first, found.noteworthy) == (None, None, False)
    assert found.ratings[0] > found.ratings[1]


def test_few_people_have_effects_without_intervals():
    found = position.fit(heard_votes(np.random.default_rng(6), left=0.5, people=3))

    assert found.left.logit == pytest.approx(0.5, abs=0.15)
    assert np.isnan(found.left.low)
    assert not found.noteworthy


def test_swapping_every_side_negates_what_the_left_does():
    comparisons = heard_votes(np.random.default_rng(7), left=0.3)
    ids = {name: getattr(comparisons, name) for name in ("annotator", "prompt", "weight", "time", "outcome")}
    heard = np.where(comparisons.heard == A, A, B)
    sides = (comparisons.a, comparisons.b)

    def turned(mirrored):
        first = np.where(mirrored, sides[1], sides[0])
        outcome = np.where(mirrored, 1 - comparisons.outcome, comparisons.outcome)
        shown = {"a": first, "b": sides[0] + sides[1] - first, "outcome": outcome}
        shown["heard"] = np.where(mirrored, 1 - heard, heard)
        return from_ids(
            ids | shown,
            systems=comparisons.systems,
            annotators=comparisons.annotators,
            prompts=comparisons.prompts,
        )

    one, other = position.fit(turned(comparisons.mirrored)), position.fit(turned(~comparisons.mirrored))

    assert other.left.logit == pytest.approx(-one.left.logit, abs=1e-9)
    assert other.heard_first.logit == pytest.approx(one.heard_first.logit, abs=1e-9)


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(NoVotes):
        position.fit(votes())
    with pytest.raises(NotFinite):
        position.fit(votes("x > y"), alpha=0)
