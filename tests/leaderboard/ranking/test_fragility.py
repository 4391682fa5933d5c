"""Fragility: against brute force on 200 votes, and refits that prove every number."""

from itertools import combinations, product

import numpy as np
import pytest

from leaderboard.ranking import bradley_terry, fragility
from tests.leaderboard.ranking.arenas import simulated, votes


def fit(comparisons, alpha=1.0):
    return bradley_terry.fit(bradley_terry.scores(comparisons), alpha=alpha)


def fewest_by_force(comparisons, most):
    """Try every way to take away votes, kind by kind, the fewest first."""
    leader = int(np.argmax(fit(comparisons).theta))
    kinds, occurs = np.unique(comparisons.cell, return_counts=True)
    for number in range(1, most + 1):
        for taken in product(*(range(min(there, number) + 1) for there in occurs)):
            if sum(taken) != number:
                continue
            kept = np.ones(len(comparisons), dtype=bool)
            for kind, gone in zip(kinds, taken, strict=True):
                kept[np.flatnonzero(comparisons.cell == kind)[:gone]] = False
            if int(np.argmax(fragility.refitted(comparisons, kept, alpha=1).theta)) != leader:
                return number
    return None


@pytest.mark.parametrize("seed", [0, 1, 4, 5, 9, 15])
def test_fewest_votes_of_200_are_those_of_brute_force(seed):
    rng = np.random.default_rng(seed)
    comparisons = simulated(rng, theta=np.array([0.02, 0, -0.2]), size=200, people=20, ties=0.1)

    found = fragility.fewest_votes(comparisons, fit(comparisons), alpha=1)

    assert found.fewest == fewest_by_force(comparisons, most=4)
    assert found.share == found.fewest / 200


def test_fewest_people_are_those_of_brute_force():
    rng = np.random.default_rng(5)
    comparisons = simulated(rng, theta=np.array([0.3, 0.2, -0.3]), size=200, people=10, taste=0.8, ties=0.1)
    fitted = fit(comparisons)
    leader = int(np.argmax(fitted.theta))

    found = fragility.fewest_annotators(comparisons, fitted, alpha=1)

    by_force = next(
        number
        for number in range(1, 6)
        if any(
            int(np.argmax(fragility.refitted(comparisons, kept, alpha=1).theta)) != leader
            for gone in combinations(range(10), number)
            for kept in [~np.isin(comparisons.annotator, gone)]
        )
    )
    assert (found.fewest, found.share) == (by_force, by_force / 10)


def test_the_rival_comes_first_without_those_votes():
    comparisons = votes("x > y * 12", "y > x * 10", "y > z * 5", "x > z * 5", annotators=8)

    found = fragility.fewest_votes(comparisons, fit(comparisons), alpha=1)

    # Two wins fewer make x and y equal but for what z gave; three turn them.
    assert (found.fewest, found.rival) == (3, "y")


def test_a_leader_without_whom_nobody_would_lead_is_firm():
    comparisons = votes("x > y * 40", "x > z * 40", annotators=5)

    assert fragility.fewest_votes(comparisons, fit(comparisons), alpha=1) == fragility.Removal(
        None, None, None
    )
