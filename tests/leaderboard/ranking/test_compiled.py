"""Compiled loops give what NumPy gives; the two are compared on votes that reach every branch."""

import subprocess
import sys

import numpy as np
import pytest

from leaderboard.ranking import (
    bootstrap,
    bradley_terry,
    cells,
    clusters,
    compiled,
    draws,
    elo,
    naming,
    ranks,
    refits,
    tally,
)
from leaderboard.ranking.board import rate
from leaderboard.ranking.reading import from_rows
from leaderboard.ranking.refits import PairPoints, fit_many
from leaderboard.ranking.result import canonical_bytes
from tests.leaderboard.ranking.arenas import simulated


def both(work):
    """Give what compiled and what plain code makes of the same work."""
    compiled.load()
    assert compiled.available()
    fast = work()
    with compiled.plainly():
        assert not compiled.available()
        return fast, work()


def crowded(*, size=4000, people=60, prompts=7, weighted=True):
    """Make votes of which many share both their annotator and their prompt."""
    rng = np.random.default_rng(5)
    names = [f"s{index}" for index in range(12)]
    rows = []
    for _ in range(size):
        a, b = rng.choice(names, 2, replace=False)
        outcome = rng.choice(["a", "b", "tie", "both_bad"])
        weight = float(rng.choice([1.0, 0.5, 2.25])) if weighted else 1.0
        rows.append((a, b, outcome, f"p{rng.integers(people)}", f"q{rng.integers(prompts)}", weight))
    return from_rows(rows)


def fitted(comparisons):
    return bradley_terry.fit(bradley_terry.scores(comparisons))


@pytest.mark.parametrize("prompts", [1, 7, 900])
def test_sums_over_cells_of_person_and_prompt(prompts):
    comparisons = crowded(prompts=prompts)
    residual = clusters.residuals(comparisons, fitted(comparisons))

    fast, plain = both(lambda: cells.squares(comparisons, residual))

    assert fast == pytest.approx(plain, rel=1e-11, abs=1e-11 * np.abs(plain).max())


