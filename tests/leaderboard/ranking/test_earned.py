import numpy as np
import pytest

from leaderboard.ranking.earned import capped


def test_others_weigh_at_most_their_share_of_every_system():
    rng = np.random.default_rng(3)
    a = rng.integers(0, 4, 3000)
    b = a + rng.integers(1, 3, 3000)
    trusted = rng.random(3000) < np.where(a == 0, 0.02, 0.3)

    weight = capped(a, b, trusted, systems=6, cap=0.1)

    assert (weight[trusted] == 1).all()
    for system in range(6):
        own = (a == system) | (b == system)
        assert weight[own & ~trusted].sum() <= 0.1 * weight[own].sum() + 1e-9
    assert weight[~trusted].sum() > 0


def test_what_the_panel_never_heard_weighs_nothing():
    a, b = np.array([0, 0, 2]), np.array([1, 1, 3])

    weight = capped(a, b, np.array([True, False, False]), systems=4, cap=0.5)

    assert weight.tolist() == [1.0, 1.0, 0.0]


@pytest.mark.parametrize("cap", [1.0, 2.0])
def test_no_cap_leaves_all_alike(cap):
    assert capped(np.array([0]), np.array([1]), np.array([False]), systems=2, cap=cap).tolist() == [1.0]
