"""Reads that others share: what a person has heard, and the votes that a seal holds (D85)."""

import datetime
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from judging.models import (
    Annotator,
    Ballot,
    BatchClosing,
    GoldAnswer,
    Heard,
    PanelMembership,
    Policy,
    Purpose,
    Seal,
    SealedItem,
    Verdict,
    Vote,
    VoteExclusion,
)


class Comparison(NamedTuple):
    """One verdict that can count, as plain values.

    Attributes:
        vote, system_a, system_b, prompt, annotator: keys; system a has the smaller one.
        level: 1 to 4; None where the prompt has none.
        language: BCP 47 code of the prompt; None where it is not known.
        answer: a, b, tie or both_bad.
        left: which of a and b stood left.
        first: left or right, the side that “play all” played first.
        probability: with which this pair was drawn.
    """

    vote: int
    system_a: int
    system_b: int
    prompt: int
    task: str
    level: int | None
    language: str | None
    annotator: int
    criterion: str
    answer: str
    left: str
    first: str
    probability: float
    cast_at: datetime.datetime


def comparisons(seal: Seal, *, criterion: str) -> list[Comparison]:
    """List the verdicts that count at this seal, by vote: the same seal gives the same rows for ever.

    Live votes of purpose normal, of batches whose closing lies in this seal or an earlier one (J65). What is
    sealed later, be it a closing, a vote, an exclusion or a lift, changes nothing in them.
    """
    rows = counted(seal).filter(criterion__slug=criterion).order_by("vote_id")
    return [
        Comparison._make(row)
        for row in rows.values_list(
            "vote_id",
            "vote__ballot__pair__system_a_id",
            "vote__ballot__pair__system_b_id",
            "vote__ballot__pair__prompt_id",
            "vote__ballot__pair__prompt__task__slug",
            "vote__ballot__pair__prompt__level__number",
            "vote__ballot__pair__prompt__language__code",
            "vote__ballot__annotator_id",
            "criterion__slug",
            "answer",
            "vote__ballot__left",
            "vote__ballot__first",
            "vote__ballot__probability",
            "vote__cast_at",
        )
    ]


def counted(seal: Seal) -> QuerySet[Verdict]:
    """Select the verdicts that count at this seal, on every criterion, in no order."""
    return _sealed_verdicts(seal).exclude(Exists(_exclusions_in_force(seal)))


def held(seal: Seal) -> QuerySet[Verdict]:
    """Select the verdicts that are sealed up to this seal, excluded ones too: they only grow."""
    return _sealed_verdicts(seal)


def newly_held(seal: Seal, *, after: Seal) -> set[int]:
    """List the votes (keys) that are held at a seal and were not at an earlier one."""
    fresh = SealedItem.objects.filter(seal__number__gt=after.number, seal__number__lte=seal.number)
    votes = set(fresh.filter(kind=SealedItem.Kind.VOTE).values_list("key", flat=True))
    closings = list(fresh.filter(kind=SealedItem.Kind.CLOSING).values_list("key", flat=True))
    return votes | set(Vote.objects.filter(ballot__batch__closing__in=closings).values_list("pk", flat=True))


def left_out(seal: Seal) -> list[int]:
    """List the votes (keys) that some exclusion keeps out at a seal."""
    return list(_in_force(seal).order_by("vote").values_list("vote", flat=True).distinct())


def left_out_by(seal: Seal) -> list[tuple[int, str]]:
    """List the votes (keys) that exclusions keep out at a seal, with the rule of each."""
    return list(_in_force(seal).order_by("vote", "rule__slug").values_list("vote", "rule__slug").distinct())


def gold_met(seal: Seal) -> list[tuple[int, bool]]:
    """List, by annotator key and in order, whether each gold pair was met, as of a seal (J124)."""
    keys = GoldAnswer.objects.filter(
        pair=OuterRef("vote__ballot__pair"), criterion=OuterRef("criterion"), key=True
    )
    rows = (
        _sealed_verdicts(seal, purposes=[Purpose.GOLD])
        .annotate(accepted=Subquery(keys.values("accepted")))
        .filter(accepted__isnull=False)
        .order_by("vote__ballot__annotator", "vote_id")
    )
    return [
        (annotator, answer in accepted)
        for annotator, answer, accepted in rows.values_list(
            "vote__ballot__annotator_id", "answer", "accepted"
        )
    ]


class Listening(NamedTuple):
    """How a vote's pair was drawn and heard.

    Attributes:
        probability: with which the pair was drawn; None: nothing is known.
        prompt, a, b: the share of each clip that was heard, 0 to 1; None where it was not kept.
    """

    probability: float | None
    prompt: float | None
    a: float | None
    b: float | None


