"""What the plan of a batch sets beside normal pairs: repeats, gold and training (J109, J122).

A ballot of theirs is made like any other, and nothing that is sent tells it apart (J93). It moves no count of
the sampling, since it counts in no standing.
"""

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now

from inference.audio.normalise import NORMALISER_VERSION
from inference.models import Prompt, Response, System
from judging import selectors
from judging.models import Annotator, Ballot, Batch, Draw, GoldAnswer, Pair, Policy, Purpose
from judging.sampling import plan as plans
from judging.sampling.limits import MOST_OF_ONE_PROMPT
from judging.services import clips, interests, languages, pools, tallies

# Source: J109.
REPEAT_AFTER = timedelta(hours=24)
REPEAT_AFTER_PAIRS = 24
REPEAT_UNTIL = timedelta(days=60)
RULE = "planned"
RULE_VERSION = 1
# Whose answers are heard beside those of the systems that are judged: controls are private for ever.
_HEARD = (*pools.JUDGED, System.State.PRIVATE)
_CLIPS = ("prompt__playback__made_from", "response_a__playback__made_from", "response_b__playback__made_from")


class Known(NamedTuple):
    """A pair that the plan sets, the earlier ballot that it repeats, and how likely it was among its like."""

    pair: Pair
    repeats: Ballot | None
    probability: float


def plan(annotator: Annotator, policy: Policy, *, rng: Random) -> list[str]:
    """Draw the purpose of each position when a batch starts (J28)."""
    before = Batch.objects.filter(annotator=annotator, kind=Batch.Kind.JUDGING).count()
    gold = plans.gold_wanted(batches_before=before, per_batch=policy.gold_per_batch)
    wanted = {plans.REPEAT: policy.repeats_per_batch, plans.GOLD: gold}
    return plans.plan(size=policy.batch_size, wanted=wanted, rng=rng)


def choose(batch: Batch, position: int, *, rng: Random) -> Known | None:
    """Choose what the plan has for this position; None where it is normal, or nothing fits.

    All kinds are looked for at every position of a batch, so that none takes longer than another.
    """
    if batch.training_set is not None:
        pair = Pair.objects.get(training__training_set=batch.training_set, training__position=position)
        return Known(pair, None, 1.0)
    repeats = list(repeatable(batch.annotator).order_by("pk").values_list("pk", "pair_id"))
    gold = list(gold_for(batch).order_by("pk").values_list("pk", flat=True))
    purpose = batch.plan[position - 1]
    if purpose == Purpose.REPEAT and repeats:
        earlier, _ = rng.choice(repeats)
        ballot = Ballot.objects.select_related("pair").get(pk=earlier)
        return Known(ballot.pair, ballot, 1 / len(repeats))
    if purpose == Purpose.GOLD and gold:
        return Known(Pair.objects.get(pk=rng.choice(gold)), None, 1 / len(gold))
    return None


def place(batch: Batch, position: int, known: Known, *, rng: Random) -> Ballot:
    """Write a ballot on a known pair; a repeat has its sides turned, and with them the first clip (J109).

    Raises:
        Refused: `clip_unavailable` (503) where a clip's file is lost or broken.
    """
    pair = Pair.objects.select_related(*_CLIPS).get(pk=known.pair.pk)
    target = clips.level(pair)
    # As at a normal pair, though nothing is counted here: who waits for whom tells nothing either.
    tallies.locked(pair)
    earlier = known.repeats
    ballot = Ballot.objects.create(
        annotator=batch.annotator,
        batch=batch,
        policy=batch.policy,
        position=position,
        purpose=_purpose(batch, known),
        repeat_of=earlier,
        pair=pair,
        left=earlier.right if earlier else rng.choice("ab"),
        # The same side first, and so the other answer.
        first=earlier.first if earlier else rng.choice(Ballot.Side.values),
        target_lufs=target,
        normaliser_version=NORMALISER_VERSION,
        rule=RULE,
        rule_version=RULE_VERSION,
        probability=known.probability,
        expires_at=Now() + batch.policy.ballot_lifetime,
    )
    Draw.objects.create(ballot=ballot, factors={})
    ballot.refresh_from_db(fields=["expires_at", "issued_at"])
    return ballot


def _purpose(batch: Batch, known: Known) -> Purpose:
    if batch.training_set is not None:
        return Purpose.TRAINING
    return Purpose.REPEAT if known.repeats else Purpose.GOLD


def repeatable(annotator: Annotator) -> QuerySet[Ballot]:
    """Select the person's own normal pairs that may be shown once more."""
    judged = Ballot.objects.filter(annotator=annotator, state=Ballot.State.VOTED).exclude(
        purpose=Purpose.TRAINING
    )
    recent = judged.order_by("-opened_at").values("pk")[:REPEAT_AFTER_PAIRS]
    return judged.filter(
        purpose=Purpose.NORMAL,
        repeats=None,
        opened_at__lte=Now() - REPEAT_AFTER,
        opened_at__gt=Now() - REPEAT_UNTIL,
        normaliser_version=NORMALISER_VERSION,
        **_usable("pair__", systems=pools.JUDGED),
    ).exclude(pk__in=recent)


def gold_for(batch: Batch) -> QuerySet[Pair]:
    """Select the gold pairs in the languages of a batch of which the person has heard nothing yet (J124)."""
    past = selectors.heard(batch.annotator)
    known = GoldAnswer.objects.filter(
        key=True, retired_at=None, criterion__in=batch.policy.asked.values("criterion")
    )
    worn = past.values("pair__prompt").annotate(times=Count("pk")).filter(times__gte=MOST_OF_ONE_PROMPT)
    codes = languages.codes_of(batch)
    speak = Q(prompt__language__code__in=codes) | Q(prompt__language=None)
    answer = Q(prompt__answer_language__code__in=codes) | Q(prompt__answer_language=None)
    own = interests.of(batch.annotator)
    heard = past.values("pair__response_a").union(past.values("pair__response_b"), all=True)
    return (
        Pair.objects.filter(speak, answer, pk__in=known.values("pair"), **_usable("", systems=_HEARD))
        .exclude(prompt__split=Prompt.Split.TRAINING)
        .exclude(Q(system_a__in=own) | Q(system_b__in=own))
        .exclude(response_a__in=heard)
        .exclude(response_b__in=heard)
        .exclude(prompt__in=worn.values("pair__prompt"))
    )


def _usable(prefix: str, *, systems: Sequence[str]) -> dict[str, object]:
    return {
        f"{prefix}prompt__state": Prompt.State.OK,
        f"{prefix}prompt__playback__normaliser_version": NORMALISER_VERSION,
        **{f"{prefix}response_{one}__state": Response.State.OK for one in "ab"},
        **{f"{prefix}response_{one}__playback__normaliser_version": NORMALISER_VERSION for one in "ab"},
        **{f"{prefix}system_{one}__state__in": systems for one in "ab"},
    }
