"""What repeats and gold say of a person, and when they are paused (J118–J122, J124, J125)."""

import random
import uuid
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from inference.errors import Refused
from judging.models import Criterion, GoldAnswer, PanelMembership, Pause, Vote
from judging.services import batches, gold, moderation, panel, pauses, scoring, training
from tests import factories
from tests.judging.services.test_planned import gold as gold_pair
from tests.judging.services.test_training import judge, sets  # noqa: F401 -- a fixture

pytestmark = pytest.mark.django_db


def answered_gold(person, *, hits=0, misses=0):
    """So many gold pairs in one closed batch."""
    batch = factories.batch(person, size=1, state="closed")
    for number in range(hits + misses):
        factories.vote(gold_pair(), person, "a" if number >= misses else "b", within=batch, purpose="gold")
    return batch


def repeated(person, *, alike=0, other=0):
    """So many repeats."""
    for number in range(alike + other):
        pair = factories.pair(factories.prompt(), factories.system(), factories.system())
        first = factories.vote(pair, person, "a").ballot
        batch = factories.closed(factories.batch(person, size=1, state="closed"))
        again = factories.ballot(
            pair, person, left="b", state="voted", batch=batch, purpose="repeat", repeat_of=first
        )
        said = Vote.objects.create(public_id=uuid.uuid4(), ballot=again, elapsed_ms=1)
        overall = Criterion.objects.get(slug="overall")
        said.verdicts.create(criterion=overall, answer="a" if number < alike else "b")


@pytest.fixture
def person():
    return factories.annotator()


def test_only_closed_batches_say_anything(person):
    factories.vote(gold_pair(), person, "b", within=factories.batch(person, size=1), purpose="gold")

    assert scoring.gold(person) == []


def test_gold_is_met_or_missed_on_its_key_alone(person):
    factories.closed(answered_gold(person, hits=2, misses=1))

    assert sorted(scoring.gold(person)) == [False, True, True]


def test_the_fourth_miss_of_twelve_pauses_when_the_batch_ends(person):
    batch = factories.batch(person, size=4)
    for _ in range(4):
        factories.vote(gold_pair(), person, "b", within=batch, purpose="gold")
    assert not Pause.objects.exists()

    batches.finish(batch, by="annotator")

    pause = Pause.objects.get()
    assert (pause.annotator, pause.cause, pause.until) == (person, "gold", None)
    with pytest.raises(Refused) as refused:
        batches.start(person, rng=random.Random(1))
    assert refused.value.code == "paused"


def test_ten_contrary_repeats_pause_and_nine_do_not(person):
    repeated(person, alike=1, other=8)
    assert scoring.review(person) is None
    repeated(person, other=1)

    assert scoring.review(person).cause == "consistency"
    assert (scoring.own_consistency(person).hits, scoring.own_consistency(person).cases) == (1, 10)


def test_what_was_answered_for_is_not_held_against_somebody_twice(person, mo):
    factories.closed(answered_gold(person, misses=4))
    assert scoring.review(person)
    moderation.resume(person, by=mo, reason="It was a broken headphone.")

    assert pauses.in_force(person) is None
    assert scoring.review(person) is None


def test_a_training_passed_again_ends_a_pause_by_rule(person, sets):  # noqa: F811
    judge(person)
    factories.closed(answered_gold(person, misses=4))
    scoring.review(person)
    person.refresh_from_db()
    assert training.may_begin(person)

    assert judge(person)

    assert Pause.objects.get().end_reason == training.PASSED_AGAIN


def test_a_moderators_pause_is_not_ended_by_a_training(person, sets, mo):  # noqa: F811
    moderation.pause(person, by=mo, reason="Looks odd.")
    person.refresh_from_db()

    with pytest.raises(Refused) as refused:
        training.begin(person)
    assert refused.value.code == "paused"


def test_the_person_sees_one_figure_and_no_word_of_gold(person, as_user):
    repeated(person, alike=9)
    factories.closed(answered_gold(person, hits=3))
    browser = as_user(person.user)
    assert "came again" not in browser.get("/me/").content.decode()
    repeated(person, alike=1)

    page = browser.get("/me/").content.decode()

    assert "100 % (72–100 %, of 10)" in page
    assert "gold" not in page.lower()
    assert "gold" not in browser.get("/me/data").content.decode().lower()


def test_gold_retires_when_it_was_shown_often_or_the_panel_misses_it(person, mo, monkeypatch):
    monkeypatch.setattr(scoring, "MOST_SHOWINGS", 3)
    worn, missed, fine = gold_pair(), gold_pair(), gold_pair()
    for number in range(10):
        member = factories.annotator()
        PanelMembership.objects.create(annotator=member, reason="vetted", added_by=mo)
        batch = factories.batch(member, size=1, state="closed")
        for pair, answer, times in ((worn, "a", 3), (missed, "b" if number < 3 else "a", 10), (fine, "a", 2)):
            if number < times:
                factories.vote(pair, member, answer, within=batch, purpose="gold")
    monkeypatch.setattr(scoring, "MOST_SHOWINGS", 11)
    assert scoring.retire_gold() == 1
    assert GoldAnswer.objects.get(pair=missed).retired_at
    monkeypatch.setattr(scoring, "MOST_SHOWINGS", 3)

    assert scoring.retire_gold() == 1
    assert GoldAnswer.objects.get(pair=fine).retired_at is None


def test_a_pair_on_which_seven_agree_is_proposed_and_given_once_approved(mo):
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    for _ in range(6):
        factories.vote(pair, factories.annotator(), "b")
    assert gold.propose() == 0
    factories.vote(pair, factories.annotator(), "b")

    assert (gold.propose(), gold.propose()) == (1, 0)
    answer = GoldAnswer.objects.get()
    assert (answer.accepted, answer.origin, answer.approved_by) == (["b"], "consensus", None)
    gold.approve(answer, by=mo, reason="They are right.")
    answer.refresh_from_db()
    assert answer.approved_by == mo
    gold.retire(answer, by=mo, reason="Old.")
    with pytest.raises(Refused):
        gold.retire(answer, by=mo, reason="Old.")


def test_the_panel_takes_only_who_was_vetted(person, mo, monkeypatch):
    assert len(panel.lacks(person)) == 3
    with pytest.raises(Refused) as refused:
        panel.admit(person, by=mo, reason="Known.")
    assert refused.value.code == "not_vetted"
    monkeypatch.setattr(panel, "VOTES", 2)
    factories.closed(answered_gold(person, hits=2))
    person.training_passed_at = timezone.now()

    panel.admit(person, by=mo, reason="Known.")

    with pytest.raises(Refused) as refused:
        panel.admit(person, by=mo, reason="Known.")
    assert refused.value.code == "already_member"
    panel.dismiss(person, by=mo, reason="Has left.")
    assert PanelMembership.objects.get().ended_by == mo
    assert PanelMembership.objects.filter(ended_at__gte=F("begun_at") - timedelta(0)).exists()
