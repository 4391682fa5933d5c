"""Batches: their start, what stands at each position, and their end."""

from datetime import timedelta
from random import Random

import pytest
from django.db import connection
from django.utils import timezone

from inference.errors import Refused
from inference.models import Prompt
from judging import selectors
from judging.models import Ballot, Batch, Policy, Seal
from judging.services import ballots, batches, positions, reports, seals
from tests import factories
from tests.judging.casting import cast

pytestmark = pytest.mark.django_db
RNG = Random(7)


def turn(annotator):
    """Give the person a pair and open it, as its page does."""
    ballot = batches.issue(annotator, rng=RNG)
    if ballot is not None:
        ballots.open_(ballot)
        ballot.refresh_from_db()
        long_ago = timezone.now() - timedelta(minutes=5)
        Ballot.objects.filter(pk=ballot.pk).update(opened_at=long_ago)
    return ballot


def moved(model, pk, **change):
    with factories.unguarded():
        model.objects.filter(pk=pk).update(**change)


def test_a_batch_takes_its_size_and_its_rows_from_the_policy(arena):
    arena()
    annotator = factories.annotator()

    batch = batches.start(annotator, rng=Random(1))

    assert (batch.size, batch.policy, batch.state) == (12, Policy.objects.get(current=True), "open")
    assert batch.criterion_order == ["semantic", "paralinguistic", "overall"]
    assert batches.start(annotator, rng=Random(1)) == batch


@pytest.mark.parametrize("state", ["paused", "stopped"])
def test_who_does_not_judge_starts_no_batch(state):
    with pytest.raises(Refused) as refused:
        batches.start(factories.annotator(state=state), rng=Random(1))

    assert refused.value.code == state


def test_a_study_turns_the_first_two_rows_round_in_every_other_batch(arena):
    arena()
    moved(Policy, Policy.objects.get(current=True).pk, rotate_rows=True)
    annotator, orders = factories.annotator(), []

    for _ in range(3):
        batch = batches.start(annotator, rng=Random(1))
        orders.append(batch.criterion_order[:2])
        batches.finish(batch, by="annotator")

    assert orders == [["semantic", "paralinguistic"], ["paralinguistic", "semantic"], *orders[:1]]


def test_the_pair_after_the_opened_one_is_drawn_ahead_and_comes_next(arena):
    arena(prompts=3)
    annotator = factories.annotator()
    first = turn(annotator)

    ahead = batches.draw_ahead(first, rng=RNG)
    again = batches.draw_ahead(first, rng=RNG)
    waiting = batches.issue(annotator, rng=RNG)
    cast(first)
    following = batches.issue(annotator, rng=RNG)

    assert (ahead, again) == (again, following)
    assert waiting == first
    assert [first.position, following.position] == [1, 2]


def test_nothing_is_drawn_ahead_of_the_last_position(arena):
    arena(prompts=3)
    annotator = factories.annotator()
    factories.batch(annotator, size=1)

    assert batches.draw_ahead(turn(annotator), rng=RNG) is None


def test_a_skipped_pair_gives_way_to_the_same_two_systems_and_a_second_skip_leaves_it_empty(arena):
    arena(prompts=6, systems=4)
    annotator = factories.annotator()
    first = turn(annotator)
    ballots.skip(first, reason="other")
    second = turn(annotator)
    ballots.skip(second, reason="other")
    third = turn(annotator)

    same = [(each.pair.system_a_id, each.pair.system_b_id) for each in (first, second)]
    assert same[0] == same[1]
    assert first.pair.prompt_id != second.pair.prompt_id
    assert [first.position, second.position, third.position] == [1, 1, 2]
    assert positions.overview(third.batch).empty == {1}


def test_where_the_same_two_have_no_other_prompt_their_position_stays_empty(arena):
    arena(prompts=1)
    arena(prompts=1)
    annotator = factories.annotator()
    skipped = turn(annotator)
    ballots.skip(skipped, reason="other")

    following = turn(annotator)

    assert following.position == 2
    assert following.pair.system_a_id != skipped.pair.system_a_id
    assert batches.issue(annotator, rng=RNG).pk == following.pk


def test_after_a_pair_that_waited_too_long_the_same_two_meet_on_another_prompt(arena):
    arena(prompts=3)
    annotator = factories.annotator()
    first = turn(annotator)
    moved(Ballot, first.pk, expires_at=timezone.now() - timedelta(seconds=1))

    second = turn(annotator)

    first.refresh_from_db()
    assert (first.state, second.position, second.rule) == ("expired", 1, "same_two")


