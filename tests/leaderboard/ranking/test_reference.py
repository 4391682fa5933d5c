import numpy as np
import pytest
from scipy.special import expit

from leaderboard.ranking import rings
from leaderboard.ranking.comparisons import from_ids
from leaderboard.ranking.errors import NoVotes
from leaderboard.ranking.reference import against_panel

SYSTEMS, PEOPLE, EACH = 6, 40, 150
PANEL = np.arange(PEOPLE) < 20


def votes(rng, *, for_0=(), days=60.0, taste=0.4):
    """Honest people of differing taste; those in `for_0` prefer system 0 always, within three days."""
    who = np.repeat(np.arange(PEOPLE), EACH)
    one = rng.integers(0, SYSTEMS, len(who))
    other = (one + rng.integers(1, SYSTEMS, len(who))) % SYSTEMS
    a, b = np.minimum(one, other), np.maximum(one, other)
    liking = np.linspace(-0.8, 0.8, SYSTEMS) + rng.normal(0, taste, (PEOPLE, SYSTEMS))
    won = rng.random(len(who)) < expit(liking[who, a] - liking[who, b])
    attacks = np.isin(who, for_0)
    outcome = np.where(attacks & (a == 0), 0, np.where(won, 0, 1))
    begin = np.where(np.isin(np.arange(PEOPLE), for_0), 30.0, np.arange(PEOPLE) * days / PEOPLE)
    when = (begin[who] + rng.random(len(who)) * 3) * 86_400
    ids = {"a": a, "b": b, "outcome": outcome, "annotator": who, "prompt": np.zeros(len(who), dtype=np.int64)}
    ids |= {"weight": np.ones(len(who)), "time": when, "heard": np.zeros(len(who), dtype=np.int64)}
    return from_ids(
        ids,
        systems=[f"s{n}" for n in range(SYSTEMS)],
        annotators=[f"{n:02}" for n in range(PEOPLE)],
        prompts=["p"],
    )


def test_a_favourite_is_found_and_named():
    found = against_panel(votes(np.random.default_rng(1), for_0=[30]), PANEL)

    flagged = found.flagged(level=0.01)
    assert flagged[30, 0]
    assert found.z[30, 0] > 3
    assert found.excess[30, 0] > 5


def test_honest_taste_is_flagged_about_as_often_as_said():
    shares = [
        against_panel(votes(np.random.default_rng(seed)), PANEL).flagged(level=0.05).any(axis=1)[20:].mean()
        for seed in range(25)
    ]

    assert 0.01 <= np.mean(shares) <= 0.09


def test_taste_is_measured_on_the_panel():
    none = [against_panel(votes(np.random.default_rng(n), taste=0), PANEL).taste for n in range(5)]
    much = [against_panel(votes(np.random.default_rng(n), taste=0.8), PANEL).taste for n in range(5)]

    assert np.mean(none) < 0.05
    assert np.mean(much) > 0.2


def test_few_votes_are_not_judged():
    comparisons = votes(np.random.default_rng(1), for_0=[30])
    first = np.flatnonzero(comparisons.annotator == 30)[:9]
    keep = (comparisons.annotator != 30) | np.isin(np.arange(len(comparisons)), first)

    found = against_panel(comparisons.where(keep), PANEL)

    assert not found.z[30].any()


def test_a_silent_panel_is_no_reference():
    with pytest.raises(NoVotes):
        against_panel(votes(np.random.default_rng(1)), np.zeros(PEOPLE, dtype=np.bool_))


def test_a_ring_is_found_with_its_members_and_honest_people_are_none():
    ring = [31, 33, 35, 36, 37]
    for seed in range(5):
        comparisons = votes(np.random.default_rng(seed), for_0=ring)
        found = rings.sweep(comparisons, against_panel(comparisons, PANEL))
        assert any(one.system == 0 and one.favour and set(ring) <= set(one.people) for one in found)
        honest = votes(np.random.default_rng(seed))
        assert rings.sweep(honest, against_panel(honest, PANEL)) == []
