import numpy as np
import pytest

from leaderboard.ranking.board import rate
from leaderboard.ranking.bradley_terry import fit, ratings
from leaderboard.ranking.errors import NotConverged, NotFinite, NoVotes, RankingError
from leaderboard.ranking.reading import from_rows
from leaderboard.ranking.result import canonical_bytes
from tests.leaderboard.ranking.arenas import lines, simulated, votes

FEW = 100


@pytest.fixture(scope="module")
def arena():
    rng = np.random.default_rng(11)
    return simulated(rng, theta=np.linspace(1.2, -1.2, 6), size=1500, people=25, taste=0.3)


def test_result_says_what_came_out_and_how(arena):
    result = rate(arena, seed=7, resamples=FEW)

    assert [line.system for line in result.standings] == [f"s{index:03}" for index in range(6)]
    assert (result.method, result.seed, result.votes, result.annotators, result.prompts) == (
        "bradley-terry",
        7,
        1500,
        25,
        40,
    )
    assert result.parameters == {"alpha": 1.0, "ties": "half", "resamples": FEW, "level": 0.95}
    assert (result.interval_unit, result.degrees_of_freedom, result.left_out) == ("annotators", 24, 0)
    assert result.connected
    assert result.converged
    assert result.maximum_exists
    assert result.iterations > 1
    assert result.design_effect > 1
    assert sum(line.rating for line in result.standings) == pytest.approx(6000)
    assert 1 / 25 < result.largest_share < 3 / 25


def test_counts_of_standings_and_pairs_add_up(arena):
    result = rate(arena, resamples=FEW)

    standings = result.standings
    assert sum(line.votes for line in standings) == 2 * 1500
    assert all(line.votes == line.wins + line.losses + line.ties + line.both_bad for line in standings)
    assert sum(line.wins for line in standings) == sum(line.losses for line in standings)
    pairs = result.head_to_head
    assert sum(pair.a_wins + pair.b_wins + pair.ties + pair.both_bad for pair in pairs) == 1500
    assert all(pair.system_a < pair.system_b for pair in pairs)
    first = lines(result)["s000"]
    assert first.wins == sum(pair.a_wins for pair in pairs if pair.system_a == "s000")
    assert first.losses == sum(pair.b_wins for pair in pairs if pair.system_a == "s000")


def test_system_that_no_vote_connects_is_listed_without_a_rating():
    comparisons = votes("x > y * 20", "y > x * 15", "z > x * 9", "x > z * 9", "v > w * 3", annotators=12)

    result = rate(comparisons, resamples=FEW)

    assert not result.connected
    apart = lines(result)["v"]
    assert (apart.rating, apart.low, apart.rank_low, apart.component, apart.wins) == (None, None, None, 1, 3)
    assert [line.system for line in result.standings][3:] == ["v", "w"]
    assert sum(lines(result)[name].rating for name in "xyz") == pytest.approx(3000)


def test_system_without_a_vote_is_listed_and_breaks_no_connection():
    rows = [("x", "y", "a"), ("y", "x", "a")]

    result = rate(from_rows(rows, systems=["new"]), resamples=FEW)

    assert result.connected
    assert (lines(result)["new"].rating, lines(result)["new"].votes) == (None, 0)


def test_dropped_ties_are_counted_but_do_not_rate():
    comparisons = votes("x > y * 30", "y > x * 10", "x = y * 40", "x 0 y * 20", annotators=10)

    half, dropped = rate(comparisons, resamples=FEW), rate(comparisons, ties="drop", resamples=FEW)

    assert dropped.left_out == 60
    assert lines(dropped)["x"].votes == 100
    assert lines(dropped)["x"].rating > lines(half)["x"].rating


