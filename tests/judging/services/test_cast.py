"""Casting: one vote a ballot, canonical answers, and each refusal with its code."""

import itertools
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from inference.errors import Refused
from inference.models import Response, SecurityEvent, System
from judging.models import Ballot, Verdict, Vote
from judging.services import ballots, batches, heard, votes
from judging.services.votes import Casting, Said
from tests import factories
from tests.judging.casting import CRITERIA, cast, played

pytestmark = pytest.mark.django_db
NOW = timezone.now


@pytest.fixture
def pair():
    return factories.pair(factories.prompt(), factories.system(), factories.system())


@pytest.fixture
def ballot(pair):
    return factories.ballot(pair, factories.annotator())


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
    assert dict(vote.verdicts.values_list("criterion__slug", "answer")) == dict.fromkeys(CRITERIA, "tie")


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

    assert set(vote.verdicts.values_list("answer", flat=True)) == {canonical}


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
    assert Verdict.objects.count() == 3


def test_cast_with_the_same_mark_and_another_answer_is_refused(ballot):
    mark = uuid.uuid4()
    cast(ballot, "left", mark=mark)

    assert refusal(ballot, answer="right", mark=mark) == ("already_voted", 409)
    assert set(Verdict.objects.values_list("answer", flat=True)) == {"a"}


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
    "verdicts", [{"overall": None}, {"overall": ""}, {"overall": "a"}, {"overall": "up"}]
)
def test_an_answer_that_is_missing_or_unknown_is_refused(ballot, verdicts):
    with pytest.raises(Refused, match="Please answer: Overall") as refused:
        cast(ballot, **verdicts)

    assert (refused.value.code, refused.value.status) == ("verdict_missing", 422)


def test_every_criterion_of_the_policy_is_asked(ballot):
    with pytest.raises(Refused, match="Please answer: How it was said") as refused:
        cast(ballot, semantic="left", paralinguistic="", overall="tie")
    vote = cast(ballot, semantic="left", paralinguistic="both_bad", overall="right")

    assert refused.value.code == "verdict_missing"
    assert dict(vote.verdicts.values_list("criterion__slug", "answer")) == {
        "semantic": "a",
        "paralinguistic": "both_bad",
        "overall": "b",
    }


@pytest.mark.parametrize("clip", ["prompt", "left", "right"])
def test_a_clip_that_was_not_heard_enough_is_named_with_its_seconds(ballot, clip):
    page = ballots.hold(ballot)
    heard = played(ballot, page, **{clip: [[0, 300]]})

    with pytest.raises(Refused) as refused:
        cast(ballot, heard=heard)

    name = {"prompt": "the prompt", "left": "A", "right": "B"}[clip]
    assert (refused.value.code, refused.value.status) == ("not_heard_enough", 422)
    assert refused.value.message == f"Please hear 1 more second of {name}."
    assert Vote.objects.count() == 0


def test_what_cannot_have_been_heard_in_the_time_is_not_counted_and_noted(pair):
    # Three clips of one second, all said to be heard, half a second after the ballot was opened.
    early = factories.ballot(pair, factories.annotator(), opened_at=NOW() - timedelta(seconds=0.5))

    assert refusal(early) == ("not_heard_enough", 422)

    event = SecurityEvent.objects.get()
    assert (event.kind, event.user) == ("impossible_listening", early.annotator.user)
    assert event.detail == {"ballot": str(early.public_id)}


def test_a_vote_keeps_what_was_heard_in_the_pairs_terms(pair):
    ballot = factories.ballot(pair, factories.annotator(), left="b")
    page = ballots.hold(ballot)
    heard.write(ballot, played(ballot, page, right=[[0, 400]]))
    again = ballots.hold(ballot)

    vote = cast(ballot, heard=played(ballot, again, left=[], right=[[300, 1000]]))

    rows = {row.clip: (row.ranges, row.unique_ms, row.total_ms, row.starts) for row in vote.heard.all()}
    assert rows == {
        "prompt": ([[0, 1000]], 1000, 2000, 2),
        "b": ([[0, 1000]], 1000, 1000, 2),
        "a": ([[0, 1000]], 1000, 1100, 2),
    }


def test_a_page_that_another_one_took_over_from_casts_nothing(ballot):
    older = ballots.hold(ballot)
    ballots.hold(ballot)

    assert refusal(ballot, page=older) == ("opened_elsewhere", 409)


def test_a_vote_of_a_batch_that_is_finished_is_refused(ballot):
    batches.finish(ballot.batch, by="annotator")

    assert refusal(ballot) == ("batch_closed", 409)


def test_confidence_reasons_prefill_and_a_known_voice_are_kept(ballot):
    page = ballots.hold(ballot)
    said = {slug: Said("left") for slug in CRITERIA}
    said["overall"] = Said("left", prefilled=True, confidence=2, reasons=("flat", "pace"))
    sent = Casting(uuid.uuid4(), page, said, played(ballot, page), voice_known=True, build="b1", active_ms=9)

    vote = votes.cast(ballot, sent, by=ballot.annotator)

    kept = vote.verdicts.get(criterion__slug="overall")
    assert (kept.prefilled, kept.confidence, kept.reasons) == (True, 2, ["flat", "pace"])
    assert (vote.voice_known, vote.build, vote.active_ms) == (True, "b1", 9)


def test_a_ballot_that_was_never_opened_was_not_heard(pair):
    issued = factories.ballot(pair, factories.annotator(), state="issued")

    assert refusal(issued) == ("ballot_void", 409)
