"""Training: real sound, the same ballots as all others, and what passes (J19–J24)."""

from datetime import timedelta
from random import Random

import pytest
from django.db.models import F

from inference.errors import Refused
from inference.models import Language, Prompt
from judging import material as lessons
from judging.models import (
    Ballot,
    Batch,
    Criterion,
    GoldAnswer,
    Pause,
    Policy,
    PolicyCriterion,
    TrainingSet,
)
from judging.services import ballots, enrolment, material, tallies, training
from tests import factories
from tests.judging import casting

pytestmark = pytest.mark.django_db


def training_sets():
    """Two training sets in English, made of tones."""
    made = []
    for number in (1, 2):
        into = TrainingSet.objects.create(language=Language.objects.get(code="en"), number=number)
        one, two = (factories.system(state="private") for _ in "ab")
        for position in range(1, 6):
            pair = factories.pair(factories.prompt(split=Prompt.Split.TRAINING), one, two)
            into.pairs.create(position=position, pair=pair)
            material.know(
                pair,
                accepted={"semantic": ["a"], "paralinguistic": ["tie"], "overall": ["a", "both_bad"]},
                why_en="Because.",
                why_zh_hans="因为。",
            )
        made.append(into)
    return made


@pytest.fixture
def sets():
    """What the arena trains with."""
    return training_sets()


@pytest.fixture
def learner(sets):
    """Somebody whose training is due."""
    return factories.annotator(state="enrolling")


def say(ballot: Ballot, *, right: bool = True):
    """Answer a training pair."""
    Ballot.objects.filter(pk=ballot.pk).update(
        state="opened", opened_at=F("issued_at") - timedelta(minutes=5)
    )
    ballot = Ballot.objects.get(pk=ballot.pk)
    side = "left" if (ballot.left == "a") == right else "right"
    casting.cast(ballot, semantic=side, paralinguistic="tie", overall="both_bad")
    return ballot


def judge(annotator, *, wrong=0):
    """Go through a whole training, so many pairs of it wrongly; return whether it was passed."""
    batch = training.begin(annotator)
    for position in range(1, batch.size + 1):
        ballot = training.issue(annotator, rng=Random(1))
        assert ballot.position == position
        say(ballot, right=position > wrong)
    assert training.issue(annotator, rng=Random(1)) is None
    return training.conclude(batch)


def test_every_lesson_is_spoken_in_english_and_chinese_with_answers_to_all_criteria():
    assert material.bring() == material.count() == 20

    assert material.is_complete()
    assert material.bring() == 0
    shape = TrainingSet.objects.order_by("language__code", "number").values_list("language__code", "number")
    assert list(shape) == [("en", 1), ("en", 2), ("zh", 1), ("zh", 2)]
    for each in TrainingSet.objects.all():
        assert [pair.position for pair in each.pairs.all()] == [1, 2, 3, 4, 5]
        for row in each.pairs.select_related("pair__response_a", "pair__response_b", "pair__prompt"):
            answers = GoldAnswer.objects.filter(pair=row.pair)
            assert {answer.criterion.slug for answer in answers} == {"semantic", "paralinguistic", "overall"}
            assert not any(answer.key for answer in answers)
            assert row.pair.response_a.state == row.pair.response_b.state == "ok"
            assert row.pair.response_a.playback.duration_ms > 700
            assert row.pair.prompt.split == Prompt.Split.TRAINING


def test_each_set_teaches_its_five_lessons_in_their_order():
    for each in lessons.training():
        kinds = {
            1: ({"one"}, {"tie"}),
            2: ({"tie"}, {"one"}),
            3: ({"tie"}, {"tie"}),
            4: ({"both_bad"}, {"both_bad"}),
            5: ({"one"}, {"two"}),
        }
        accepted = each.accepted
        assert (set(accepted["semantic"]), set(accepted["paralinguistic"])) == kinds[each.position]
        assert each.why_en
        assert each.why_zh_hans


def test_training_is_the_last_step_of_the_way_in_and_is_passed_with_four_of_five(learner):
    assert enrolment.due(learner.user, device="") == "training"

    assert judge(learner, wrong=1)

    learner.refresh_from_db()
    assert enrolment.due(learner.user, device="") is None
    assert learner.training_passed_at is not None
    assert learner.trained_policy.current


def test_two_failed_sets_are_different_and_pause_for_a_day(learner):
    assert not judge(learner, wrong=2)
    assert enrolment.due(learner.user, device="") == "training"
    assert not Pause.objects.exists()
    assert not judge(learner, wrong=2)

    first, second = Batch.objects.order_by("pk")
    assert (first.training_set.number, second.training_set.number) == (1, 2)
    pause = Pause.objects.get()
    assert (pause.cause, pause.until - pause.begun_at) == ("training", training.PAUSE)
    with pytest.raises(Refused) as refused:
        training.begin(learner)
    assert refused.value.code == "paused"
    Pause.objects.update(until=F("begun_at"))
    assert judge(learner)


def test_only_the_first_answer_counts(learner):
    batch = training.begin(learner)
    ballot = say(training.issue(learner, rng=Random(1)), right=False)
    first = ballot.votes.get()
    side = "left" if ballot.left == "a" else "right"
    casting.cast(ballot, semantic=side, paralinguistic="tie", overall="tie", supersedes=first.public_id)

    assert [each.right for each in training.answered(Ballot.objects.get(pk=ballot.pk))] == [False, True, True]
    assert batch.state == "open"


def test_nothing_is_due_where_there_is_no_set_in_a_language_of_theirs(sets):
    TrainingSet.objects.update(language=Language.objects.get(code="zh"))
    person = factories.annotator(state="enrolling")
    person.skills.filter(language__code="zh").delete()

    assert not training.is_possible(person)
    assert enrolment.due(person.user, device="") is None


def test_a_new_criterion_asks_for_two_pairs(learner):
    judge(learner)
    old = learner.batches.get().policy
    Policy.objects.filter(pk=old.pk).update(current=False)
    new = Policy.objects.create(version=99, reason="Sound is asked now.", current=True)
    slugs = ["semantic", "paralinguistic", "voice_quality", "overall"]
    for position, slug in enumerate(slugs, start=1):
        PolicyCriterion.objects.create(
            policy=new, criterion=Criterion.objects.get(slug=slug), position=position
        )
    learner.refresh_from_db()

    assert enrolment.due(learner.user, device="") == "training"
    assert training.begin(learner).size == 2


def test_a_skipped_training_pair_comes_again_and_empty_ones_do_not_pass(learner):
    batch = training.begin(learner)
    first = training.issue(learner, rng=Random(1))
    for _ in range(2):
        ballot = training.issue(learner, rng=Random(1))
        assert ballot.pair == first.pair
        ballots.open_(ballot)
        ballots.skip(ballot, reason="other")
    assert training.issue(learner, rng=Random(1)).position == 2
    with pytest.raises(Refused) as refused:
        training.conclude(batch)
    assert refused.value.code == "training_unfinished"


def test_training_is_in_no_count(learner):
    judge(learner)

    assert tallies.differences() == []
