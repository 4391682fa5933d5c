import numpy as np
import pytest

from leaderboard.ranking import bradley_terry, variance
from tests.leaderboard.ranking.arenas import simulated


@pytest.fixture(scope="module")
def arena():
    rng = np.random.default_rng(5)
    return simulated(rng, theta=rng.normal(size=5), size=400, people=20)


def fitted(arena, alpha):
    return bradley_terry.fit(bradley_terry.scores(arena), alpha=alpha)


def test_centred_inverse_is_what_its_name_says(arena):
    fit = fitted(arena, 1.0)

    inverse = np.linalg.inv(fit.hessian)

    assert variance.centred_inverse(fit) == pytest.approx(inverse - inverse.mean(axis=0), abs=1e-12)
    assert variance.model(fit) == pytest.approx(variance.centred(inverse), abs=1e-12)


@pytest.mark.parametrize("alpha", [1e-3, 1e-6, 1e-9, 1e-12])
def test_variance_with_few_pseudo_votes_comes_near_that_without(arena, alpha):
    near, plain = fitted(arena, alpha), fitted(arena, 0.0)

    found, expected = (variance.by_vote(arena, fit, alpha=0) for fit in (near, plain))

    assert found == pytest.approx(expected, rel=1e-2, abs=1e-6)
    assert variance.model(near) == pytest.approx(variance.model(plain), rel=1e-2, abs=1e-6)
