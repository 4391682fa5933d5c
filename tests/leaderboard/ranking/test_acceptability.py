"""Acceptability: closed forms, coverage of the truth, and what a few people cannot prove."""

import numpy as np
import pytest

from leaderboard.ranking import acceptability
from leaderboard.ranking.comparisons import from_ids
from leaderboard.ranking.errors import NoVotes
from leaderboard.ranking.reading import from_rows
from tests.leaderboard.ranking.arenas import names, votes


def drawn(rng, *, bad, size, people, strictness=0.0):
    """Votes that find both answers bad with chance u_i u_j, by people of different strictness (log-odds)."""
    systems = len(bad)
    a = rng.integers(0, systems, size)
    b = (a + rng.integers(1, systems, size)) % systems
    person = rng.integers(0, people, size)
    shift = rng.normal(size=people) * strictness
    odds = np.log(bad / (1 - bad))
    chance = np.prod([1 / (1 + np.exp(-odds[side] - shift[person])) for side in (a, b)], axis=0)
    ids = {
        "a": a,
        "b": b,
        "outcome": np.where(rng.random(size) < chance, 3, rng.integers(0, 3, size)),
        "annotator": person,
        "prompt": np.zeros(size, dtype=np.int64),
        "weight": np.ones(size),
        "time": np.arange(size),
    }
    return from_ids(ids, systems=names("s", systems), annotators=names("p", people), prompts=["q"])


def test_equals_share_what_was_bad_of_both():
    found = acceptability.fit(votes("x 0 y * 36000", "x > y * 32000", "y > x * 32000", annotators=20))

    # 36 % both bad: 0.6 × 0.6.
    assert found.share == pytest.approx([0.4, 0.4], abs=1e-4)


def test_known_shares_are_found_again():
    rng = np.random.default_rng(1)
    bad = np.array([0.1, 0.4, 0.6, 0.8])

    found = acceptability.fit(drawn(rng, bad=bad, size=40_000, people=100))

    assert found.share == pytest.approx(1 - bad, abs=0.02)


@pytest.mark.parametrize("strictness", [0.0, 0.5])
def test_intervals_hold_the_truth_about_as_often_as_they_say(strictness):
    rng = np.random.default_rng(2)
    bad = np.array([0.3, 0.5, 0.6, 0.7])
    # What very many people of this strictness would find.
    true = acceptability.fit(drawn(rng, bad=bad, size=300_000, people=30_000, strictness=strictness)).share
    held = []
    for _ in range(150):
        found = acceptability.fit(drawn(rng, bad=bad, size=1500, people=25, strictness=strictness))
        held += ((found.low <= true) & (true <= found.high)).tolist()

    assert 0.92 <= np.mean(held) <= 0.985


def test_one_person_gives_no_interval():
    found = acceptability.fit(votes("x 0 y * 9", "x > y * 9"))

    assert np.isfinite(found.share).all()
    assert np.isnan(found.low).all()


def test_systems_that_were_never_bad_or_always_stay_within_bounds():
    found = acceptability.fit(votes("x 0 y * 50", "z > w * 50", annotators=10))

    assert ((found.share > 0) & (found.share < 1)).all()
    assert found.share[[0, 3]].min() > 0.8
    assert found.share[[1, 2]].max() < 0.2
    assert ((found.low < found.share) & (found.share < found.high)).all()


def test_a_heavier_vote_counts_more():
    rows = [("x", "y", "both_bad", "p", "q", 3.0), ("x", "y", "a", "r", "q", 1.0)]

    heavy = acceptability.fit(from_rows(rows)).share
    light = acceptability.fit(from_rows([(*row[:5], 1.0) for row in rows])).share

    assert (heavy < light).all()


def test_without_votes_nothing_is_said():
    with pytest.raises(NoVotes):
        acceptability.fit(from_rows([]))
