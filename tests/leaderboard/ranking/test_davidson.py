"""Davidson's model: closed forms, its likelihood's maximum, and what it shares with Bradley–Terry."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from leaderboard.ranking import bradley_terry, davidson
from leaderboard.ranking.errors import NotConverged, NoVotes
from tests.leaderboard.ranking.arenas import simulated, votes


def log_likelihood(comparisons, theta, nu):
    total = 0.0
    for a, b, outcome in zip(comparisons.a, comparisons.b, comparisons.outcome, strict=True):
        first, second = math.exp(theta[a]), math.exp(theta[b])
        tie = nu * math.sqrt(first * second)
        total += math.log((first, second, tie, tie)[outcome] / (first + second + tie))
    return total


def test_two_systems_have_a_closed_form():
    fit = davidson.fit(votes("x > y * 60", "y > x * 30", "x = y * 18"), alpha=0)

    # P(x) : P(y) : P(tie) are the shares themselves: 60 : 30 : 18.
    assert fit.theta[0] - fit.theta[1] == pytest.approx(math.log(2))
    assert fit.nu == pytest.approx(18 / math.sqrt(60 * 30))


def test_without_ties_it_is_bradley_terry():
    comparisons = votes("x > y * 9", "y > x * 4", "y > z * 7", "z > x * 5", "x > z * 6")

    fit = davidson.fit(comparisons)

    plain = bradley_terry.fit(bradley_terry.scores(comparisons))
    assert fit.nu == 0
    assert fit.theta == pytest.approx(plain.theta, abs=1e-9)
    assert fit.hessian == pytest.approx(plain.hessian, abs=1e-7)


def test_no_other_strengths_are_likelier():
    rng = np.random.default_rng(4)
    comparisons = simulated(rng, theta=np.array([0.8, 0.1, -0.3, -0.6]), size=400, people=5, ties=0.3)

    fit = davidson.fit(comparisons, alpha=0)

    def surprise(at):
        return -log_likelihood(comparisons, np.r_[at[:3], -at[:3].sum()], math.exp(at[3]))

    centred = fit.theta - fit.theta.mean()
    best = minimize(surprise, np.r_[centred[:3], math.log(fit.nu)] + 0.1, tol=1e-12)
    assert best.x == pytest.approx(np.r_[centred[:3], math.log(fit.nu)], abs=1e-4)
    assert surprise(np.r_[centred[:3], math.log(fit.nu)]) <= best.fun + 1e-9


def test_the_hessian_is_that_of_the_likelihood_with_nu_at_its_best():
    rng = np.random.default_rng(5)
    comparisons = simulated(rng, theta=np.array([0.5, 0.0, -0.5]), size=300, people=5, ties=0.3)
    fit = davidson.fit(comparisons, alpha=0)

    def best(theta):
        return -minimize(
            lambda at: -log_likelihood(comparisons, theta, math.exp(at[0])), [0.0], tol=1e-12
        ).fun

    step = 0.02
    direction = np.array([1.0, -1.0, 0.0])
    bend = best(fit.theta + step * direction) + best(fit.theta - step * direction) - 2 * best(fit.theta)
    assert direction @ fit.hessian @ direction == pytest.approx(-bend / step**2, rel=0.01)


def test_a_both_bad_counts_as_a_tie():
    tied, bad = (davidson.fit(votes("x > y * 5", "y > x * 3", f"x {sign} y * 4")) for sign in "=0")

    assert tied.theta.tolist() == bad.theta.tolist()
    assert tied.nu == bad.nu > 0


def test_what_has_no_maximum_is_refused():
    with pytest.raises(NoVotes, match="no decided vote"):
        davidson.fit(votes("x = y * 9"))
    with pytest.raises(NotConverged, match="never lost"):
        davidson.fit(votes("x > y * 9"), alpha=0)


def test_a_tie_makes_a_maximum_where_nobody_ever_lost():
    fit = davidson.fit(votes("x > y * 9", "x = y"), alpha=1)

    assert np.isfinite(fit.theta).all()
    assert fit.theta[0] > fit.theta[1]


def test_far_apart_systems_do_not_overflow():
    fit = davidson.fit(votes("x > y * 100000", "y > z * 100000", "x = y", "y = z"))

    assert np.isfinite(fit.theta).all()
    assert np.isfinite(fit.hessian).all()
