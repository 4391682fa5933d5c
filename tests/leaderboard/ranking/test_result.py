import json
import os
import subprocess
import sys

import numpy as np
import pytest

from leaderboard.ranking.board import rate
from leaderboard.ranking.reading import from_rows
from leaderboard.ranking.result import canonical_bytes
from tests.leaderboard.ranking.arenas import lines, rows_of, simulated

FEW = 100


@pytest.fixture(scope="module")
def arena():
    rng = np.random.default_rng(11)
    return simulated(rng, theta=np.linspace(1.2, -1.2, 6), size=1500, people=25, taste=0.3)


def test_order_of_rows_and_swapped_sides_give_the_same_bytes(arena):
    rows = rows_of(arena)
    shuffled = [rows[index] for index in np.random.default_rng(1).permutation(len(rows))]
    swapped = [
        row._replace(
            system_a=row.system_b,
            system_b=row.system_a,
            outcome={"a": "b", "b": "a"}.get(row.outcome, row.outcome),
        )
        for row in rows
    ]

    expected = canonical_bytes(rate(arena, seed=3, resamples=FEW))

    assert canonical_bytes(rate(from_rows(shuffled), seed=3, resamples=FEW)) == expected
    assert canonical_bytes(rate(from_rows(swapped), seed=3, resamples=FEW)) == expected
    assert canonical_bytes(rate(arena, seed=4, resamples=FEW)) != expected


def test_without_times_the_order_of_rows_changes_only_online_elo(arena):
    rows = [row._replace(time=None) for row in rows_of(arena)]
    one_way, other_way = from_rows(rows), from_rows(rows[::-1])

    ranked, again = (canonical_bytes(rate(votes, resamples=FEW)) for votes in (one_way, other_way))
    played, backwards = (rate(votes, method="online-elo", resamples=10) for votes in (one_way, other_way))

    assert ranked == again
    assert lines(played)["s000"].rating != lines(backwards)["s000"].rating


def test_renaming_systems_renames_the_result(arena):
    other = {name: f"t{index}" for index, name in enumerate(arena.systems)}
    rows = rows_of(arena)
    renamed = from_rows(
        [row._replace(system_a=other[row.system_a], system_b=other[row.system_b]) for row in rows]
    )

    before, after = lines(rate(arena, resamples=FEW)), lines(rate(renamed, resamples=FEW))

    assert {other[name]: line.rating for name, line in before.items()} == pytest.approx(
        {name: line.rating for name, line in after.items()}
    )


def test_repeating_every_vote_keeps_ratings_and_intervals_over_people():
    # Tastes strong enough that no interval stands on its floor, which repeated votes do lower.
    arena = simulated(np.random.default_rng(2), theta=np.linspace(1, -1, 5), size=1500, people=25, taste=1.0)
    rows = rows_of(arena)

    once = lines(rate(arena, alpha=1, resamples=FEW))
    twice = lines(rate(from_rows(rows + rows), alpha=2, resamples=FEW))

    for name, line in once.items():
        assert twice[name].rating == pytest.approx(line.rating, abs=1e-6)
        assert twice[name].low == pytest.approx(line.low, abs=1e-6)


PROBE = """
import sys
import numpy as np
from leaderboard.ranking.board import rate
from leaderboard.ranking.result import canonical_bytes
from tests.leaderboard.ranking.arenas import simulated
rng = np.random.default_rng(5)
arena = simulated(rng, theta=rng.normal(size=70), size=20000, people=40, taste=0.3)
sys.stdout.buffer.write(canonical_bytes(rate(arena, seed=9, resamples=40)))
"""


def test_threads_and_processor_features_do_not_change_the_bytes():
    # Another OpenBLAS kernel and NumPy without its wide instructions stand in for another machine.
    settings = (
        {"OPENBLAS_NUM_THREADS": "1"},
        {"OPENBLAS_NUM_THREADS": "2"},
        {"OPENBLAS_CORETYPE": "Prescott", "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR"},
    )

    found = [
        subprocess.run(
            [sys.executable, "-c", PROBE], env={**os.environ, **setting}, capture_output=True, check=True
        ).stdout
        for setting in settings
    ]

    assert json.loads(found[0])["votes"] == 20000
    assert found[0] == found[1]
    assert found[0] == found[2]


def test_canonical_bytes_hold_rounded_numbers_in_order_of_name(arena):
    written = json.loads(canonical_bytes(rate(arena, resamples=FEW)))

    ratings = [line["rating"] for line in written["standings"]]
    assert ratings == [round(rating, 6) for rating in ratings]
    assert [line["system"] for line in written["standings"]] == list(arena.systems)
    assert "iterations" not in written
