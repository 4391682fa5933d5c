"""Votes needed, and pairs that fare otherwise than their ratings say."""

import math

import numpy as np
import pytest

from leaderboard.ranking import bradley_terry, clusters, power
from tests.leaderboard.ranking.arenas import simulated, votes


def test_needed_votes_follow_the_textbook():
    # (1.96 + 0.8416)² = 7.849: of an error of 0.1 at 100 votes, a difference of 0.2 needs a fourth of that.
    assert power.votes_needed(0.2, 0.1, votes=100) == math.ceil(100 * 7.8489 / 4)
    assert power.votes_needed(0.2, 0.1, votes=100, power=0.5) == math.ceil(100 * 1.95996**2 / 4)
    assert power.votes_needed(5, 0.1, votes=100) == 1
    assert power.votes_needed(0, 0.1, votes=100) == math.inf


def test_so_many_votes_do_tell_two_systems_apart_as_often_as_promised():
    rng = np.random.default_rng(1)
    theta = np.array([0.15, -0.15])
    # Independent votes between equals nearly: the error of a difference is 2 / √n.
    needed = power.votes_needed(0.3, 2 / math.sqrt(100), votes=100)
    found = []
    for _ in range(400):
        comparisons = simulated(rng, theta=theta, size=int(needed), people=200, ties=0.0)
        fit = bradley_terry.fit(bradley_terry.scores(comparisons), alpha=0)
        covariance = clusters.covariance(comparisons, fit, alpha=0, clusters="none").covariance
        error = math.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
        found.append((fit.theta[0] - fit.theta[1]) / error > 1.96)

    assert np.mean(found) == pytest.approx(0.8, abs=0.06)


def test_every_pair_has_its_number():
    theta = np.array([0.5, 0.1, 0.1])
    covariance = np.diag([0.01, 0.02, 0.03])

    found = power.needed_between(theta, covariance, votes=500)

    assert found[0, 1] == found[1, 0] == power.votes_needed(0.4, math.sqrt(0.03), votes=500)
    assert np.isinf(found[[0, 1, 2, 1], [0, 1, 2, 2]]).all()


def test_pairs_are_listed_from_the_most_surprising_on():
    comparisons = votes("x > y * 60", "y > x * 40", "y > z * 60", "z > y * 40", "z > x * 80", "x > z * 20")
    fit = bradley_terry.fit(bradley_terry.scores(comparisons))

    found = power.deviations(comparisons, fit)

    assert (found[0].system_a, found[0].system_b) == ("x", "z")
    assert (found[0].observed, found[0].errors < -3) == (0.2, True)
    assert sum(one.observed - one.expected for one in found[1:]) == pytest.approx(0.2, abs=0.2)
    assert [abs(one.errors) for one in found] == sorted((abs(one.errors) for one in found), reverse=True)


def test_heavier_votes_are_no_more_votes():
    light = votes("x > y * 9", "y > x * 1", "x > z * 4", "z > y * 4")
    heavy = light.__class__(**{**vars(light), "weight": np.full(len(light), 4.0)})

    one = power.deviations(light, bradley_terry.fit(bradley_terry.scores(light), alpha=1e-9))
    other = power.deviations(heavy, bradley_terry.fit(bradley_terry.scores(heavy), alpha=4e-9))

    assert [pair.errors for pair in other] == pytest.approx([pair.errors for pair in one], abs=1e-6)
