"""What leaves the pool takes its open ballots with it, and nobody decides about themselves."""

import pytest

from inference.errors import Refused
from judging.services import moderation
from tests import factories

pytestmark = pytest.mark.django_db


def open_ballots():
    """Two systems, a prompt, and two people who were given their pair; a third has voted on it."""
    one, other, prompt = factories.system(), factories.system(), factories.prompt()
    pair = factories.pair(prompt, one, other)
    issued = factories.ballot(pair, factories.annotator(), state="issued")
    opened = factories.ballot(pair, factories.annotator(), state="opened")
    vote = factories.vote(pair, factories.annotator(), "a")
    return pair, [issued, opened], vote


def states(ballots):
    for ballot in ballots:
        ballot.refresh_from_db()
    return [ballot.state for ballot in ballots]


@pytest.mark.parametrize(
    "decide",
    [
        lambda pair: moderation.withdraw(pair.prompt, by=None, reason="The voice breaks off."),
        lambda pair: moderation.retire(pair.system_b, by=None, reason="Its maker asked for it."),
        lambda pair: moderation.quarantine(pair.response_a, fault="noise", by=None, reason="A test."),
        lambda pair: moderation.reject(pair.response_b, fault="unsafe", by=None, reason="A test."),
    ],
    ids=["withdraw", "retire", "quarantine", "reject"],
)
def test_leaving_the_pool_voids_open_ballots_and_no_votes(decide):
    pair, ballots, vote = open_ballots()
    _other_pair, other_ballots, _other_vote = open_ballots()

    voided = decide(pair)

    assert voided == 2
    assert states(ballots) == ["void", "void"]
    assert states([vote.ballot]) == ["voted"]
    assert states(other_ballots) == ["issued", "opened"]
    assert not vote.exclusions.exists()


def test_refusal_leaves_ballots_open():
    pair, ballots, _vote = open_ballots()

    with pytest.raises(Refused):
        moderation.retire(pair.system_a, by=None, reason="")

    assert states(ballots) == ["issued", "opened"]


def test_pause_and_resume_move_the_annotator(mo):
    annotator = factories.annotator()

    moderation.pause(annotator, by=mo, reason="A test.")
    annotator.refresh_from_db()
    paused = annotator.state
    moderation.resume(annotator, by=mo, reason="A test.")
    annotator.refresh_from_db()

    assert (paused, annotator.state) == ("paused", "active")


@pytest.mark.parametrize(
    ("before", "decide", "code"),
    [
        ("paused", moderation.pause, "not_active"),
        ("stopped", moderation.pause, "not_active"),
        ("active", moderation.resume, "not_paused"),
        ("stopped", moderation.resume, "not_paused"),
    ],
)
def test_annotator_moves_in_no_other_way(before, decide, code, mo):
    annotator = factories.annotator(state=before)

    with pytest.raises(Refused) as refused:
        decide(annotator, by=mo, reason="A test.")

    annotator.refresh_from_db()
    assert (refused.value.code, annotator.state) == (code, before)


def test_exclude_and_lift_say_who_and_why(mo):
    vote = factories.vote(
        factories.pair(factories.prompt(), factories.system(), factories.system()), factories.annotator(), "a"
    )

    exclusion = moderation.exclude(vote, reason="Cast in a test.", by=mo)
    with pytest.raises(Refused) as again:
        moderation.exclude(vote, reason="Once more.", by=mo)
    lift = moderation.lift(exclusion, reason="It was real.", by=mo)

    assert (exclusion.rule.slug, exclusion.reason, exclusion.created_by) == (
        "moderator",
        "Cast in a test.",
        mo,
    )
    assert again.value.code == "already_excluded"
    assert (lift.reason, lift.by) == ("It was real.", mo)


def test_nobody_decides_about_themselves():
    judge = factories.annotator()
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    vote = factories.vote(pair, judge, "a")
    codes = []

    for decide in (
        lambda: moderation.pause(judge, by=judge.user, reason="A test."),
        lambda: moderation.resume(judge, by=judge.user, reason="A test."),
        lambda: moderation.exclude(vote, reason="I was wrong.", by=judge.user),
    ):
        with pytest.raises(Refused) as refused:
            decide()
        codes.append(refused.value.code)

    assert codes == ["own_matter"] * 3
    assert not vote.exclusions.exists()
