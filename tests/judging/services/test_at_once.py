"""Many requests at one moment, over a database that all of them see."""

import uuid
from random import Random

import pytest

from judging.models import Ballot, SystemPair, Verdict, Vote
from judging.services import ballots
from tests import factories

pytestmark = pytest.mark.usefixtures("committed_db")


def cast(ballot, answer, mark):
    return ballots.cast(ballot, by=ballot.annotator, verdicts={"overall": answer}, mark=mark)


def test_parallel_issues_give_one_person_one_ballot(arena, together):
    arena(prompts=5, systems=3)
    annotator = factories.annotator()

    found = together(12, lambda number: ballots.issue(annotator, rng=Random(number)))

    assert len({ballot.pk for ballot in found}) == 1
    assert Ballot.objects.count() == 1


def test_parallel_issues_of_many_people_keep_the_balance(arena, together):
    arena(prompts=2, systems=2)
    people = [factories.annotator() for _ in range(16)]

    found = together(16, lambda number: ballots.issue(people[number], rng=Random(number)))

    assert len({ballot.pk for ballot in found}) == 16
    row = SystemPair.objects.get()
    assert (row.a_left, row.a_right, row.a_first, row.b_first) == (8, 8, 8, 8)
    assert Ballot.objects.filter(left="a").count() == 8


def test_fifty_parallel_casts_of_one_ballot_make_one_vote(together):
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    ballot = factories.ballot(pair, factories.annotator())
    marks = [uuid.uuid4() for _ in range(50)]

    outcomes = together(50, lambda n: cast(ballot, ballots.CHOICES[n % 4], marks[n]))

    votes = [outcome for outcome in outcomes if isinstance(outcome, Vote)]
    assert len(votes) == Vote.objects.count() == Verdict.objects.count() == 1
    assert [outcome.code for outcome in outcomes if outcome not in votes] == ["already_voted"] * 49


def test_twenty_parallel_sendings_of_one_vote_get_one_answer(together):
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    ballot = factories.ballot(pair, factories.annotator())
    mark = uuid.uuid4()

    outcomes = together(20, lambda _: cast(ballot, "tie", mark))

    assert {outcome.pk for outcome in outcomes} == {Vote.objects.get().pk}