def test_online_elo_is_the_papers_forced_choice_and_does_not_rank():
    comparisons = votes("x > y * 40", "x = y * 7", "y 0 x * 2", "y > x * 10", annotators=12)
    decisive = votes("x > y * 40", "y > x * 10", annotators=12)

    result = rate(comparisons, method="online-elo", seed=2)

    assert result.left_out == 9
    assert result.interval_unit == "orders"
    assert result.parameters == {
        "ties": "drop",
        "resamples": 100,
        "level": 0.95,
        "start": 1000.0,
        "k": 32.0,
        "scale": 400.0,
    }
    x, y = lines(result)["x"], lines(result)["y"]
    assert x.rating == lines(rate(decisive, method="online-elo"))["x"].rating
    assert x.rating + y.rating == pytest.approx(2000)
    assert x.low < x.rating < x.high
    assert (x.rank_low, x.rank_high, x.votes) == (None, None, 59)
    assert canonical_bytes(result) == canonical_bytes(rate(comparisons, method="online-elo", seed=2))


def test_status_is_established_with_votes_people_and_a_narrow_interval():
    strong = lines(rate(votes("x > y * 600", "y > x * 500", annotators=20), resamples=FEW))["x"]
    lonely = lines(rate(votes("x > y * 600", "y > x * 500", annotators=9), resamples=FEW))["x"]
    sparse = lines(rate(votes("x > y * 50", "y > x * 49", annotators=20), resamples=FEW))["x"]

    assert strong.status == "established"
    assert (lonely.status, lonely.annotators) == ("provisional", 9)
    assert sparse.status == "provisional"


def test_interval_begins_at_thirty_votes():
    below = lines(rate(votes("x > y * 15", "y > x * 14", annotators=12), resamples=FEW))["x"]
    at = lines(rate(votes("x > y * 15", "y > x * 15", annotators=12), resamples=FEW))["x"]

    assert (below.low, below.high) == (None, None)
    assert at.low < at.rating < at.high


def test_annotator_interval_covers_the_truth():
    rng = np.random.default_rng(20)
    theta = np.array([0.6, 0.3, 0.0, -0.2, -0.7])
    # Without ties and with tastes, the plain strengths that people agree on are those of the average chance.
    truth = _population_ratings(theta, taste=0.4)
    covered = []
    for arena in range(200):
        comparisons = simulated(rng, theta=theta, size=1500, people=30, taste=0.4, ties=0)
        found = lines(rate(comparisons, seed=arena, resamples=200))
        covered += [
            found[name].low <= rating <= found[name].high
            for name, rating in zip(comparisons.systems, truth, strict=True)
        ]

    assert 0.92 <= np.mean(covered) <= 0.98


def _population_ratings(theta, *, taste):
    points, weights = np.polynomial.hermite_e.hermegauss(41)
    gaps = theta[:, None, None] - theta[None, :, None] + points * taste * np.sqrt(2)
    chance = (1 / (1 + np.exp(-gaps))) @ (weights / weights.sum())
    np.fill_diagonal(chance, 0)
    return ratings(fit(chance, alpha=0).theta)


def test_method_that_does_not_exist_is_refused(arena):
    with pytest.raises(RankingError, match="no method 'glicko'; there are bradley-terry, online-elo"):
        rate(arena, method="glicko")


@pytest.mark.parametrize("resamples", [-1, 0, 1])
def test_resamples_without_a_spread_are_refused(arena, resamples):
    with pytest.raises(RankingError, match="at least 2 resamples"):
        rate(arena, resamples=resamples)


def test_alpha_below_zero_is_refused(arena):
    with pytest.raises(NotFinite):
        rate(arena, alpha=-1)


def test_board_without_a_vote_is_refused():
    with pytest.raises(NoVotes):
        rate(from_rows([], systems=["x", "y"]))


def test_online_elo_over_ties_alone_is_refused():
    with pytest.raises(NoVotes):
        rate(votes("x = y * 5", "x 0 y"), method="online-elo")


def test_plain_maximum_that_does_not_exist_is_refused():
    with pytest.raises(NotConverged):
        rate(votes("x > y * 5"), alpha=0)