def listening(votes: Collection[int]) -> dict[int, Listening]:
    """Say how each of these votes (keys) came about, by two queries."""
    ballot = "vote__ballot__pair"
    lengths = [f"{ballot}__{of}__playback__duration_ms" for of in ("prompt", "response_a", "response_b")]
    shares: dict[int, dict[str, float]] = {}
    rows = Heard.objects.filter(vote__in=votes).values_list("vote", "clip", "unique_ms", *lengths)
    for vote, clip, heard, prompt, a, b in rows:
        length = {Heard.Clip.PROMPT: prompt, Heard.Clip.A: a, Heard.Clip.B: b}[Heard.Clip(clip)]
        shares.setdefault(vote, {})[clip] = round(min(heard / max(length, 1), 1.0), 2)
    drawn = Vote.objects.filter(pk__in=votes).values_list("pk", "ballot__probability")
    return {
        vote: Listening(probability, *(shares.get(vote, {}).get(clip) for clip in Heard.Clip.values))
        for vote, probability in drawn
    }


def repeats_alike(seal: Seal, *, criterion: str) -> list[tuple[int, bool]]:
    """List, by annotator key, whether each repeat was answered like the first time, as of a seal."""
    rows = _repeats(seal).filter(criterion__slug=criterion).order_by("vote__ballot__annotator", "vote_id")
    return [
        (annotator, answer == before)
        for annotator, answer, before in rows.values_list("vote__ballot__annotator_id", "answer", "before")
    ]


def repeats_met(seal: Seal) -> list[tuple[str, int, bool]]:
    """List every repeat's criterion, prompt (key), and whether it was answered like the first time (J123)."""
    rows = _repeats(seal).exclude(Exists(_exclusions_in_force(seal))).order_by("vote_id", "criterion")
    return [
        (criterion, prompt, answer == before)
        for criterion, prompt, answer, before in rows.values_list(
            "criterion__slug", "vote__ballot__pair__prompt_id", "answer", "before"
        )
    ]


def _repeats(seal: Seal) -> QuerySet[Any]:
    """Select the verdicts on pairs that came again, each with what was answered `before`."""
    first = Verdict.objects.filter(
        vote__ballot=OuterRef("vote__ballot__repeat_of"),
        vote__superseded_by=None,
        criterion=OuterRef("criterion"),
    )
    # By the index of what repeats something: their purpose alone would be looked for among all ballots.
    repeats = _sealed_verdicts(seal, purposes=[Purpose.REPEAT]).filter(vote__ballot__repeat_of__isnull=False)
    rows = repeats.annotate(before=Subquery(first.values("answer")[:1]))
    return rows.filter(before__isnull=False)


def panel(seal: Seal) -> frozenset[int]:
    """List the annotators (keys) who belonged to the trusted panel at the moment of a seal (J125)."""
    then = PanelMembership.objects.filter(begun_at__lte=seal.at).exclude(ended_at__lte=seal.at)
    return frozenset(then.values_list("annotator_id", flat=True))


def policy(seal: Seal) -> Policy:
    """Find the newest policy that there was at the moment of a seal; the first where it is younger."""
    then = Policy.objects.filter(created_at__lte=seal.at).order_by("-version").first()
    return then or Policy.objects.order_by("version")[:1].get()


def _sealed_verdicts(seal: Seal, *, purposes: Sequence[str] = (Purpose.NORMAL,)) -> QuerySet[Verdict]:
    # Votes from before there were batches count from their own seal on, as they always did. Batches are
    # listed once: an EXISTS inside an OR would be asked anew for each of a million votes.
    closings = BatchClosing.objects.filter(_sealed(seal, SealedItem.Kind.CLOSING, OuterRef("pk")))
    closed = Q(vote__ballot__batch=None) | Q(vote__ballot__batch__in=closings.values("batch"))
    # NOT EXISTS: of a join on NULL the planner expects one row, and nests loops over a million.
    # Few votes supersede one, and these alone need to be hashed.
    superseded = Exists(Vote.objects.filter(supersedes=OuterRef("vote_id"), supersedes__isnull=False))
    return Verdict.objects.filter(
        _sealed(seal, SealedItem.Kind.VOTE, OuterRef("vote_id")),
        closed,
        ~superseded,
        vote__ballot__purpose__in=purposes,
    )


def _exclusions_in_force(seal: Seal) -> QuerySet[VoteExclusion]:
    return _in_force(seal).filter(vote=OuterRef("vote_id"))


def _in_force(seal: Seal) -> QuerySet[VoteExclusion]:
    return VoteExclusion.objects.filter(
        _sealed(seal, SealedItem.Kind.EXCLUSION, OuterRef("pk")),
        ~_sealed(seal, SealedItem.Kind.LIFT, OuterRef("lift__pk")),
    )


def _sealed(seal: Seal, kind: SealedItem.Kind, key: OuterRef) -> Exists:
    return Exists(SealedItem.objects.filter(kind=kind, key=key, seal__number__lte=seal.number))


def heard(annotator: Annotator) -> QuerySet[Ballot]:
    """The person's ballots whose clips they may have heard, or still will."""
    never = Q(state__in=[Ballot.State.EXPIRED, Ballot.State.VOID], opened_at=None)
    return Ballot.objects.filter(~never, annotator=annotator)
