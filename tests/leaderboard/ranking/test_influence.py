"""Influence of each person, against a refit without each."""

import numpy as np
import pytest

from leaderboard.ranking import bradley_terry, fragility, influence
from leaderboard.ranking.reading import from_rows
from tests.leaderboard.ranking.arenas import simulated


@pytest.fixture(scope="module")
def comparisons():
    theta = np.linspace(0.8, -0.8, 7)
    return simulated(np.random.default_rng(1), theta=theta, size=2000, people=40, taste=0.5)


def fit(comparisons, alpha=1.0):
    return bradley_terry.fit(bradley_terry.scores(comparisons), alpha=alpha)


def by_refits(comparisons, fitted):
    """Points and top ranks moved, by a plain loop."""
    whole = bradley_terry.ratings(fitted.theta)
    place = np.argsort(np.argsort(-whole))
    points, ranks = [], []
    for person in range(len(comparisons.annotators)):
        left = fragility.refitted(comparisons, comparisons.annotator != person, alpha=1)
        rating = bradley_terry.ratings(left.theta)
        points.append(np.abs(rating - whole).max())
        ranks.append(np.abs(np.argsort(np.argsort(-rating)) - place)[place < influence.TOP].max())
    return points, ranks


def test_each_person_moves_what_a_refit_without_them_says(comparisons):
    fitted = fit(comparisons)

    found = influence.leave_out_each(comparisons, fitted, alpha=1)

    points, ranks = by_refits(comparisons, fitted)
    assert found.points == pytest.approx(points, abs=1e-6)
    assert found.ranks.tolist() == ranks


def test_those_who_are_not_refitted_are_near(comparisons, monkeypatch):
    monkeypatch.setattr(influence, "_REFITTED", 5)
    fitted = fit(comparisons)

    found = influence.leave_out_each(comparisons, fitted, alpha=1)

    points = np.array(by_refits(comparisons, fitted)[0])
    assert np.sort(np.abs(found.points - points))[:5] == pytest.approx(0, abs=1e-6)
    assert found.points == pytest.approx(points, rel=0.2)


def test_bounds_say_whether_one_person_is_too_much():
    few = simulated(np.random.default_rng(2), theta=np.zeros(5), size=900, people=12, taste=1.0)
    many = simulated(np.random.default_rng(2), theta=np.linspace(1, -1, 5), size=20_000, people=400)

    assert not influence.leave_out_each(few, fit(few), alpha=1).within_bounds
    assert influence.leave_out_each(many, fit(many), alpha=1).within_bounds


def test_a_system_that_one_person_connects_does_not_fail_without_pseudo_votes():
    rows = [("x", "y", "a", f"p{n % 4}") for n in range(5)] + [("y", "x", "a", f"p{n % 4}") for n in range(4)]
    comparisons = from_rows([*rows, ("y", "z", "a", "last"), ("z", "y", "a", "last")])

    found = influence.leave_out_each(comparisons, fit(comparisons, alpha=0), alpha=0)

    assert np.isfinite(found.points).all()
