"""A ballot's life: path two, first half, in reading order.

    issued ──▶ opened ──▶ voted ──▶ voted again, while the batch is open
       └──────────┴─────▶ skipped | expired | void

The database's clock measures all times. Locks are taken in one order, so that nobody waits in a circle: the
person, the batch, ballots, then the rows that count who met whom.
"""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from django.db import models, transaction
from django.db.models import BooleanField, DurationField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from inference.models import Prompt, Response
from judging.models import Annotator, Ballot, Batch, Purpose
from judging.services import annotators, limits, pools, refusals, tallies

State = Ballot.State
OPEN = (State.ISSUED, State.OPENED)
# As they stand on the page.
CHOICES = ("left", "tie", "both_bad", "right")
_USABLE = Q(
    pair__prompt__state=Prompt.State.OK,
    pair__response_a__state=Response.State.OK,
    pair__response_b__state=Response.State.OK,
) & (
    # Controls are private for ever.
    Q(purpose__in=[Purpose.GOLD, Purpose.TRAINING])
    | Q(pair__system_a__state__in=pools.JUDGED, pair__system_b__state__in=pools.JUDGED)
)


class SkipReason(models.TextChoices):
    """Why a pair is not judged (J67)."""

    LANGUAGE = "language", gettext_lazy("I do not know this language")
    CANNOT_PLAY = "cannot_play", gettext_lazy("I cannot play it")
    UPSETTING = "upsetting", gettext_lazy("The content upsets me")
    NO_SENSE = "no_sense", gettext_lazy("The prompt makes no sense")
    OTHER = "other", gettext_lazy("Another reason")


class Look(NamedTuple):
    """A ballot as the database sees it at this moment."""

    ballot: Ballot
    due: bool
    usable: bool
    elapsed: timedelta | None


def in_turn(annotator: Annotator) -> QuerySet[Ballot]:
    """Select the person's ballots that were not closed yet, castable or not: the opened one comes first."""
    rows = Ballot.objects.filter(annotator=annotator, state__in=OPEN)
    return rows.order_by(F("opened_at").asc(nulls_last=True), "issued_at")


def open_(ballot: Ballot) -> None:
    """Start the ballot's clock when its page is first shown; showing it again changes nothing.

    Raises:
        Refused: it cannot be cast any more (see `votes.cast`).
    """
    own = Ballot.objects.filter(pk=ballot.pk)
    castable = own.filter(_USABLE, state=State.ISSUED, expires_at__gt=Now()).values("pk")
    Ballot.objects.filter(pk__in=castable, state=State.ISSUED).update(state=State.OPENED, opened_at=Now())
    require_castable(next(look_at(own)))


def hold(ballot: Ballot) -> uuid.UUID:
    """Give the ballot to a new page, and return its mark: the newest page wins (J74)."""
    mark = uuid.uuid4()
    Ballot.objects.filter(pk=ballot.pk).update(page=mark)
    return mark


def ready(ballot: Ballot, *, ready_ms: int) -> None:
    """Keep how long a page took until its clips could be played; the first page's figure stays."""
    Ballot.objects.filter(pk=ballot.pk, ready_ms=None).update(ready_ms=ready_ms)


def may_be_heard(ballot: Ballot) -> bool:
    """Whether the ballot's clips are sent: its batch is open, and it can be cast or changed (J90)."""
    usable = Q(state__in=OPEN, expires_at__gt=Now()) | Q(state=State.VOTED)
    return Ballot.objects.filter(usable, pk=ballot.pk, batch__state="open").exists()


def void(ballot: Ballot, *, code: str) -> bool:
    """Close one open ballot for a reason that is not its annotator's; False where it was closed before."""
    return _close(Ballot.objects.filter(pk=ballot.pk), state=State.VOID, code=code) == 1