@pytest.mark.parametrize("people", [60, 400])
def test_covariance_over_both_kinds_of_clusters(people):
    comparisons = crowded(people=people)
    solved = fitted(comparisons)

    fast, plain = both(lambda: clusters.covariance(comparisons, solved, alpha=1, clusters="both").covariance)

    assert fast == pytest.approx(plain, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("unit", ["annotators", "votes"])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("size", [900, 12_000])
def test_refits_draw_alike_and_fit_alike(unit, weighted, size):
    comparisons = crowded(size=size, weighted=weighted)
    solved = fitted(comparisons)

    fast, plain = both(
        lambda: (
            bootstrap.spread(
                comparisons, solved, alpha=1, resamples=40, rng=np.random.default_rng(2), unit=unit
            ).covariance
        )
    )

    assert fast == pytest.approx(plain, rel=1e-9, abs=1e-13)


def test_refits_do_not_depend_on_how_many_threads_share_them(monkeypatch):
    comparisons = crowded(size=12_000)
    solved = fitted(comparisons)

    def covariance():
        rng = np.random.default_rng(2)
        return bootstrap.spread(comparisons, solved, alpha=1, resamples=400, rng=rng, unit="votes").covariance

    monkeypatch.setattr(bootstrap, "_WEIGHTS_AT_ONCE", 4096)
    shared_by_all = covariance()
    monkeypatch.setattr(compiled, "_MOST_THREADS", 1)

    assert np.array_equal(covariance(), shared_by_all)


@pytest.mark.parametrize("boards", [1, 7, 8, 21])
def test_boards_far_from_the_first_are_fitted_all_the_same(boards):
    rng = np.random.default_rng(3)
    i, j = np.triu_indices(6, 1)
    near = np.ones((6, 6)) - np.eye(6)
    won = rng.integers(0, 40, size=(len(i), boards)).astype(float)
    lost = rng.integers(0, 40, size=(len(i), boards)).astype(float)

    fast, plain = both(
        lambda: fit_many(PairPoints(i, j, won, won + lost), near=bradley_terry.fit(near), alpha=1)
    )

    assert fast == pytest.approx(plain, abs=1e-8)


def test_the_series_is_left_where_it_falls_short():
    near = bradley_terry.fit(np.array([[0.0, 3.0], [2.0, 0.0]]))
    board = PairPoints(np.array([0]), np.array([1]), np.array([[90.0]]), np.array([[100.0]]))
    moved = np.array([[2.0], [-2.0]])

    fast, plain = both(lambda: refits._surprise(board, near, moved))

    assert fast == pytest.approx(plain, rel=1e-14)


def test_ratios_that_chance_gives():
    rng = np.random.default_rng(8)
    chance, scale = rng.normal(size=(9, 1234)), np.abs(rng.normal(size=(9, 9)))
    scale += scale.T
    scale[2, :4] = scale[:4, 2] = 0

    fast, plain = both(lambda: ranks._largest(chance, scale))

    assert fast == pytest.approx(plain, rel=1e-14)


@pytest.mark.parametrize("runs", [1, 8, 11])
def test_online_elo_in_many_orders(runs):
    comparisons = crowded()

    for play in (
        lambda: elo.reshuffled(comparisons, orders=runs, rng=np.random.default_rng(1)),
        lambda: elo.resampled(comparisons, resamples=runs, rng=np.random.default_rng(1)),
        lambda: elo.run(comparisons),
    ):
        fast, plain = both(play)
        assert fast == pytest.approx(plain, abs=1e-9)
        assert fast.sum(axis=-1) == pytest.approx(1000 * len(comparisons.systems))


def test_resampled_elo_moves_about_what_all_votes_give():
    comparisons = crowded()

    found = elo.resampled(comparisons, resamples=400, rng=np.random.default_rng(1))
    orders = elo.reshuffled(comparisons, orders=400, rng=np.random.default_rng(1))

    assert found.mean(axis=0) == pytest.approx(orders.mean(axis=0), abs=8)
    assert not np.array_equal(found, orders)


def test_poisson_draws_have_their_mean_and_variance():
    means = np.array([1, 2, 30, 400, 4095, 4096, 90_000])
    fast, plain = both(lambda: draws.Poisson(means).draw(20_000, np.random.default_rng(4)))

    assert np.array_equal(fast, plain)
    # Six standard errors of a mean of 20,000, and of a variance.
    assert np.abs(fast.mean(axis=1) - means).max() / np.sqrt(means).max() < 6 / np.sqrt(20_000)
    assert fast.var(axis=1) / means == pytest.approx(np.ones(len(means)), abs=6 * np.sqrt(3 / 20_000))


def test_poisson_draws_have_their_tails():
    drawn = draws.Poisson(np.array([3])).draw(400_000, np.random.default_rng(4))[0]

    found = np.bincount(drawn, minlength=12)[:12] / len(drawn)
    chance = np.exp(-3) * 3.0 ** np.arange(12) / np.cumprod(np.r_[1, np.arange(1, 12)])
    assert np.abs(found - chance).max() < 6 * np.sqrt(0.25 / 400_000)
    assert found[11] == pytest.approx(chance[11], rel=0.25)


@pytest.mark.parametrize(
    "words",
    [
        ["b", "a", "b", "", "ä系统", "a"],
        [],
        ["one\ntwo", "one", "two"],
        ["\ud800", "a"],
        [f"name {index % 3000}" for index in range(9000)],
        ["aa", "ab", "ba", "bb", "a" * 70, "a" * 69],
    ],
)
def test_names_are_numbered_as_they_come(words):
    (names, ids), (plain_names, plain_ids) = both(lambda: naming.numbered(words))

    assert names == plain_names == list(dict.fromkeys(words))
    assert [names[index] for index in ids] == words
    assert np.array_equal(ids, plain_ids)


def test_counting_names_is_counting_ids():
    (systems, fast), (_, plain) = both(
        lambda: tally.count_names(["y", "x", "x"], ["x", "z", "y"], ["a", "tie", "both_bad"])
    )

    assert systems == ("x", "y", "z")
    assert np.array_equal(fast.weighted, plain.weighted)
    assert fast.weighted[0, 1].tolist() == [0, 1, 0, 1]


def test_a_board_has_the_same_bytes_either_way():
    rng = np.random.default_rng(6)
    comparisons = simulated(rng, theta=rng.normal(size=8), size=3000, people=40)

    fast, plain = both(lambda: canonical_bytes(rate(comparisons, seed=3)))

    assert fast == plain


def test_a_kernel_without_a_place_to_write_is_compiled_all_the_same():
    # What is typed in has no file beside which a compiled copy could lie.
    script = """
from leaderboard.ranking.compiled import Kernel, load

def doubled(number):
    return 2 * number

exec(compile("def doubled(number):\\n    return 2 * number", "<typed in>", "exec"))
load()
print(Kernel(doubled)(21))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert (done.stdout, done.returncode) == ("42\n", 0), done.stderr


def test_ranking_works_without_a_compiler():
    script = """
import sys
sys.modules["numba"] = None
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "numba" else found(name, *rest)
from leaderboard.ranking import compiled
from leaderboard.ranking.board import rate
from leaderboard.ranking.reading import from_rows
compiled.load()
assert not compiled.available()
rows = [("x", "y", "a" if vote % 3 else "b", f"p{vote % 12}", f"q{vote % 15}") for vote in range(400)]
print(round(rate(from_rows(rows)).standings[0].rating))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 1000
