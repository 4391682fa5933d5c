import numpy as np
import pytest
from scipy.special import stdtrit

from leaderboard.ranking import davidson
from leaderboard.ranking.board import rate
from leaderboard.ranking.bradley_terry import ELO, fit, ratings
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
    assert result.parameters == {
        "alpha": 1.0,
        "ties": "half",
        "resamples": FEW,
        "level": 0.95,
        "clusters": "auto",
    }
    assert (result.interval_unit, result.degrees_of_freedom, result.left_out) == ("both", 24, 0)
    assert (result.bootstrap_unit, round(result.bootstrap_ratio)) == ("annotators", 1)
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
    with pytest.raises(RankingError, match="no method 'glicko'; there are bradley-terry, davidson"):
        rate(arena, method="glicko")


@pytest.mark.parametrize("resamples", [-1, 1])
def test_resamples_without_a_spread_are_refused(arena, resamples):
    with pytest.raises(RankingError, match="at least 2 resamples"):
        rate(arena, resamples=resamples)


def test_bootstrap_can_be_left_out(arena):
    plain, both = rate(arena, resamples=0), rate(arena, resamples=FEW)

    assert (plain.bootstrap_unit, plain.bootstrap_ratio) == (None, None)
    assert {line.bootstrap_low for line in plain.standings} == {None}
    assert all(line.bootstrap_low < line.rating < line.bootstrap_high for line in both.standings)
    assert [line.low for line in plain.standings] == [line.low for line in both.standings]


def test_davidson_orders_as_bradley_terry_on_a_scale_of_its_own(arena):
    result, half = rate(arena, method="davidson"), rate(arena, resamples=0)

    assert result.parameters["ties"] == "model"
    assert [line.system for line in result.standings] == [line.system for line in half.standings]
    first, last = result.standings[0], result.standings[-1]
    assert first.rating - last.rating > half.standings[0].rating - half.standings[-1].rating
    assert all(line.low < line.rating < line.high for line in result.standings)
    with pytest.raises(RankingError, match="Davidson"):
        rate(arena, ties="model")
    with pytest.raises(RankingError, match="Davidson"):
        rate(arena, method="davidson", ties="half")


def test_davidsons_interval_is_that_of_refits_without_each_person():
    rng = np.random.default_rng(9)
    theta = np.array([0.8, 0.2, -0.3, -0.7])
    arena = simulated(rng, theta=theta, size=3000, people=40, taste=0.6, ties=0.3)

    found = lines(rate(arena, method="davidson", clusters="annotator"))

    refits = [davidson.fit(arena.where(arena.annotator != person)).theta for person in range(40)]
    moved = np.array([theta - theta.mean() for theta in refits])
    error = np.sqrt(((moved - moved.mean(axis=0)) ** 2).sum(axis=0) * 39 / 40)
    half = [(found[name].high - found[name].low) / 2 for name in arena.systems]
    assert half == pytest.approx(stdtrit(39, 0.975) * ELO * error, rel=0.05)


def test_published_interval_widens_with_prompts_that_favour_systems():
    rng = np.random.default_rng(12)
    rows = []
    favour = rng.normal(size=(15, 4)) * 1.5
    for _ in range(3000):
        i, j = rng.choice(4, 2, replace=False)
        prompt = rng.integers(15)
        won = rng.random() < 1 / (1 + np.exp(favour[prompt, j] - favour[prompt, i]))
        rows.append((f"s{i}", f"s{j}", "a" if won else "b", f"p{rng.integers(60)}", f"q{prompt}"))
    arena = from_rows(rows)

    both, people, plain = (rate(arena, resamples=0, clusters=one) for one in ("both", "annotator", "none"))

    widths = [result.standings[0].high - result.standings[0].low for result in (both, people, plain)]
    assert widths[0] > 2 * widths[1] > 0
    assert widths[1] == pytest.approx(widths[2], rel=0.5)
    assert both.design_effect > 4
    assert (both.interval_unit, people.interval_unit, plain.interval_unit) == ("both", "annotators", "votes")


def test_settled_needs_more_votes_than_established():
    few = lines(rate(votes("x > y * 90", "y > x * 80", annotators=20), resamples=0))["x"]
    many = lines(rate(votes("x > y * 600", "y > x * 500", annotators=20), resamples=0))["x"]

    assert (few.status, few.settled) == ("established", False)
    assert (many.status, many.settled) == ("established", True)


def test_line_holds_acceptability_expected_score_and_effective_votes():
    comparisons = votes("x > y * 30", "y > x * 30", "x 0 y * 40", annotators=20)

    line = lines(rate(comparisons, resamples=0))["x"]

    # u² = 0.4 for two systems alike, a little pulled to the half.
    assert line.acceptable == pytest.approx(1 - np.sqrt(0.4), abs=0.01)
    assert line.acceptable_low < line.acceptable < line.acceptable_high
    assert line.expected_score == pytest.approx(0.5)
    assert line.effective_votes == pytest.approx(100)


def test_head_to_head_holds_what_the_ratings_expect():
    result = rate(votes("x > y * 30", "y > x * 10", "v > w * 3", annotators=12), alpha=0, resamples=0)

    apart, met = result.head_to_head
    assert met.a_expected == pytest.approx(0.75, abs=1e-6)
    assert apart.a_expected is None


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
