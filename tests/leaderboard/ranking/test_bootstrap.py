import numpy as np
import pytest

from leaderboard.ranking import bootstrap, bradley_terry, variance
from leaderboard.ranking.reading import from_rows
from tests.leaderboard.ranking.arenas import simulated, votes


def fitted(comparisons):
    return bradley_terry.fit(bradley_terry.scores(comparisons))


def spread_of(comparisons, *, seed=1, resamples=400, unit=None):
    rng = np.random.default_rng(seed)
    return bootstrap.spread(
        comparisons, fitted(comparisons), alpha=1, resamples=resamples, rng=rng, unit=unit
    )


@pytest.mark.parametrize(
    ("people", "unit"), [(1, "votes"), (9, "votes"), (10, "annotators"), (30, "annotators")]
)
def test_people_are_resampled_from_ten_on(people, unit):
    comparisons = votes("x > y * 40", "y > x * 30", annotators=people)

    spread = spread_of(comparisons, resamples=10)

    assert spread.unit == unit
    assert spread.degrees_of_freedom == (people if unit == "annotators" else 70) - 1


def test_resampling_votes_of_two_systems_gives_the_binomial_error():
    spread = spread_of(votes("x > y * 600", "y > x * 400"), resamples=4000)

    # The log-odds of 0.6 from 1,000 votes; half of their difference belongs to each of two centred strengths.
    expected = np.sqrt(1 / (1000 * 0.6 * 0.4)) / 2
    assert np.sqrt(np.diag(spread.covariance)) == pytest.approx([expected, expected], rel=0.05)


def test_people_who_always_agree_with_themselves_widen_the_interval():
    loyal = from_rows(
        [("x", "y", "a" if person < 120 else "b", f"p{person}") for person in range(200) for _ in range(10)]
    )

    by_person, by_vote = (spread_of(loyal, unit=unit, resamples=2000) for unit in ("annotators", "votes"))

    # Ten equal votes a person say as little as one: the variance is ten times what the votes claim.
    assert by_person.covariance[0, 0] / by_vote.covariance[0, 0] == pytest.approx(10, rel=0.15)


def test_resampled_votes_agree_with_the_sandwich():
    rng = np.random.default_rng(2)
    comparisons = simulated(rng, theta=rng.normal(size=6), size=3000, people=20)

    closed = variance.by_vote(comparisons, fitted(comparisons), alpha=1)
    resampled = spread_of(comparisons, resamples=3000, unit="votes").covariance

    assert np.diag(resampled) == pytest.approx(np.diag(closed), rel=0.12)


def test_votes_of_unlike_weight_are_resampled_as_they_are():
    heavy = from_rows(
        [("x", "y", "a" if index % 5 else "b", "p", "q", 1 + index % 2) for index in range(400)]
    )

    closed = variance.by_vote(heavy, fitted(heavy), alpha=1)

    assert np.diag(spread_of(heavy, resamples=3000).covariance) == pytest.approx(np.diag(closed), rel=0.12)


def test_same_seed_gives_the_same_draws_and_another_seed_others():
    comparisons = votes("x > y * 40", "y > z * 30", "z > x * 20", annotators=12)

    first, again, other = (spread_of(comparisons, seed=seed, resamples=50).covariance for seed in (4, 4, 5))

    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


def test_raised_reaches_the_floor_and_leaves_the_rest():
    covariance = np.diag([1.0, 9.0, 4.0])
    floor = np.array([[4.0, -2.0, -2.0], [-2.0, 4.0, -2.0], [-2.0, -2.0, 4.0]])

    raised = variance.raised(covariance, floor)

    assert np.diag(raised) == pytest.approx([4, 9, 4])
    assert np.diag(variance.raised(0 * floor, floor)) == pytest.approx(np.diag(floor))
    assert variance.raised(0 * floor, floor) == pytest.approx(floor)
    assert np.diag(variance.raised(covariance, floor, where=np.array([False, True, True]))) == pytest.approx(
        [1, 9, 4]
    )
    assert np.linalg.eigvalsh(raised).min() > 0
