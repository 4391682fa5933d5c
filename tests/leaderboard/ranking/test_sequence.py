import numpy as np
import pytest

from leaderboard.ranking.sequence import widening


def test_interval_is_about_three_errors_wide_where_it_is_tightest():
    assert widening(1000, tightest_at=1000) == pytest.approx(3.035, abs=1e-3)
    assert widening(1000) < min(widening(100), widening(20_000))


def test_wider_levels_are_wider():
    assert widening(500, level=0.99) > widening(500, level=0.95) > 1.96


def test_null_runs_stay_inside_however_often_one_looks():
    rng = np.random.default_rng(3)
    looks = np.arange(100, 20_001, 100)
    errors = np.array([widening(votes) for votes in looks])

    walks = rng.normal(size=(1000, len(looks))).cumsum(axis=1) * 10
    ratio = np.abs(walks) / np.sqrt(looks)

    assert (ratio > 1.96).any(axis=1).mean() > 0.3
    assert (ratio > errors).any(axis=1).mean() <= 0.05


def test_more_claims_ask_for_wider_intervals_and_each_has_its_share():
    assert widening(1000, claims=5) == pytest.approx(widening(1000, level=0.99))
    assert widening(1000, claims=45) > 4