def skip(ballot: Ballot, *, reason: str) -> None:
    """Close a ballot without a vote; its clips do not come back to this person.

    Raises:
        Refused: `reason_missing`, `paused`, `stopped`, `too_many` (429), or that it cannot be cast any more
            (see `cast`).
    """
    if reason not in SkipReason.values:
        raise refusals.reason_missing()
    annotator = Annotator.objects.get(pk=ballot.annotator_id)
    annotators.require_active(annotator)
    limits.require_skip(annotator)
    own = Ballot.objects.filter(pk=ballot.pk)
    if not _close(own, state=State.SKIPPED, code=reason):
        require_castable(next(look_at(own)))


def expire(*, annotator: Annotator | None = None, batch: Batch | None = None) -> int:
    """Close the ballots, of one person or of all, that waited too long, and return how many those were.

    With a batch: all that are open in it, since it ends.
    """
    due = _of(annotator).filter(expires_at__lte=Now()) if batch is None else batch.ballots.all()
    return _close(due, state=State.EXPIRED)


def end_open(annotator: Annotator) -> int:
    """Close the open ballots of a person who judges no more, and return how many those were."""
    return _close(_of(annotator), state=State.EXPIRED, code="left")


def void_unusable(*, annotator: Annotator | None = None) -> int:
    """Close the open ballots, of one person or of all, whose clips are not judged any more."""
    return _close(_of(annotator).exclude(_USABLE), state=State.VOID, code="unusable")


def void_with(response: Response, *, code: str = "response_left_ok") -> int:
    """Close the open ballots that hold a response; called in the transaction that takes it out."""
    holding = Q(pair__response_a=response) | Q(pair__response_b=response)
    return _close(_of(None).filter(holding), state=State.VOID, code=code)


@transaction.atomic
def _close(ballots: QuerySet[Ballot], *, state: str, code: str = "") -> int:
    """Move those that are open, and take them out of the counts."""
    rows = ballots.filter(state__in=OPEN).select_related("pair__prompt").select_for_update(of=("self",))
    found = list(rows.order_by("pair__system_a", "pair__system_b", "pk"))
    if found:
        keys = [ballot.pk for ballot in found]
        Ballot.objects.filter(pk__in=keys).update(state=state, closing_code=code)
    for ballot in found:
        tallies.close(ballot)
    return len(found)


def _of(annotator: Annotator | None) -> QuerySet[Ballot]:
    return Ballot.objects.all() if annotator is None else Ballot.objects.filter(annotator=annotator)


def look_at(ballots: QuerySet[Ballot]) -> Iterator[Look]:
    """See ballots as they are at this moment."""
    rows = ballots.annotate(
        due=ExpressionWrapper(Q(expires_at__lte=Now()), output_field=BooleanField()),
        usable=ExpressionWrapper(_USABLE, output_field=BooleanField()),
        elapsed=ExpressionWrapper(Now() - F("opened_at"), output_field=DurationField()),
    )
    return (Look(row, row.due, row.usable, row.elapsed) for row in rows)


def require_castable(look: Look) -> None:
    """Pass a ballot that is open, in its time, and of clips that are all judged.

    Raises:
        Refused: `already_voted`, `already_skipped`, `ballot_expired` or `ballot_void` (409).
    """
    refusal = {
        State.VOTED: refusals.already_voted,
        State.SKIPPED: refusals.already_skipped,
        State.EXPIRED: refusals.ballot_expired,
        State.VOID: refusals.ballot_void,
    }.get(State(look.ballot.state))
    if refusal is None and look.due:
        refusal = refusals.ballot_expired
    if refusal is None and not look.usable:
        refusal = refusals.ballot_void
    if refusal is not None:
        raise refusal()


def canonical(ballot: Ballot, choice: str) -> str:
    """Turn one of CHOICES into the pair's own terms, here and nowhere else (J46); empty for anything else."""
    sides = {"left": ballot.left, "right": ballot.right, "tie": "tie", "both_bad": "both_bad"}
    return sides.get(choice, "")
