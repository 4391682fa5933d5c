"""Casting: one vote a ballot, canonical answers, and each refusal with its code."""

import itertools
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from inference.errors import Refused
from inference.models import Response, System
from judging.models import Ballot, Criterion, Verdict, Vote
from judging.services import ballots
from tests import factories

pytestmark = pytest.mark.django_db
NOW = timezone.now


@pytest.fixture
def pair():
    return factories.pair(factories.prompt(), factories.system(), factories.system())


@pytest.fixture
def ballot(pair):
    return factories.ballot(pair, factories.annotator())


def cast(ballot, answer="left", *, mark=None, by=None, **verdicts):
    return ballots.cast(
        ballot, by=by or ballot.annotator, verdicts=verdicts or {"overall": answer}, mark=mark or uuid.uuid4()
    )


def refusal(ballot, **fields):
    with pytest.raises(Refused) as refused:
        cast(ballot, **fields)
    assert Vote.objects.filter(ballot=ballot, verdicts=None).count() == 0
    return refused.value.code, refused.value.status


def test_cast_writes_a_vote_with_its_verdict(ballot):
    mark = uuid.uuid4()

    vote = cast(ballot, "tie", mark=mark)

    ballot.refresh_from_db()
    assert ballot.state == "voted"
    assert (vote.public_id, vote.ballot, vote.elapsed_ms // 1000) == (mark, ballot, 300)
    assert list(vote.verdicts.values_list("criterion__slug", "answer")) == [("overall", "tie")]


@pytest.mark.parametrize(
    ("left", "answer", "canonical"),
    [
        ("a", "left", "a"),
        ("a", "right", "b"),
        ("b", "left", "b"),
        ("b", "right", "a"),
        *((side, answer, answer) for side, answer in itertools.product("ab", ("tie", "both_bad"))),
    ],
)
def test_cast_turns_sides_into_the_pairs_own(pair, left, answer, canonical):
    vote = cast(factories.ballot(pair, factories.annotator(), left=left), answer)

    assert vote.verdicts.get().answer == canonical


@given(side=st.sampled_from("ab"), answer=st.sampled_from(ballots.CHOICES))
def test_canonical_answers_name_the_system_that_was_on_the_chosen_side(side, answer):
    ballot = Ballot(left=side)

    meaning = ballots.canonical(ballot, answer)

    stands = {"left": ballot.left, "right": ballot.right}
    assert meaning == stands.get(answer, answer)
    assert {ballots.canonical(ballot, "left"), ballots.canonical(ballot, "right")} == {"a", "b"}


def test_cast_with_the_same_mark_and_answer_returns_the_same_vote(ballot):
    mark = uuid.uuid4()

    assert cast(ballot, "left", mark=mark) == cast(ballot, "left", mark=mark)
    assert Verdict.objects.count() == 1


def test_cast_with_the_same_mark_and_another_answer_is_refused(ballot):
    mark = uuid.uuid4()
    cast(ballot, "left", mark=mark)

    assert refusal(ballot, answer="right", mark=mark) == ("already_voted", 409)
    assert Verdict.objects.get().answer == "a"


def test_a_second_vote_is_refused_even_with_the_same_answer(ballot):
    cast(ballot, "left")

    assert refusal(ballot, answer="left") == ("already_voted", 409)


def test_a_mark_of_another_ballot_is_refused(ballot):
    mark = uuid.uuid4()
    other = factories.pair(factories.prompt(), factories.system(), factories.system())
    cast(factories.ballot(other, factories.annotator()), mark=mark)

    assert refusal(ballot, mark=mark) == ("already_voted", 409)


def test_somebody_elses_ballot_is_not_found(ballot):
    assert refusal(ballot, by=factories.annotator()) == ("not_found", 404)


@pytest.mark.parametrize(
    ("state", "code"),
    [("expired", "ballot_expired"), ("void", "ballot_void"), ("skipped", "already_skipped")],
)
def test_a_closed_ballot_is_refused(ballot, state, code):
    Ballot.objects.filter(pk=ballot.pk).update(state=state)

    assert refusal(ballot) == (code, 409)


def test_a_ballot_past_its_time_is_refused_before_the_sweeper_comes(pair):
    late = factories.ballot(pair, factories.annotator(), expires_at=NOW() - timedelta(seconds=1))

    assert refusal(late) == ("ballot_expired", 409)


@pytest.mark.parametrize("state", ["quarantined", "rejected"])
@pytest.mark.parametrize("side", ["response_a", "response_b"])
def test_a_response_that_was_taken_out_meanwhile_voids_the_vote(ballot, side, state):
    Response.objects.filter(pk=getattr(ballot.pair, side).pk).update(state=state)

    assert refusal(ballot) == ("ballot_void", 409)


def test_a_system_that_retired_meanwhile_voids_the_vote(ballot):
    System.objects.filter(pk=ballot.pair.system_b_id).update(
        state="retired", retire_reason="old", retired_at=NOW()
    )

    assert refusal(ballot) == ("ballot_void", 409)


@pytest.mark.parametrize("state", ["paused", "stopped"])
def test_who_was_stopped_meanwhile_is_refused(ballot, state):
    ballot.annotator.state = state
    ballot.annotator.save()

    assert refusal(ballot) == (state, 403)


@pytest.mark.parametrize(
    "verdicts", [{"other": "left"}, {"overall": ""}, {"overall": "a"}, {"overall": "up"}]
)
def test_an_answer_that_is_missing_or_unknown_is_refused(ballot, verdicts):
    with pytest.raises(Refused, match="Please answer: Overall") as refused:
        cast(ballot, **verdicts)

    assert (refused.value.code, refused.value.status) == ("verdict_missing", 422)


def test_every_active_criterion_is_asked(ballot):
    Criterion.objects.update(active=True)

    with pytest.raises(Refused, match="Please answer: How it was said") as refused:
        cast(ballot, semantic="left", overall="tie")
    vote = cast(ballot, semantic="left", paralinguistic="both_bad", overall="right")

    assert refused.value.code == "verdict_missing"
    assert dict(vote.verdicts.values_list("criterion__slug", "answer")) == {
        "semantic": "a",
        "paralinguistic": "both_bad",
        "overall": "b",
    }


def test_a_vote_in_less_time_than_the_clips_need_is_refused(pair):
    # Three clips of one second: 0.9 × 3 s − 0.25 s = 2.45 s.
    early = factories.ballot(pair, factories.annotator(), opened_at=NOW() - timedelta(seconds=1))
    enough = factories.ballot(pair, factories.annotator(), opened_at=NOW() - timedelta(seconds=2.46))

    with pytest.raises(Refused, match="2 more seconds") as refused:
        cast(early)

    assert (refused.value.code, refused.value.status) == ("not_heard_enough", 422)
    assert cast(enough).elapsed_ms >= 2460


def test_a_ballot_that_was_never_opened_was_not_heard(pair):
    issued = factories.ballot(pair, factories.annotator(), state="issued")

    assert refusal(issued) == ("not_heard_enough", 422)
