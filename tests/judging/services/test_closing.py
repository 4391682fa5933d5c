"""Opening, skipping, expiring and voiding a ballot."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inference.errors import Refused
from inference.models import Response, System
from judging.models import Ballot
from judging.services import ballots, batches
from tests import factories

pytestmark = pytest.mark.django_db
NOW = timezone.now


@pytest.fixture
def pair():
    return factories.pair(factories.prompt(), factories.system(), factories.system())


def state(ballot):
    ballot.refresh_from_db()
    return ballot.state


def test_opening_sets_the_moment_once(pair):
    ballot = factories.ballot(pair, factories.annotator(), state="issued")

    ballots.open_(ballot)
    ballot.refresh_from_db()
    opened_at = ballot.opened_at
    ballots.open_(ballot)

    assert state(ballot) == "opened"
    assert ballot.opened_at == opened_at


@pytest.mark.parametrize(
    ("closed", "code"),
    [
        ("voted", "already_voted"),
        ("skipped", "already_skipped"),
        ("expired", "ballot_expired"),
        ("void", "ballot_void"),
    ],
)
def test_a_closed_ballot_cannot_be_opened_or_skipped(pair, closed, code):
    ballot = factories.ballot(pair, factories.annotator(), state=closed)

    for act in (lambda: ballots.open_(ballot), lambda: ballots.skip(ballot, reason="other")):
        with pytest.raises(Refused) as refused:
            act()
        assert (refused.value.code, refused.value.status) == (code, 409)
    assert state(ballot) == closed


@pytest.mark.parametrize("who", ["paused", "stopped"])
def test_who_does_not_judge_any_more_does_not_skip(pair, who):
    ballot = factories.ballot(pair, factories.annotator(state=who))

    with pytest.raises(Refused) as refused:
        ballots.skip(ballot, reason="other")

    assert (refused.value.code, refused.value.status) == (who, 403)
    assert state(ballot) == "opened"


def test_an_issued_ballot_past_its_time_cannot_be_opened(pair):
    ballot = factories.ballot(pair, factories.annotator(), state="issued", expires_at=NOW())

    with pytest.raises(Refused) as refused:
        ballots.open_(ballot)

    assert refused.value.code == "ballot_expired"
    assert state(ballot) == "issued"


@pytest.mark.parametrize("before", ["issued", "opened"])
def test_skipping_closes_with_the_reason(pair, before):
    ballot = factories.ballot(pair, factories.annotator(), state=before)

    ballots.skip(ballot, reason="language")

    assert (state(ballot), ballot.closing_code) == ("skipped", "language")


def test_skipping_needs_a_known_reason(pair):
    ballot = factories.ballot(pair, factories.annotator())

    with pytest.raises(Refused) as refused:
        ballots.skip(ballot, reason="bored")

    assert (refused.value.code, refused.value.status) == ("reason_missing", 422)
    assert state(ballot) == "opened"


def test_expire_closes_what_is_due_and_nothing_else(pair):
    due, young, voted = (
        factories.ballot(pair, factories.annotator(), state=before, expires_at=NOW() + left)
        for before, left in [
            ("issued", -timedelta(seconds=1)),
            ("issued", timedelta(minutes=1)),
            ("voted", -timedelta(seconds=1)),
        ]
    )

    assert ballots.expire() == 1
    assert [state(ballot) for ballot in (due, young, voted)] == ["expired", "issued", "voted"]


def test_void_with_closes_the_open_ballots_of_a_response(pair):
    other = factories.pair(factories.prompt(), pair.system_a, pair.system_b)
    opened = factories.ballot(pair, factories.annotator())
    voted = factories.ballot(pair, factories.annotator(), state="voted")
    elsewhere = factories.ballot(other, factories.annotator())

    assert ballots.void_with(pair.response_b) == 1
    assert [state(ballot) for ballot in (opened, voted, elsewhere)] == ["void", "voted", "opened"]
    assert Ballot.objects.get(pk=opened.pk).closing_code == "response_left_ok"


@pytest.mark.parametrize("model", [Response, System])
def test_void_unusable_finds_what_is_not_judged_any_more(pair, model):
    ballot = factories.ballot(pair, factories.annotator())
    target = pair.response_a if model is Response else pair.system_a
    changes = {
        Response: {"state": "quarantined"},
        System: {"state": "retired", "retire_reason": "old", "retired_at": NOW()},
    }

    before = ballots.void_unusable()
    model.objects.filter(pk=target.pk).update(**changes[model])
    after = ballots.void_unusable()

    assert (before, after, state(ballot)) == (0, 1, "void")


@pytest.mark.parametrize("how", ["due", "unusable"])
def test_waiting_closes_what_cannot_be_cast_any_more(pair, how):
    annotator = factories.annotator()
    expires_at = NOW() + timedelta(hours=-1 if how == "due" else 1)
    ballot = factories.ballot(pair, annotator, expires_at=expires_at)
    if how == "unusable":
        Response.objects.filter(pk=pair.response_a.pk).update(state="rejected")

    assert batches.waiting(annotator) is None
    assert state(ballot) == {"due": "expired", "unusable": "void"}[how]
