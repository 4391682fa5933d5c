"""Drawing and issuing: hard limits, one open ballot a person, sides in balance."""

from datetime import timedelta
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inference.errors import Refused
from inference.models import AudioFile, Prompt, Response, System
from judging.models import Annotator, Ballot, SystemPair
from judging.services import ballots, batches
from tests import factories

pytestmark = pytest.mark.django_db


def issue(annotator, seed=1):
    return batches.issue(annotator, rng=Random(seed))


def close(ballot, state="voted"):
    now = timezone.now()
    Ballot.objects.filter(pk=ballot.pk).update(state=state, opened_at=now)


def judged(annotator, limit=100):
    """Let a person judge until nothing is left, each pair in a batch of its own."""
    found = []
    while (ballot := issue(annotator, seed=len(found))) is not None:
        found.append(ballot)
        close(ballot)
        batches.finish(ballot.batch, by="annotator")
        assert len(found) < limit
    return found


def test_issue_writes_a_ballot_that_can_be_opened(arena):
    [prompt], [one, other] = arena()
    annotator = factories.annotator()

    ballot = Ballot.objects.get(pk=issue(annotator).pk)

    assert ballot.state == "issued"
    assert (ballot.pair.prompt, ballot.pair.system_a, ballot.pair.system_b) == (prompt, one, other)
    assert (ballot.rule, ballot.rule_version, ballot.probability) == ("coverage", 2, pytest.approx(1))
    assert (ballot.target_lufs, ballot.normaliser_version) == (-23, 1)
    assert ballot.expires_at - ballot.issued_at == pytest.approx(
        timedelta(hours=24), abs=timedelta(seconds=5)
    )


def test_issue_returns_the_open_ballot_until_it_is_closed(arena):
    arena(prompts=2)
    annotator = factories.annotator()

    first = issue(annotator)
    again = issue(annotator, seed=2)
    ballots.open_(first)
    opened = issue(annotator, seed=3)
    close(first)
    following = issue(annotator, seed=4)

    assert first == again == opened
    assert following.pair.prompt != first.pair.prompt


@pytest.mark.parametrize("state", ["paused", "stopped"])
def test_issue_refuses_who_does_not_judge(arena, state):
    arena()

    with pytest.raises(Refused) as refused:
        issue(factories.annotator(state=state))

    assert (refused.value.code, refused.value.status) == (state, 403)


def test_issue_gives_nothing_where_nothing_is_left(arena):
    asked, _ = arena(prompts=2)
    annotator = factories.annotator()

    found = judged(annotator)

    assert {ballot.pair.prompt for ballot in found} == set(asked)
    assert issue(annotator) is None
    assert issue(factories.annotator()) is not None


def test_a_person_hears_no_response_twice(arena):
    arena(prompts=2, systems=5)

    found = judged(factories.annotator())

    # Five answers to a prompt make two pairs without a shared one; the fifth answer is left over.
    assert len(found) == 4
    heard = [answer for ballot in found for answer in (ballot.pair.response_a_id, ballot.pair.response_b_id)]
    assert len(set(heard)) == 8


def test_a_person_hears_a_prompt_at_most_three_times(arena):
    asked, _ = arena(prompts=2, systems=8)

    found = judged(factories.annotator())

    assert sorted(ballot.pair.prompt.pk for ballot in found) == sorted(3 * [prompt.pk for prompt in asked])


def test_somebody_alone_may_judge_all_there_is_of_two_systems(arena):
    arena(prompts=24)

    person = factories.annotator()
    # A new account has done enough for its first day after 24, and is told so.
    Annotator.objects.update(created_at=timezone.now() - timedelta(days=9))
    person.refresh_from_db()
    assert len(judged(person)) == 24


def test_among_others_a_person_stops_at_a_quarter_of_two_systems(arena):
    arena(prompts=24)
    for seed in range(4):
        close(issue(factories.annotator(), seed))

    # With the four others' it would be the twentieth.
    assert len(judged(factories.annotator())) == 15


def test_an_expired_ballot_that_was_never_opened_may_come_again(arena):
    arena()
    annotator = factories.annotator()
    first = issue(annotator)
    Ballot.objects.filter(pk=first.pk).update(state="expired")

    assert issue(annotator).pair == first.pair


