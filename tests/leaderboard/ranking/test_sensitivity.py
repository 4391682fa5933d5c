"""The same votes by other rules."""

import numpy as np
import pytest

from leaderboard.ranking import bradley_terry, davidson, sensitivity
from leaderboard.ranking.comparisons import TIE
from leaderboard.ranking.reading import Row, from_rows
from tests.leaderboard.ranking.arenas import simulated, votes


def rated(comparisons, alpha=1.0):
    return bradley_terry.ratings(bradley_terry.fit(bradley_terry.scores(comparisons), alpha=alpha).theta)


def test_each_variant_is_the_fit_of_what_it_keeps():
    comparisons = simulated(np.random.default_rng(1), theta=np.array([0.5, 0, -0.5]), size=900, people=9)
    panel = comparisons.annotator < 4

    found = sensitivity.variants(comparisons, stricter={"panel": panel})

    assert set(found) == {"ties dropped", "davidson", "without repeats", "panel"}
    assert found["ties dropped"] == pytest.approx(rated(comparisons.where(comparisons.outcome < TIE)))
    assert found["panel"] == pytest.approx(rated(comparisons.where(panel)))
    assert found["davidson"] == pytest.approx(bradley_terry.ratings(davidson.fit(comparisons).theta))
    first = comparisons.where(sensitivity.first_votes(comparisons))
    assert len(first) < len(comparisons)
    assert found["without repeats"] == pytest.approx(rated(first))


def test_first_votes_are_first_in_time_by_person_pair_and_prompt():
    rows = [
        Row("x", "y", "a", "ann", "q1", time=3),
        Row("y", "x", "a", "ann", "q1", time=1),
        Row("x", "y", "b", "ann", "q2", time=4),
        Row("x", "y", "a", "bob", "q1", time=5),
        Row("x", "z", "a", "ann", "q1", time=6),
    ]
    comparisons = from_rows(rows)

    first = sensitivity.first_votes(comparisons)

    assert sorted(comparisons.time[first]) == [1, 4, 5, 6]


def test_rules_that_leave_no_vote_are_left_out():
    comparisons = votes("x = y * 5")

    found = sensitivity.variants(comparisons, stricter={"nobody": np.zeros(5, dtype=bool)})

    assert set(found) == {"without repeats"}
