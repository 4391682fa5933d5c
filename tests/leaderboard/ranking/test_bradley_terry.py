import math

import evalica
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from leaderboard.ranking.bradley_terry import ELO, fit, ratings, scores
from leaderboard.ranking.errors import NotConverged, NotFinite, NoVotes
from tests.leaderboard.ranking.arenas import simulated, votes


@st.composite
def boards(draw, *, most=7):
    """Points between systems, in halves, with every system compared at least once."""
    size = draw(st.integers(2, most))
    half_points = draw(st.lists(st.integers(0, 60), min_size=size * size, max_size=size * size))
    points = np.array(half_points, dtype=np.float64).reshape(size, size) / 2
    np.fill_diagonal(points, 0)
    points[0, 1:] += 0.5
    return points


@pytest.mark.parametrize(("won", "lost"), [(3, 1), (1, 1), (50, 7), (2, 9)])
def test_two_systems_differ_by_the_log_of_their_odds(won, lost):
    theta = fit(np.array([[0.0, won], [lost, 0.0]]), alpha=0).theta

    assert theta[0] - theta[1] == pytest.approx(math.log(won / lost), abs=1e-12)
    assert ratings(theta).mean() == pytest.approx(1000, abs=1e-9)
    assert np.diff(ratings(theta))[0] == pytest.approx(-400 * math.log10(won / lost), abs=1e-9)


def test_three_systems_in_a_chain_add_up_their_odds():
    points = np.array([[0, 6, 0], [2, 0, 9], [0, 1, 0]], dtype=np.float64)

    theta = fit(points, alpha=0).theta

    # Without a direct comparison of the ends, each link is a board of two.
    assert theta[0] - theta[1] == pytest.approx(math.log(3), abs=1e-12)
    assert theta[1] - theta[2] == pytest.approx(math.log(9), abs=1e-12)


def test_three_systems_in_a_circle_are_equal():
    points = np.array([[0, 5, 0], [0, 0, 5], [5, 0, 0]], dtype=np.float64)

    assert fit(points, alpha=0).theta == pytest.approx([0, 0, 0], abs=1e-12)


def test_undefeated_system_solves_the_equation_of_its_pseudo_votes():
    theta = fit(np.array([[0.0, 10.0], [0.0, 0.0]]), alpha=1).theta

    assert theta[0] == pytest.approx(-theta[1], abs=1e-12)
    assert 10 * expit(-2 * theta[0]) == pytest.approx(expit(theta[0]) - 0.5, abs=1e-12)


@pytest.mark.parametrize("systems", [2, 10, 60])
def test_evalica_finds_the_same_ratings(systems):
    rng = np.random.default_rng(systems)
    comparisons = simulated(rng, theta=rng.normal(size=systems), size=200 * systems, people=30)
    ids = [comparisons.systems[index] for index in np.stack([comparisons.a, comparisons.b]).ravel()]
    kinds = [evalica.Winner.X, evalica.Winner.Y, evalica.Winner.Draw, evalica.Winner.Draw]
    peer = evalica.bradley_terry(
        ids[: len(comparisons)],
        ids[len(comparisons) :],
        [kinds[outcome] for outcome in comparisons.outcome],
        tolerance=1e-14,
        limit=100_000,
    ).scores.reindex(comparisons.systems)

    ours = ratings(fit(scores(comparisons), alpha=0).theta)

    assert ours == pytest.approx(ratings(np.log(peer.to_numpy())), abs=1e-6)


def test_ties_and_both_bad_give_half_a_point_to_each():
    points = scores(votes("x > y * 3", "x = y * 2", "y 0 x * 5", "y > x"))

    assert points.tolist() == [[0, 6.5], [4.5, 0]]


@given(boards(), st.randoms(use_true_random=False))
def test_renaming_systems_permutes_ratings(points, random):
    order = np.array(random.sample(range(len(points)), len(points)))

    assert fit(points[np.ix_(order, order)]).theta == pytest.approx(fit(points).theta[order], abs=1e-9)


@given(boards())
def test_swapping_winners_and_losers_negates(points):
    assert fit(points.T).theta == pytest.approx(-fit(points).theta, abs=1e-9)


@given(boards(), st.data())
def test_further_win_never_lowers_the_winner(points, data):
    winner, loser = data.draw(st.permutations(range(len(points))))[:2]
    further = points.copy()
    further[winner, loser] += 1

    before, after = ratings(fit(points).theta), ratings(fit(further).theta)

    assert after[winner] > before[winner]
    assert after[loser] < before[loser]


@given(boards(), st.integers(2, 5))
def test_repeating_all_votes_and_pseudo_votes_keeps_ratings(points, times):
    assert fit(points * times, alpha=times).theta == pytest.approx(fit(points).theta, abs=1e-9)


@given(boards())
@settings(max_examples=30)
def test_scores_balance_at_the_maximum(points):
    fitted = fit(points, alpha=0.5)

    chance = expit(fitted.theta[:, None] - fitted.theta[None, :])
    surplus = (points - (points + points.T) * chance).sum(axis=1)
    assert surplus == pytest.approx(0.5 * (expit(fitted.theta) - 0.5), abs=1e-7)
    assert np.linalg.eigvalsh(fitted.hessian).min() > 0


def test_without_pseudo_votes_an_undefeated_system_is_refused():
    points = np.array([[0, 4, 4], [0, 0, 1], [0, 2, 0]], dtype=np.float64)

    with pytest.raises(NotConverged, match="no maximum exists"):
        fit(points, alpha=0)
    assert np.isfinite(fit(points, alpha=0.001).theta).all()


def test_steps_that_never_settle_are_refused():
    points = np.array([[0.0, 3.0], [2.0, 0.0]])

    with pytest.raises(NotConverged, match="100 Newton steps"):
        fit(points, tolerance=-1)


def test_strengths_lost_in_rounding_are_refused():
    with pytest.raises(NotConverged):
        fit(np.array([[0.0, 10.0], [0.0, 0.0]]), alpha=1e-300)


@pytest.mark.parametrize("alpha", [1e-2, 1e-4, 1e-6])
def test_few_pseudo_votes_come_near_the_plain_maximum(alpha):
    rng = np.random.default_rng(6)
    points = scores(simulated(rng, theta=rng.normal(size=40), size=50_000, people=20))

    near, plain = ratings(fit(points, alpha=alpha).theta), ratings(fit(points, alpha=0).theta)

    assert near == pytest.approx(plain, abs=10 * alpha)


def test_nothing_to_fit_is_refused():
    with pytest.raises(NoVotes):
        fit(np.zeros((3, 3)))


@pytest.mark.parametrize(
    ("value", "alpha"), [(math.nan, 1.0), (math.inf, 1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, math.nan)]
)
def test_numbers_that_are_not_finite_are_refused(value, alpha):
    with pytest.raises(NotFinite):
        fit(np.array([[0, value], [1, 0]]), alpha=alpha)


def test_scale_puts_four_hundred_points_to_odds_of_ten():
    assert math.log(10) * ELO == pytest.approx(400)