@pytest.mark.parametrize("state", ["voted", "skipped", "expired", "void"])
def test_what_was_opened_does_not_come_again(arena, state):
    arena()
    annotator = factories.annotator()
    close(issue(annotator), state=state)

    assert issue(annotator) is None


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (System, {"state": "retired", "retire_reason": "old", "retired_at": timezone.now()}),
        (System, {"state": "private"}),
        (Response, {"state": "quarantined"}),
        (Response, {"state": "rejected"}),
        (Prompt, {"state": "withdrawn", "withdrawn_reason": "rights"}),
        (Prompt, {"split": "showcase"}),
    ],
)
def test_what_is_not_judged_is_not_drawn(arena, model, change):
    arena()
    model.objects.filter(pk=model.objects.first().pk).update(**change)

    assert issue(factories.annotator()) is None


def test_a_playback_of_another_normaliser_is_not_drawn(arena):
    _, [one, _] = arena()
    prompt = factories.prompt()
    current = factories.playback_audio(factories.raw_audio())
    fields = {field.attname: getattr(current, field.attname) for field in AudioFile._meta.fields}
    fields |= {"id": None, "storage_key": "older", "normaliser_version": 9}
    older = AudioFile.objects.create(**fields)
    factories.response(one, prompt, playback=older)
    factories.response(factories.system(), prompt)
    annotator = factories.annotator()

    assert [ballot.pair.prompt == prompt for ballot in judged(annotator)] == [False]


def test_demonstrations_meet_only_each_other(arena):
    [prompt], _ = arena(systems=1)
    demonstrations = [factories.system(label="demonstration") for _ in range(2)]
    for system in demonstrations:
        factories.response(system, prompt)

    [ballot] = judged(factories.annotator())

    assert [ballot.pair.system_a, ballot.pair.system_b] == demonstrations


def test_a_quiet_clip_brings_all_three_to_its_loudness(arena):
    [prompt], [one] = arena(systems=1)
    raw = factories.raw_audio()
    quiet = factories.playback_audio(raw, target_lufs=-26)
    factories.response(factories.system(), prompt, playback=quiet)

    ballot = issue(factories.annotator())

    assert ballot.target_lufs == -26
    loud = Response.objects.get(system=one)
    for source in (loud.raw, prompt.raw, raw):
        assert AudioFile.objects.filter(made_from=source, normaliser_version=1, target_lufs=-26).count() == 1


def test_sides_differ_by_at_most_one_at_any_time(arena):
    arena(prompts=3, systems=4)
    counted = []

    for seed in range(8):
        for number, ballot in enumerate(judged(factories.annotator())):
            counted.append((ballot, seed, number))
            for row in SystemPair.objects.all():
                assert abs(row.a_left - row.a_right) <= 1
                assert abs(row.a_first - row.b_first) <= 1

    assert sum(row.a_left + row.a_right for row in SystemPair.objects.all()) == len(counted) >= 30
    lefts = {(ballot.left, ballot.first) for ballot, *_ in counted}
    assert lefts == {("a", "left"), ("a", "right"), ("b", "left"), ("b", "right")}


@pytest.mark.parametrize("how", ["skip", "expire", "void"])
def test_a_ballot_that_comes_to_nothing_leaves_the_balance(arena, how):
    arena()
    ballot = issue(factories.annotator())
    acts = {
        "skip": lambda: ballots.skip(ballot, reason="other"),
        "expire": lambda: ballots._close(Ballot.objects.filter(pk=ballot.pk), state="expired"),
        "void": lambda: ballots.void_with(ballot.pair.response_a),
    }

    acts[how]()

    row = SystemPair.objects.get()
    assert (row.a_left, row.a_right, row.a_first, row.b_first) == (0, 0, 0, 0)


def test_issue_needs_as_many_queries_for_many_votes_as_for_few(arena):
    counts = []
    arena(prompts=6, systems=4)
    for people in (1, 6):
        for _ in range(people):
            judged(factories.annotator())
        newcomer = factories.annotator()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            issue(newcomer)
        counts.append(len(queries))

    assert counts[0] >= counts[1]
    # The start of the batch draws once to see whether there is anything, and then what it gives.
    assert counts[1] <= 70
