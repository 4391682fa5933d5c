"""K29: votes from which others publish nonsense in silence."""

import math

import pytest

from leaderboard.ranking.board import rate
from leaderboard.ranking.elo import K
from leaderboard.ranking.errors import RankingError
from leaderboard.ranking.reading import from_rows
from tests.leaderboard.ranking.arenas import lines, votes

FEW = 100

CASES = {
    "one vote": votes("x > y"),
    "one tie": votes("x = y"),
    "only ties": votes("x = y * 60", annotators=15),
    "only both-bad": votes("x 0 y * 60", "y 0 z * 60", annotators=15),
    "undefeated": votes("x > y * 40", "x > z * 40", "y > z * 20", "z > y * 20", annotators=15),
    "winless": votes("y > x * 40", "z > x * 40", "y > z * 20", "z > y * 20", annotators=15),
    "a chain that nobody turns": votes("x > y * 40", "y > z * 40", annotators=15),
    "one annotator": votes("x > y * 40", "y > x * 30"),
    "one vote a person": votes("x > y * 40", "y > x * 30", annotators=70),
    "disconnected": votes("x > y * 40", "y > x * 30", "v > w * 20", annotators=15),
}


@pytest.fixture(params=CASES)
def case(request):
    return CASES[request.param]


def test_ratings_are_finite_and_no_interval_has_width_zero(case):
    result = rate(case, resamples=FEW)

    rated = [line for line in result.standings if line.rating is not None]
    assert len(rated) >= 2
    assert all(math.isfinite(line.rating) for line in rated)
    widths = [line.high - line.low for line in rated if line.low is not None]
    assert all(4 < width < 5000 for width in widths)
    assert all(line.votes < 30 or line.annotators < 10 for line in rated if line.low is None)
    ranked = [line for line in rated if line.low is not None]
    assert all(1 <= line.rank_low <= line.rank_high <= len(ranked) for line in ranked)
    assert all(line.rank_low is line.rank_high is None for line in result.standings if line not in ranked)


@pytest.mark.parametrize("name", ["one vote", "one tie"])
def test_single_vote_gives_neither_interval_nor_rank(name):
    result = rate(CASES[name], resamples=FEW)

    assert [(line.low, line.high, line.status) for line in result.standings] == [
        (None, None, "provisional")
    ] * 2
    assert [(line.rank_low, line.rank_high) for line in result.standings] == [(None, None)] * 2
    assert result.interval_unit == "none"


@pytest.mark.parametrize("name", ["only ties", "only both-bad"])
def test_votes_that_prefer_nobody_leave_all_equal(name):
    result = rate(CASES[name], resamples=FEW)

    assert [line.rating for line in result.standings] == pytest.approx([1000] * len(result.standings))
    assert {line.rank_low for line in result.standings} == {1}
    assert {line.rank_high for line in result.standings} == {len(result.standings)}
    assert result.maximum_exists


@pytest.mark.parametrize(("name", "held"), [("undefeated", ["x"]), ("winless", ["x"]), ("one annotator", [])])
def test_system_that_never_lost_or_never_won_is_marked(name, held):
    result = rate(CASES[name], resamples=FEW)

    assert [line.system for line in result.standings if line.prior_driven] == held
    assert result.maximum_exists == (not held)


def test_undefeated_system_has_a_wider_interval_than_its_peers():
    result = rate(CASES["undefeated"], resamples=FEW)

    undefeated, *others = (line.high - line.low for line in result.standings)
    assert all(undefeated > 1.5 * width for width in others)


def test_chain_leaves_every_system_to_the_prior():
    assert all(
        line.prior_driven for line in rate(CASES["a chain that nobody turns"], resamples=FEW).standings
    )


def test_one_annotator_is_rated_without_intervals_or_ranks():
    result = rate(CASES["one annotator"], resamples=FEW)

    assert (result.interval_unit, result.design_effect, result.largest_share) == ("none", None, 1.0)
    assert [(line.low, line.rank_low, line.status) for line in result.standings] == [
        (None, None, "provisional")
    ] * 2
    assert lines(result)["x"].rating > 1000


def test_votes_that_name_nobody_have_the_intervals_of_independent_ones():
    rows = [("x", "y", "a" if index % 3 else "b") for index in range(90)]

    result = rate(from_rows(rows), resamples=FEW)

    assert result.interval_unit == "votes"
    assert all(line.low < line.rating < line.high for line in result.standings)


def test_one_prompt_leaves_the_people_and_asking_for_prompts_is_refused():
    people = [f"p{index}" for index in range(30)]
    rows = [("x", "y", "a" if index % 3 else "b", people[index % 30], "q") for index in range(90)]

    result = rate(from_rows(rows), resamples=FEW)

    assert (result.interval_unit, result.degrees_of_freedom) == ("annotators", 29)
    with pytest.raises(RankingError, match="one prompt only"):
        rate(from_rows(rows), clusters="both")


def test_online_elo_is_never_firmer_than_one_vote():
    result = rate(votes("x > y * 30"), method="online-elo")

    assert all(line.high - line.low >= 2 * 1.95 * K / 2 for line in result.standings)
