"""Clustered covariances: against sums written out vote by vote, and where the answer is known."""

import numpy as np
import pytest
from scipy.special import expit

from leaderboard.ranking import bradley_terry, cells, clusters, variance
from leaderboard.ranking.comparisons import from_ids
from leaderboard.ranking.reading import from_rows
from tests.leaderboard.ranking.arenas import names, simulated, votes


def crossed(*, systems=5, people=4, prompts=3, size=120, seed=3):
    """Votes of which many share both their person and their prompt."""
    rng = np.random.default_rng(seed)
    a = rng.integers(0, systems, size)
    ids = {
        "a": a,
        "b": (a + rng.integers(1, systems, size)) % systems,
        "outcome": rng.integers(0, 4, size),
        "annotator": np.r_[np.arange(people), rng.integers(0, people, size - people)],
        "prompt": np.r_[np.arange(prompts), rng.integers(0, prompts, size - prompts)],
        "weight": rng.uniform(0.5, 2, size),
        "time": np.arange(size),
    }
    return from_ids(
        ids, systems=names("s", systems), annotators=names("p", people), prompts=names("q", prompts)
    )


def fitted(comparisons, *, alpha=1.0):
    return bradley_terry.fit(bradley_terry.scores(comparisons), alpha=alpha)


def scores_of(comparisons, fit):
    """Each vote's score, written out: shape (votes, systems)."""
    found = np.zeros((len(comparisons), len(comparisons.systems)))
    for vote in range(len(comparisons)):
        a, b = comparisons.a[vote], comparisons.b[vote]
        points = (1.0, 0.0, 0.5, 0.5)[comparisons.outcome[vote]]
        surprise = comparisons.weight[vote] * (points - expit(fit.theta[a] - fit.theta[b]))
        found[vote, a], found[vote, b] = surprise, -surprise
    return found


def meat(scores, labels):
    """The sum of uu′ over the votes that share a label."""
    sums = [scores[labels == label].sum(axis=0) for label in np.unique(labels)]
    return sum(np.outer(one, one) for one in sums)


def sandwich(fit, middle):
    bread = np.linalg.inv(fit.hessian)
    return variance.centred(bread @ middle @ bread)


@pytest.mark.parametrize("kind", ["annotator", "prompt"])
def test_many_clusters_of_one_kind_are_the_textbook_sandwich(monkeypatch, kind):
    monkeypatch.setattr(clusters, "JACKKNIFE_BELOW", 2)
    comparisons = crossed(people=30, prompts=30, size=600)
    fit = fitted(comparisons)

    found = clusters.covariance(comparisons, fit, alpha=1, clusters=kind)

    middle = meat(scores_of(comparisons, fit), getattr(comparisons, kind)) * 30 / 29
    expected = variance.raised(sandwich(fit, middle), variance.by_vote(comparisons, fit, alpha=1))
    assert found.covariance == pytest.approx(expected, abs=1e-12)
    assert (found.clusters, found.degrees_of_freedom) == (
        kind,
        clusters.degrees_of_freedom(comparisons, kind),
    )


@pytest.mark.parametrize("prompts", [3, 60])
def test_two_kinds_add_up_and_what_both_count_is_taken_off(monkeypatch, prompts):
    monkeypatch.setattr(clusters, "JACKKNIFE_BELOW", 2)
    monkeypatch.setattr(cells, "SUMS_AT_ONCE", 35)
    comparisons = crossed(people=40, prompts=prompts, size=900)
    fit = fitted(comparisons)

    found = clusters.covariance(comparisons, fit, alpha=1, clusters="both")

    scores = scores_of(comparisons, fit)
    cell = comparisons.annotator * 1000 + comparisons.prompt
    middle = (
        meat(scores, comparisons.annotator) * 40 / 39
        + meat(scores, comparisons.prompt) * prompts / (prompts - 1)
        - meat(scores, cell)
    )
    values, vectors = np.linalg.eigh(sandwich(fit, middle))
    expected = variance.raised(
        (vectors * np.maximum(values, 0)) @ vectors.T, variance.by_vote(comparisons, fit, alpha=1)
    )
    assert found.covariance == pytest.approx(expected, abs=1e-12)
    assert found.degrees_of_freedom == clusters.degrees_of_freedom(comparisons, "both")


