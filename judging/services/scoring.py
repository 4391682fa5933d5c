"""What repeats and gold say of a person; beside the training the only reader of gold answers (J93, J118)."""

from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import Now

from judging.models import (
    Annotator,
    Ballot,
    Batch,
    GoldAnswer,
    PanelMembership,
    Pause,
    Purpose,
    Verdict,
)
from judging.reliability import figures, rules
from judging.services import pauses

SIDES = ("a", "b")
# Source: J124.
MOST_SHOWINGS = 200
PANEL_RIGHT = 0.80


class Repeat(NamedTuple):
    """One criterion of a pair that a person judged twice, in canonical answers."""

    ballot: int
    criterion: str
    first: str
    second: str


def gold(annotator: Annotator, *, since: datetime | None = None) -> list[bool]:
    """List whether each gold pair was met on its key criterion, in their order, in closed batches."""
    rows = _live(annotator, since=since).filter(vote__ballot__purpose=Purpose.GOLD)
    given = list(rows.select_related("vote__ballot").order_by("vote__cast_at"))
    # By the pairs of the few gold ballots: a join would look at all that the person ever judged.
    pairs = {verdict.vote.ballot.pair_id for verdict in given}
    keys = {
        (answer.pair_id, answer.criterion_id): answer.accepted
        for answer in GoldAnswer.objects.filter(key=True, pair__in=pairs)
    }
    found = []
    for verdict in given:
        accepted = keys.get((verdict.vote.ballot.pair_id, verdict.criterion_id))
        if accepted is not None:
            found.append(verdict.answer in accepted)
    return found


def repeats(annotator: Annotator, *, since: datetime | None = None) -> list[Repeat]:
    """List the verdicts that the person gave twice, from closed batches."""
    rows = _live(annotator, since=since).filter(vote__ballot__purpose=Purpose.REPEAT)
    second = {
        (verdict.vote.ballot.repeat_of_id, verdict.criterion.slug): verdict.answer
        for verdict in rows.select_related("vote__ballot", "criterion").order_by("vote__cast_at")
    }
    earlier = Verdict.objects.filter(
        vote__ballot__in={ballot for ballot, _ in second}, vote__superseded_by=None
    ).select_related("criterion", "vote")
    return [
        Repeat(verdict.vote.ballot_id, verdict.criterion.slug, verdict.answer, again)
        for verdict in earlier
        if (again := second.get((verdict.vote.ballot_id, verdict.criterion.slug))) is not None
    ]


def consistency(annotator: Annotator, *, since: datetime | None = None) -> list[bool]:
    """List whether each repeated pair was answered alike; one that asks an overall goes by that alone."""
    by_ballot: dict[int, dict[str, bool]] = {}
    for each in repeats(annotator, since=since):
        by_ballot.setdefault(each.ballot, {})[each.criterion] = each.first == each.second
    return [alike.get("overall", all(alike.values())) for alike in by_ballot.values()]


def own_consistency(annotator: Annotator) -> figures.Share:
    """Say how often the person answered alike, as one figure, which they see themselves (J122)."""
    return figures.share(consistency(annotator))


def preferred_left(annotator: Annotator, *, since: datetime | None = None) -> list[bool]:
    """List whether each decisive overall verdict preferred the left side, from closed batches."""
    rows = _live(annotator, since=since).filter(
        vote__ballot__purpose=Purpose.NORMAL, criterion__slug="overall", answer__in=SIDES
    )
    return [
        answer == left
        for answer, left in rows.order_by("vote__cast_at").values_list("answer", "vote__ballot__left")
    ]


@transaction.atomic
def review(annotator: Annotator) -> Pause | None:
    """Pause a person who has reached one of the limits; None: they have not (J121).

    What was judged before the end of their last pause by a rule was answered for, and is not held against
    them again.
    """
    since = _answered_for(annotator)
    cause = rules.limit_reached(
        gold=gold(annotator, since=since),
        repeats=consistency(annotator, since=since),
        left=preferred_left(annotator, since=since),
    )
    return pauses.begin(annotator, cause=cause, detail="limit of J121 reached") if cause else None


def retire_gold() -> int:
    """Retire gold that was shown often or that the panel misses; return how many pairs that were (J124)."""
    shown = Ballot.objects.filter(purpose=Purpose.GOLD, state=Ballot.State.VOTED).values("pair")
    worn = shown.annotate(times=Count("pk")).filter(times__gte=MOST_SHOWINGS).values("pair")
    standing = GoldAnswer.objects.filter(key=True, retired_at=None)
    doubtful = [answer.pk for answer in standing if _is_doubtful(answer)]
    return standing.filter(Q(pair__in=worn) | Q(pk__in=doubtful)).update(retired_at=Now())


def _is_doubtful(answer: GoldAnswer) -> bool:
    """Whether too few of the trusted panel get it right; not before enough of them have tried."""
    panel = PanelMembership.objects.filter(ended_at=None).values("annotator")
    given = Verdict.objects.filter(
        vote__ballot__pair=answer.pair_id,
        vote__ballot__purpose=Purpose.GOLD,
        vote__ballot__annotator__in=panel,
        vote__ballot__batch__state=Batch.State.CLOSED,
        vote__superseded_by=None,
        criterion=answer.criterion_id,
    )
    right = figures.share(each in answer.accepted for each in given.values_list("answer", flat=True))
    return right.is_shown and right.value < PANEL_RIGHT


def _answered_for(annotator: Annotator) -> datetime | None:
    ended = Pause.objects.filter(
        annotator=annotator, cause__in=[rules.GOLD, rules.CONSISTENCY, rules.SIDE], ended_at__isnull=False
    )
    latest: datetime | None = ended.aggregate(latest=Max("ended_at"))["latest"]
    return latest


def _live(annotator: Annotator, *, since: datetime | None) -> QuerySet[Verdict]:
    """Verdicts of the votes that stand, in closed batches."""
    after = Q(vote__cast_at__gt=since) if since else Q()
    return Verdict.objects.filter(
        after,
        vote__ballot__annotator=annotator,
        vote__ballot__batch__state=Batch.State.CLOSED,
        vote__superseded_by=None,
    )
