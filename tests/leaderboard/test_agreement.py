"""The public page of agreement: as of the last snapshot, by criterion and part (J123, J96)."""

import pytest
from django.core.management import call_command

from judging.models import Ballot
from leaderboard.selectors import agreement
from tests import factories

pytestmark = pytest.mark.django_db


def judged(pairs, people, *, answers="a", task="poetry"):
    """Let all people judge so many pairs, each with the answer whose turn it is."""
    one, other = factories.system(), factories.system()
    for number in range(pairs):
        pair = factories.pair(factories.prompt(task=task), one, other)
        for person in people:
            factories.vote(pair, person, answers[number % len(answers)])


@pytest.fixture
def people():
    return [factories.annotator() for _ in range(3)]


def test_people_who_say_the_same_agree_wholly(people):
    assert agreement.latest() is None
    judged(12, people, answers="ab")
    call_command("snapshot", verbosity=0)

    _, [overall] = agreement.latest()

    assert overall.criterion.slug == "overall"
    assert (overall.whole.alpha.value, overall.whole.ac1.value, overall.whole.raw.value) == (1, 1, 1)
    assert (overall.whole.units, overall.whole.needed, overall.whole.own) == (12, 1, None)
    assert [line.part.slug for line in overall.parts["task"]] == ["poetry"]
    assert [line.part.code for line in overall.parts["language"]] == ["en"]


def test_fewer_than_ten_pairs_are_not_shown_and_repeats_are_of_oneself(people, client):
    judged(9, people[:2])
    person = people[2]
    for _ in range(10):
        pair = factories.pair(factories.prompt(), factories.system(), factories.system())
        first = factories.vote(pair, person, "a").ballot
        factories.vote(pair, person, "a", left="b", purpose="repeat", repeat_of=first)
    call_command("snapshot", verbosity=0)

    snapshot, [overall] = agreement.latest()

    assert overall.whole.raw is None
    assert overall.whole.own.value == 1
    assert snapshot.votes == 28
    assert Ballot.objects.filter(purpose="repeat").count() == 10


def test_no_number_moves_between_snapshots(people, client):
    judged(12, people)
    call_command("snapshot", verbosity=0)
    before = client.get("/agreement/").content
    judged(12, people, answers="b")

    assert client.get("/agreement/").content == before
    call_command("snapshot", verbosity=0)
    assert client.get("/agreement/").content != before


def test_the_page_stands_without_any_vote(client):
    assert "There is no snapshot with votes yet" in client.get("/agreement/").content.decode()


@pytest.mark.parametrize(("alpha", "judges"), [(0.8, 1), (0.5, 4), (0.2, 16), (0.0, None), (-0.1, None)])
def test_judges_needed_follow_spearman_and_brown(alpha, judges):
    assert agreement.judges_needed(alpha) == judges