def test_few_clusters_are_left_out_one_by_one():
    comparisons = crossed(people=6, size=200)
    fit = fitted(comparisons)

    found = clusters.covariance(comparisons, fit, alpha=1, clusters="annotator")

    scores, moved = scores_of(comparisons, fit), []
    for person in range(6):
        without = comparisons.where(comparisons.annotator != person)
        chance = expit(fit.theta[:, None] - fit.theta[None, :])
        games = bradley_terry.scores(without)
        spread = (games + games.T) * chance * chance.T
        average = expit(fit.theta)
        hessian = np.diag(spread.sum(axis=1) + average * (1 - average)) - spread
        moved.append(np.linalg.solve(hessian, scores[comparisons.annotator == person].sum(axis=0)))
    expected = variance.centred(np.array(moved).T @ np.array(moved) * 5 / 6)
    floor = variance.by_vote(comparisons, fit, alpha=1)
    assert found.covariance == pytest.approx(variance.raised(expected, floor), rel=1e-6)


def test_left_out_clusters_move_the_fit_about_as_far_as_a_full_refit_says():
    rng = np.random.default_rng(8)
    comparisons = simulated(rng, theta=rng.normal(size=4), size=2000, people=40, taste=0.5)
    fit = fitted(comparisons)

    found = clusters.influences(comparisons, fit, kind="annotator")

    refits = [fitted(comparisons.where(comparisons.annotator != person)).theta for person in range(40)]
    moved = np.array([fit.theta - fit.theta.mean() - theta + theta.mean() for theta in refits])
    assert found == pytest.approx(moved, abs=0.1 * np.abs(moved).max())


def test_votes_one_by_one_are_the_sandwich_of_single_votes():
    comparisons = crossed()
    fit = fitted(comparisons)

    found = clusters.covariance(comparisons, fit, alpha=1, clusters="none")

    assert found.covariance == pytest.approx(variance.by_vote(comparisons, fit, alpha=1))
    assert found.degrees_of_freedom == 119


def test_people_who_repeat_themselves_count_once():
    def loyal(times):
        rows = [("x", "y", "a" if person < 60 else "b", f"p{person}") for person in range(100)]
        return from_rows([row for row in rows for _ in range(times)])

    single, repeated = (
        clusters.covariance(one, fitted(one, alpha=0), alpha=0, clusters="annotator").covariance
        for one in (loyal(1), loyal(10))
    )

    assert repeated == pytest.approx(single)


def test_systems_that_hang_by_one_cluster_get_a_finite_variance():
    comparisons = votes("w > x * 9", "x > w * 9", "y > z * 9", "z > y * 9", "x > y", "y > x", annotators=2)
    fit = fitted(comparisons, alpha=0)

    found = clusters.covariance(comparisons, fit, alpha=0, clusters="annotator")

    assert np.isfinite(found.covariance).all()
    assert (np.diag(found.covariance) > 0).all()


def test_two_way_variance_is_never_below_that_of_single_votes():
    comparisons = crossed(people=12, prompts=12, size=150, seed=11)
    fit = fitted(comparisons)

    found = clusters.covariance(comparisons, fit, alpha=1, clusters="both").covariance

    floor = np.diag(variance.by_vote(comparisons, fit, alpha=1))
    assert (np.diag(found) >= floor * (1 - 1e-9)).all()
    assert np.linalg.eigvalsh(found).min() > -1e-12


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        # Twelve people with as many votes each.
        ([5] * 12, 11),
        # (90 + 10 + 10)² / (90² + 10² + 10²) = 1.46: hardly more than one person.
        ([90, 10, 10], 1),
        # (40 + 20 + 20)² / (40² + 20² + 20²) = 2.67, so about three.
        ([40, 20, 20], 2),
    ],
)
def test_degrees_of_freedom_count_people_by_what_they_add(held, expected):
    rows = [
        ("x", "y", "a", f"p{person}", f"q{vote}")
        for person, there in enumerate(held)
        for vote in range(there)
    ]
    comparisons = from_rows(rows)

    assert clusters.degrees_of_freedom(comparisons, "annotator") == expected
    assert clusters.degrees_of_freedom(comparisons, "none") == len(rows) - 1
