"""The training: five pairs with known answers, on the same page as all others, and what was learnt (J19–J24).

begin ──▶ five ballots, each followed by its explanation ──▶ conclude: passed
                                               └──▶ a second set ──▶ failed again: a day's pause
"""

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, Q
from django.db.models.functions import Now
from django.utils.translation import gettext

from inference.errors import Refused
from inference.models import Response
from judging.models import (
    Annotator,
    Ballot,
    Batch,
    BatchClosing,
    GoldAnswer,
    Pause,
    Policy,
    Purpose,
    TrainingSet,
    Verdict,
)
from judging.services import batches, languages, pauses, policies, positions

PAIRS = 5
PASS_FROM = 4
# Source: J22.
REFRESHER = 2
SETS_BEFORE_PAUSE = 2
PAUSE = timedelta(hours=24)
# Pauses that end with a training passed anew (J121).
_BY_RULE = {Pause.Cause.GOLD, Pause.Cause.CONSISTENCY, Pause.Cause.SIDE}
PASSED_AGAIN = "passed the training again"


class Answered(NamedTuple):
    """One criterion of a training pair, in canonical answers.

    Attributes:
        criterion: its slug.
        given: what the person said first.
        accepted: what is right.
    """

    criterion: str
    given: str
    accepted: list[str]

    @property
    def right(self) -> bool:
        """Whether the given answer is among the right ones."""
        return self.given in self.accepted


def is_due(annotator: Annotator) -> bool:
    """Whether the person has still to be trained, for the first time or on criteria that are new.

    Where the arena has no training set in a language of theirs, nobody can be: `is_possible` tells.
    """
    if annotator.training_passed_at is None:
        return is_possible(annotator)
    return bool(_new_criteria(annotator, policies.current())) and is_possible(annotator)


def may_begin(annotator: Annotator) -> bool:
    """Whether a training is due, or offered to somebody who is paused for what they answered (J121)."""
    return is_due(annotator) or (_is_offered(annotator) and is_possible(annotator))


def _is_offered(annotator: Annotator) -> bool:
    pause = pauses.in_force(annotator)
    return pause is not None and pause.cause in _BY_RULE


def is_possible(annotator: Annotator) -> bool:
    """Whether there is a training set in a language that the person judges in."""
    return bool(_sets(annotator))


def under_way(annotator: Annotator) -> Batch | None:
    """Find the training that the person has begun."""
    own = Batch.objects.filter(annotator=annotator, kind=Batch.Kind.TRAINING, state=Batch.State.OPEN)
    return own.select_related("policy", "annotator").first()


@transaction.atomic
def begin(annotator: Annotator) -> Batch:
    """Open the next training, or return the one that is open.

    Raises:
        Refused: `batch_open`, `training_not_due` (409), or as `pauses.require_none`.
    """
    Annotator.objects.select_for_update(no_key=True).get(pk=annotator.pk)
    if not _is_offered(annotator):
        pauses.require_none(annotator)
    if batch := under_way(annotator):
        return batch
    if batches.current(annotator):
        raise Refused(gettext("Please finish your open batch first."), "batch_open", status=409)
    if not may_begin(annotator):
        raise Refused(gettext("No training is due for you."), "training_not_due", status=409)
    policy, chosen = policies.current(), _next_set(annotator)
    known = annotator.training_passed_at is not None and not _is_offered(annotator)
    size = REFRESHER if known else PAIRS
    return Batch.objects.create(
        annotator=annotator,
        kind=Batch.Kind.TRAINING,
        policy=policy,
        languages=[chosen.language.code],
        training_set=chosen,
        size=size,
        plan=[Purpose.TRAINING] * size,
        criterion_order=[criterion.slug for criterion in policies.asked(policy)],
    )


def issue(annotator: Annotator, *, rng: Random) -> Ballot | None:
    """Give the next pair of the training that is open; None where all were judged."""
    return batches.issue(annotator, rng=rng)


