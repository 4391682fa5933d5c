"""What the plan of a batch sets beside normal pairs: repeats, gold and training (J109, J122).

A ballot of theirs is made like any other, and nothing that is sent tells it apart (J93). It moves no count of
the sampling, since it counts in no standing.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import timedelta
from random import Random
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from inference.audio.normalise import NORMALISER_VERSION
from inference.models import Prompt, Response, System
from judging import selectors
from judging.models import Annotator, Ballot, Batch, Draw, GoldAnswer, Pair, Policy, Purpose
from judging.sampling import plan as plans
from judging.sampling.limits import MOST_OF_ONE_PROMPT, Person
from judging.services import clips, interests, languages, pools, tallies

# Source: J109.
REPEAT_AFTER = timedelta(hours=24)
REPEAT_AFTER_PAIRS = 24
REPEAT_UNTIL = timedelta(days=60)
GOLD_TO_SPARE = 2
RULE = "planned"
RULE_VERSION = 1
# Whose answers are heard beside those of the systems that are judged: controls are private for ever.
_HEARD = (*pools.JUDGED, System.State.PRIVATE)
_CLIPS = ("prompt__playback__made_from", "response_a__playback__made_from", "response_b__playback__made_from")


class Known(NamedTuple):
    """A pair that the plan sets, as its batch keeps it.

    Attributes:
        purpose: repeat, gold or training.
        pair: its key.
        probability: of it among its like.
        repeats: key of the earlier ballot that it repeats; None: it repeats none.
        left, first: how it is to stand where it repeats one, whose sides are turned; empty: it is drawn.
    """

    purpose: str
    pair: int
    probability: float
    repeats: int | None = None
    left: str = ""
    first: str = ""


class Placeable(NamedTuple):
    """A known pair with its rows and clips at hand."""

    known: Known
    pair: Pair


def plan(annotator: Annotator, policy: Policy, *, rng: Random) -> list[str]:
    """Draw the purpose of each position when a batch starts (J28)."""
    before = Batch.objects.filter(annotator=annotator, kind=Batch.Kind.JUDGING).count()
    gold = plans.gold_wanted(batches_before=before, per_batch=policy.gold_per_batch)
    wanted = {plans.REPEAT: policy.repeats_per_batch, plans.GOLD: gold}
    return plans.plan(size=policy.batch_size, wanted=wanted, rng=rng)


def known(batch: Batch, *, rng: Random) -> list[Known]:
    """Draw the pairs for the repeats and gold of a batch that is about to start (J28).

    Once for all its positions, so that none takes longer than another; of gold some to spare, since what is
    drawn meanwhile may be of the same answers.
    """
    found = []
    if times := batch.plan.count(Purpose.REPEAT):
        repeats = list(repeatable(batch.annotator).order_by("pk"))
        # The same side first, and so the other answer.
        found += [
            Known(plans.REPEAT, each.pair_id, 1 / len(repeats), each.pk, each.right, each.first)
            for each in rng.sample(repeats, min(times, len(repeats)))
        ]
    if times := batch.plan.count(Purpose.GOLD):
        gold = gold_for(batch)
        drawn = rng.sample(gold, min(times + GOLD_TO_SPARE, len(gold)))
        found += [Known(plans.GOLD, pair, 1 / len(gold)) for pair in drawn]
    return found


def choose(batch: Batch, position: int, *, given: Collection[int], person: Person) -> Placeable | None:
    """Choose what the plan has for this position; None where it is normal, or nothing fits any more.

    All that the batch keeps is looked at, whatever the position, so that none takes longer than another.

    Args:
        batch: locked by the caller.
        position: to be filled.
        given: pairs (keys) that the batch has had already.
        person: what its annotator has heard.
    """
    if batch.training_set is not None:
        lesson = batch.training_set.pairs.get(position=position)
        return Placeable(Known(Purpose.TRAINING, lesson.pair_id, 1.0), _rows().get(pk=lesson.pair_id))
    kept = [Known(*each) for each in batch.known]
    usable = _still_usable(kept, plans.REPEAT, pools.JUDGED) | _still_usable(kept, plans.GOLD, _HEARD)
    rows = {pair.pk: pair for pair in _rows().filter(usable)} if kept else {}
    for each in kept:
        pair = rows.get(each.pair)
        if each.purpose != batch.plan[position - 1] or pair is None or pair.pk in given:
            continue
        if each.purpose == Purpose.REPEAT or not _was_heard(pair, person):
            return Placeable(each, pair)
    return None


def _rows() -> QuerySet[Pair]:
    return Pair.objects.select_related("prompt", *_CLIPS)


def _still_usable(kept: Sequence[Known], purpose: str, systems: Sequence[str]) -> Q:
    pairs = [each.pair for each in kept if each.purpose == purpose]
    return Q(pk__in=pairs, **_usable("", systems=systems))


def _was_heard(pair: Pair, person: Person) -> bool:
    on_prompt = [heard for heard in person.heard if heard.prompt == pair.prompt_id]
    return len(on_prompt) >= MOST_OF_ONE_PROMPT or any(
        {pair.system_a_id, pair.system_b_id} & {*heard.systems} for heard in on_prompt
    )


def place(batch: Batch, position: int, chosen: Placeable, *, rng: Random) -> Ballot:
    """Write a ballot on a known pair; a repeat has its sides turned, and with them the first clip (J109).

    Raises:
        Refused: `clip_unavailable` (503) where a clip's file is lost or broken.
    """
    known, pair = chosen
    target = clips.level(pair)
    # As at a normal pair, though nothing is balanced here: who waits for whom tells nothing either.
    tallies.locked(pair)
    ballot = Ballot.objects.create(
        annotator=batch.annotator,
        batch=batch,
        policy=batch.policy,
        position=position,
        purpose=known.purpose,
        repeat_of_id=known.repeats,
        pair=pair,
        left=known.left or rng.choice("ab"),
        first=known.first or rng.choice(Ballot.Side.values),
        target_lufs=target,
        normaliser_version=NORMALISER_VERSION,
        rule=RULE,
        rule_version=RULE_VERSION,
        probability=known.probability,
        expires_at=Now() + batch.policy.ballot_lifetime,
    )
    tallies.issue(ballot)
    Draw.objects.create(ballot=ballot, factors={})
    return ballot


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


def gold_for(batch: Batch) -> list[int]:
    """List the gold pairs (keys) in the languages of a batch of which the person has heard nothing (J124)."""
    heard: set[int] = set()
    prompts: Counter[int] = Counter()
    past = selectors.heard(batch.annotator).values_list(
        "pair__response_a", "pair__response_b", "pair__prompt"
    )
    for one, other, prompt in past:
        heard |= {one, other}
        prompts[prompt] += 1
    codes, own = {*languages.codes_of(batch), None}, interests.of(batch.annotator)
    return [
        pair
        for pair, one, other, prompt, spoken, answered, *systems in _gold(batch.policy)
        if not {one, other} & heard
        and prompts[prompt] < MOST_OF_ONE_PROMPT
        and {spoken, answered} <= codes
        and not own.intersection(systems)
    ]


def _gold(policy: Policy) -> QuerySet[GoldAnswer, tuple[Any, ...]]:
    """Select the pairs that may be given as gold, by pair: few in any arena, since they are made by hand."""
    known = GoldAnswer.objects.filter(
        Q(origin=GoldAnswer.Origin.CONTROL) | Q(approved_by__isnull=False),
        key=True,
        retired_at=None,
        criterion__in=policy.asked.values("criterion"),
        **_usable("pair__", systems=_HEARD),
    )
    return known.order_by("pair").values_list(
        "pair",
        "pair__response_a",
        "pair__response_b",
        "pair__prompt",
        "pair__prompt__language__code",
        "pair__prompt__answer_language__code",
        "pair__system_a",
        "pair__system_b",
    )


def _usable(prefix: str, *, systems: Sequence[str]) -> dict[str, object]:
    return {
        f"{prefix}prompt__state": Prompt.State.OK,
        f"{prefix}prompt__playback__normaliser_version": NORMALISER_VERSION,
        **{f"{prefix}response_{one}__state": Response.State.OK for one in "ab"},
        **{f"{prefix}response_{one}__playback__normaliser_version": NORMALISER_VERSION for one in "ab"},
        **{f"{prefix}system_{one}__state__in": systems for one in "ab"},
    }
