"""Many requests at one moment, over a database that all of them see."""

import uuid
from random import Random

import pytest

from judging.models import Ballot, SystemPair, Verdict, Vote, VoteExclusion
from judging.services import ballots, batches, exclusions, tallies, votes
from tests import factories
from tests.judging.casting import casting

pytestmark = pytest.mark.usefixtures("committed_db")


def cast(ballot, answer, mark):
    return votes.cast(ballot, casting(ballot, answer, mark=mark), by=ballot.annotator)


def test_parallel_issues_give_one_person_one_ballot(arena, together):
    arena(prompts=5, systems=3)
    annotator = factories.annotator()

    found = together(12, lambda number: batches.issue(annotator, rng=Random(number)))

    assert len({ballot.pk for ballot in found}) == 1
    assert Ballot.objects.count() == 1


def test_parallel_issues_of_many_people_keep_the_balance(arena, together):
    arena(prompts=2, systems=2)
    people = [factories.annotator() for _ in range(16)]

    found = together(16, lambda number: batches.issue(people[number], rng=Random(number)))

    assert len({ballot.pk for ballot in found}) == 16
    row = SystemPair.objects.get()
    assert (row.a_left, row.a_right, row.a_first, row.b_first) == (8, 8, 8, 8)
    assert Ballot.objects.filter(left="a").count() == 8


def test_fifty_parallel_casts_of_one_ballot_make_one_vote(together):
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    ballot = factories.ballot(pair, factories.annotator())
    marks = [uuid.uuid4() for _ in range(50)]
    # One page sends them all: each page that opens takes the ballot from the one before.
    ballots.hold(ballot)

    outcomes = together(50, lambda n: cast(ballot, ballots.CHOICES[n % 4], marks[n]))

    votes = [outcome for outcome in outcomes if isinstance(outcome, Vote)]
    assert len(votes) == Vote.objects.count() == 1
    assert Verdict.objects.count() == 3
    assert [outcome.code for outcome in outcomes if outcome not in votes] == ["already_voted"] * 49


def test_twenty_parallel_sendings_of_one_vote_get_one_answer(together):
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    ballot = factories.ballot(pair, factories.annotator())
    mark = uuid.uuid4()
    ballots.hold(ballot)

    outcomes = together(20, lambda _: cast(ballot, "tie", mark))

    assert {outcome.pk for outcome in outcomes} == {Vote.objects.get().pk}


def test_two_recasts_at_one_moment_leave_one_live_vote(together):
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    ballot = factories.ballot(pair, factories.annotator())
    first = cast(ballot, "tie", uuid.uuid4())
    sent = [casting(ballot, answer, supersedes=first.public_id) for answer in ballots.CHOICES]

    outcomes = together(4, lambda n: votes.cast(ballot, sent[n], by=ballot.annotator))

    assert Vote.objects.count() == 2
    assert Vote.objects.get(superseded_by=None).supersedes == first
    assert sorted(getattr(one, "code", "vote") for one in outcomes) == ["already_voted"] * 3 + ["vote"]


def test_a_batch_that_ends_while_it_is_voted_in_holds_the_vote_or_refuses_it(together):
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    for _ in range(5):
        ballot = factories.ballot(pair, factories.annotator())
        sent = casting(ballot)

        acts = [
            lambda b=ballot, s=sent: votes.cast(b, s, by=b.annotator),
            lambda b=ballot: batches.finish(b.batch, by="annotator"),
        ]
        voted, finished = together(2, lambda n, acts=acts: acts[n]())

        ballot.refresh_from_db()
        assert finished is True
        assert (ballot.state, getattr(voted, "code", "vote")) in [
            ("voted", "vote"),
            ("expired", "batch_closed"),
        ]


def test_ten_ballots_with_ten_posts_each_make_ten_votes(together):
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    given = [factories.ballot(pair, factories.annotator()) for _ in range(10)]
    sent = [[casting(ballot, ballots.CHOICES[n % 4]) for n in range(10)] for ballot in given]

    outcomes = together(
        100, lambda n: votes.cast(given[n // 10], sent[n // 10][n % 10], by=given[n // 10].annotator)
    )

    assert Vote.objects.count() == 10
    assert sorted(getattr(one, "code", "vote") for one in outcomes) == ["already_voted"] * 90 + ["vote"] * 10


def test_people_who_claim_at_once_get_distinct_ballots(arena, together):
    arena(prompts=6, systems=3)
    people = [factories.annotator() for _ in range(20)]

    found = together(20, lambda n: batches.issue(people[n], rng=Random(n)))

    assert len({ballot.pk for ballot in found}) == Ballot.objects.count() == 20


def test_two_exclusions_of_a_vote_that_are_lifted_at_once_let_it_count_again(together):
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    cast = [factories.vote(pair, factories.annotator(), "a") for _ in range(10)]
    mo = factories.user("mo@example.org", is_staff=True)
    for rule in ("moderator", "withdrawn"):
        exclusions.exclude(cast, rule=rule, reason="trial", by=None)
    tallies.rebuild()
    standing = list(VoteExclusion.objects.order_by("vote", "pk"))

    together(20, lambda number: exclusions.lift(standing[number], reason="over", by=mo))

    assert VoteExclusion.objects.filter(lift=None).count() == 0
    assert tallies.differences() == []
