import numpy as np
import pytest

from leaderboard.ranking import bradley_terry, tally, variance
from leaderboard.ranking.comparisons import from_ids
from leaderboard.ranking.errors import RankingError
from tests.leaderboard.ranking.arenas import names


def arena(*, size=500, systems=6):
    rng = np.random.default_rng(3)
    a = rng.integers(0, systems, size)
    return {
        "a": a,
        "b": (a + rng.integers(1, systems, size)) % systems,
        "outcome": rng.integers(0, 4, size),
        "weight": rng.uniform(0.5, 2, size),
    }


def ordered(ids, *, systems=6):
    size = len(ids["a"])
    zeros = np.zeros(size, dtype=np.int64)
    whole = {"weight": np.ones(size)} | ids | {"annotator": zeros, "prompt": zeros, "time": zeros}
    return from_ids(whole, systems=names("s", systems), annotators=["p"], prompts=["q"])


@pytest.mark.parametrize("weighed", [True, False])
def test_counts_without_an_order_are_those_of_ordered_votes(weighed):
    ids = arena()
    if not weighed:
        del ids["weight"]

    counted, comparisons = tally.count(ids, systems=6), ordered(ids)

    assert counted.weighted == pytest.approx(comparisons.weighted)
    assert counted.weighted_squares == pytest.approx(comparisons.weighted_squares)


def test_kept_counts_and_new_votes_add_up():
    ids = arena()
    old, new = (
        {name: column[part] for name, column in ids.items()} for part in (slice(400), slice(400, 500))
    )

    added = tally.count(old, systems=6) + tally.count(new, systems=6)

    whole = tally.rate(tally.count(ids, systems=6))
    assert tally.rate(added).rating == pytest.approx(whole.rating, abs=1e-9)
    assert tally.rate(added).half_width == pytest.approx(whole.half_width, abs=1e-9)


def test_interval_is_the_sandwich_of_single_votes():
    comparisons = ordered(arena())
    fitted = bradley_terry.fit(bradley_terry.scores(comparisons))

    found = tally.rate(tally.count(arena(), systems=6))

    deviation = np.sqrt(np.diag(variance.by_vote(comparisons, fitted, alpha=1)))
    assert found.rating == pytest.approx(bradley_terry.ratings(fitted.theta))
    assert found.half_width == pytest.approx(1.959964 * bradley_terry.ELO * deviation, rel=1e-6)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("a", 6, "not from 0 to 5"),
        ("b", -1, "not from 0 to 5"),
        ("outcome", 4, "not from 0 to 3"),
        ("a", None, "with itself"),
    ],
)
def test_ids_that_name_nothing_are_refused(column, value, message):
    ids = arena()
    ids[column][7] = ids["b"][7] if value is None else value

    with pytest.raises(RankingError, match=message):
        tally.count(ids, systems=6)


def test_words_are_counted_like_ids():
    names, found = tally.count_names(["y", "x", "y"], ["x", "z", "x"], ["a", "tie", "both_bad"])

    ids = {"a": np.array([1, 0, 1]), "b": np.array([0, 2, 0]), "outcome": np.array([0, 2, 3])}
    assert names == ("x", "y", "z")
    assert (found.weighted == tally.count(ids, systems=3).weighted).all()


@pytest.mark.parametrize(
    ("second", "outcome", "message"), [("x", "a", "itself"), ("y", "left", "unknown outcome 'left'")]
)
def test_words_that_name_nothing_are_refused(second, outcome, message):
    with pytest.raises(RankingError, match=message):
        tally.count_names(["x"], [second], [outcome])