def answered(ballot: Ballot) -> list[Answered]:
    """Compare the first vote on a training pair with what is right, criterion by criterion (J20)."""
    right = dict(GoldAnswer.objects.filter(pair=ballot.pair).values_list("criterion__slug", "accepted"))
    first = Verdict.objects.filter(vote__ballot=ballot, vote__supersedes=None)
    given = dict(first.values_list("criterion__slug", "answer"))
    order = ballot.batch.criterion_order if ballot.batch else []
    return [Answered(slug, given[slug], right[slug]) for slug in order if slug in given and slug in right]


def explanation(ballot: Ballot) -> GoldAnswer | None:
    """Find the sentence that says why."""
    return GoldAnswer.objects.filter(pair=ballot.pair).exclude(explanation_en="").first()


@transaction.atomic
def conclude(batch: Batch) -> bool:
    """End a training whose pairs are all judged; return whether it was passed.

    Every second set that is failed pauses the person for a day, and moderators see that (J21).

    Raises:
        Refused: `training_unfinished` (409).
    """
    annotator = Annotator.objects.select_for_update(no_key=True).get(pk=batch.annotator_id)
    if positions.overview(batch).free is not None:
        raise Refused(gettext("Please finish the training first."), "training_unfinished", status=409)
    passed = is_passed([answered(ballot) for ballot in judged(batch)], size=batch.size)
    if not batches.finish(batch, by=BatchClosing.By.ANNOTATOR):
        return passed
    if passed:
        Annotator.objects.filter(pk=annotator.pk).update(
            training_passed_at=Now(), trained_policy=batch.policy
        )
        if _is_offered(annotator):
            pauses.end(annotator, by=None, reason=PASSED_AGAIN)
    elif failures(annotator) % SETS_BEFORE_PAUSE == 0:
        pauses.begin(annotator, cause=Pause.Cause.TRAINING, detail=str(batch), lasts=PAUSE)
    return passed


def judged(batch: Batch) -> list[Ballot]:
    """List the ballots of a training that were judged, in their order."""
    rows = batch.ballots.filter(state=Ballot.State.VOTED).select_related("batch", "pair__prompt")
    return list(rows.order_by("position"))


def failures(annotator: Annotator) -> int:
    """Count the trainings that the person finished and failed since their last pass."""
    closed = annotator.batches.filter(kind=Batch.Kind.TRAINING, closing__by=BatchClosing.By.ANNOTATOR)
    if annotator.training_passed_at:
        closed = closed.filter(closing__at__gt=annotator.training_passed_at)
    return closed.count()


def is_passed(pairs: Sequence[Sequence[Answered]], *, size: int) -> bool:
    """Whether so many pairs were right in every criterion: four of five, and all of a refresher."""
    needed = min(size, PASS_FROM)
    return sum(bool(pair) and all(each.right for each in pair) for pair in pairs) >= needed


def _sets(annotator: Annotator) -> list[TrainingSet]:
    """List the whole sets in the person's languages, a set being whole when all its pairs can be heard."""
    known = languages.judged_by(annotator)
    order = {language.pk: place for place, language in enumerate(known)}
    ready = Q(
        pairs__pair__response_a__state=Response.State.OK, pairs__pair__response_b__state=Response.State.OK
    )
    found = TrainingSet.objects.filter(language__in=known).select_related("language")
    whole = found.annotate(ready=Count("pairs", filter=ready)).filter(ready=PAIRS)
    return sorted(whole, key=lambda each: (order[each.language_id], each.number))


def _next_set(annotator: Annotator) -> TrainingSet:
    """Choose among the sets of the person's first language, in turn."""
    sets = _sets(annotator)
    own = [each for each in sets if each.language_id == sets[0].language_id]
    return own[annotator.batches.filter(kind=Batch.Kind.TRAINING).count() % len(own)]


def _new_criteria(annotator: Annotator, policy: Policy) -> set[str]:
    before = annotator.trained_policy
    known = {criterion.slug for criterion in policies.asked(before)} if before else set()
    return {criterion.slug for criterion in policies.asked(policy)} - known