def test_a_faulty_clip_that_the_server_cannot_confirm_counts_like_a_skip(arena):
    arena(prompts=6, systems=4)
    annotator = factories.annotator()
    found = []
    for _ in range(2):
        found.append(turn(annotator))
        reports.faulty(found[-1], clip="left")

    assert found[0].pair.system_a_id == found[1].pair.system_a_id
    assert positions.overview(found[0].batch).empty == {1}


def test_finishing_expires_what_is_open_and_what_was_voted_stays(arena):
    arena(prompts=4)
    annotator = factories.annotator()
    first = turn(annotator)
    cast(first)
    second = turn(annotator)
    batches.draw_ahead(second, rng=RNG)

    ended = batches.finish(first.batch, by="annotator")
    again = batches.finish(first.batch, by="timer")

    assert (ended, again) == (True, False)
    assert sorted(Ballot.objects.values_list("state", flat=True)) == ["expired", "expired", "voted"]
    assert Batch.objects.get().closing.by == "annotator"


@pytest.mark.parametrize(
    ("days", "cast_hours", "voted", "closes"),
    [(8, None, 0, 1), (6, None, 0, 0), (1, 25, 1, 1), (1, 23, 1, 0), (1, 25, 0, 0)],
)
def test_the_timer_closes_what_is_over(days, cast_hours, voted, closes):
    annotator, now = factories.annotator(), timezone.now()
    batch = factories.batch(annotator, size=1)
    if voted:
        pair = factories.pair(factories.prompt(), factories.system(), factories.system())
        factories.vote(pair, annotator, "a", within=batch)
    last = None if cast_hours is None else now - timedelta(hours=cast_hours)
    moved(Batch, batch.pk, started_at=now - timedelta(days=days), last_cast_at=last)

    assert batches.close_due() == closes
    assert Batch.objects.filter(state="closed", closing__by="timer").count() == closes


def test_votes_count_from_the_seal_of_their_closing_and_all_of_a_batch_at_once(arena):
    arena(prompts=3)
    annotator = factories.annotator()
    cast(turn(annotator))
    first = seals.seal()
    cast(turn(annotator))
    batches.finish(Batch.objects.get(), by="annotator")
    second = seals.seal()

    counts = [len(selectors.comparisons(seal, criterion="overall")) for seal in (first, second)]

    assert counts == [0, 2]
    assert seals.verify() == []


def test_repeats_and_gold_never_count():
    annotator = factories.annotator()
    batch = factories.batch(annotator, plan=["normal", "gold"], size=2)
    for purpose in ("normal", "gold"):
        pair = factories.pair(factories.prompt(), factories.system(), factories.system())
        vote = factories.vote(pair, annotator, "a", within=batch)
        moved(Ballot, vote.ballot_id, purpose=purpose)
    batches.finish(batch, by="annotator")

    [row] = selectors.comparisons(seals.seal(), criterion="overall")

    assert Ballot.objects.get(votes=row.vote).purpose == "normal"


def test_only_the_live_vote_counts(arena):
    arena()
    annotator = factories.annotator()
    ballot = turn(annotator)
    first = cast(ballot, "left")
    second = cast(ballot, "tie", supersedes=first.public_id)
    batches.finish(ballot.batch, by="annotator")

    [row] = selectors.comparisons(seals.seal(), criterion="overall")

    assert (row.vote, row.answer) == (second.pk, "tie")


def test_a_vote_from_before_there_were_batches_counts_from_its_own_seal():
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    vote = factories.vote(pair, factories.annotator(), "a")
    with connection.cursor() as cursor:
        # A table with foreign keys still to be checked is not altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "ALTER TABLE judging_ballot DROP CONSTRAINT a_ballot_has_a_batch_a_position_and_a_policy"
        )
    moved(Ballot, vote.ballot_id, batch=None, policy=None, position=None)
    with factories.unguarded():
        vote.ballot.batch.closing.delete()

    [row] = selectors.comparisons(seals.seal(), criterion="overall")

    assert row.vote == vote.pk
    assert Seal.objects.get().items == 1


def test_a_withdrawn_prompt_voids_and_its_position_gets_another_pair(arena):
    arena(prompts=3)
    annotator = factories.annotator()
    first = turn(annotator)
    Prompt.objects.filter(pk=first.pair.prompt_id).update(state="withdrawn", withdrawn_reason="x")

    second = turn(annotator)

    first.refresh_from_db()
    assert (first.state, second.position) == ("void", 1)
