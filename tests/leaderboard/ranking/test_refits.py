import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.ranking import refits
from leaderboard.ranking.bradley_terry import fit
from leaderboard.ranking.errors import NotConverged
from leaderboard.ranking.refits import PairPoints, fit_many
from tests.leaderboard.ranking.test_bradley_terry import boards


@given(boards(), st.integers(0, 2**32))
@settings(max_examples=30)
def test_many_boards_are_fitted_as_one_by_one(points, seed):
    rng = np.random.default_rng(seed)
    i, j = np.triu_indices(len(points), 1)
    factors = rng.integers(0, 3, size=(len(i), 20, 2))
    won, lost = points[i, j, None] * factors[..., 0], points[j, i, None] * factors[..., 1]

    found = fit_many(PairPoints(i, j, won, won + lost), near=fit(points), alpha=1)

    for board in range(20):
        alone = np.zeros_like(points)
        alone[i, j], alone[j, i] = won[:, board], lost[:, board]
        expected = fit(alone).theta if alone.any() else np.zeros(len(points))
        assert found[board] == pytest.approx(expected, abs=1e-8)


def test_boards_without_pseudo_votes_are_fitted_as_one_by_one():
    rng = np.random.default_rng(4)
    i, j = np.triu_indices(5, 1)
    won, lost = rng.integers(1, 30, size=(len(i), 6)), rng.integers(1, 30, size=(len(i), 6))
    points = np.zeros((6, 5, 5))
    points[:, i, j], points[:, j, i] = won.T, lost.T

    found = fit_many(PairPoints(i, j, won, won + lost), near=fit(points.mean(axis=0), alpha=0), alpha=0)

    for board in range(6):
        expected = fit(points[board], alpha=0).theta
        assert found[board] - found[board].mean() == pytest.approx(expected - expected.mean(), abs=1e-8)


def test_resamples_without_a_maximum_are_refused():
    points, games = np.array([[3.0, 5.0]]), np.array([[5.0, 5.0]])
    near = fit(np.array([[0.0, 3.0], [2.0, 0.0]]))

    with pytest.raises(NotConverged, match="no maximum exists"):
        fit_many(PairPoints(np.array([0]), np.array([1]), points, games), near=near, alpha=0)


def test_refits_that_never_settle_are_refused(monkeypatch):
    monkeypatch.setattr(refits, "_CHORD_TOLERANCE", -1)
    monkeypatch.setattr(refits, "_NEWTON_TOLERANCE", -1)
    board = PairPoints(np.array([0]), np.array([1]), np.array([[3.0]]), np.array([[5.0]]))

    with pytest.raises(NotConverged, match="1 of 1 resampled boards"):
        fit_many(board, near=fit(np.array([[0.0, 3.0], [2.0, 0.0]])), alpha=1)
