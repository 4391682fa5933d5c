"""A ballot's life: path two, first half, in reading order.

    issued ──▶ opened ──▶ voted
       └──────────┴─────▶ skipped | expired | void

The database's clock measures all times. Locks are taken in one order, so that nobody waits in a circle: the
person, then ballots, then the rows that balance the sides.
"""

import uuid
from collections.abc import Iterator, Mapping
from datetime import timedelta
from random import Random
from typing import NamedTuple

from django.db import models, transaction
from django.db.models import BooleanField, DurationField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from inference.models import Prompt, Response, System
from judging.models import Annotator, Ballot, Criterion, Verdict, Vote
from judging.services import annotators, clips, draws, refusals, tallies

State = Ballot.State
OPEN = (State.ISSUED, State.OPENED)
# How much of each clip has to be heard: the page asks it clip by clip, the server of the time (J53, J55).
GATE_SHARE = 0.9
TOLERANCE_MS = 250
# As they stand on the page.
CHOICES = ("left", "tie", "both_bad", "right")
_USABLE = Q(
    pair__prompt__state=Prompt.State.OK,
    pair__response_a__state=Response.State.OK,
    pair__response_b__state=Response.State.OK,
    pair__system_a__state=System.State.LIVE,
    pair__system_b__state=System.State.LIVE,
)


class SkipReason(models.TextChoices):
    """Why a pair is not judged (J67)."""

    LANGUAGE = "language", gettext_lazy("I do not know this language")
    CANNOT_PLAY = "cannot_play", gettext_lazy("I cannot play it")
    UPSETTING = "upsetting", gettext_lazy("The content upsets me")
    NO_SENSE = "no_sense", gettext_lazy("The prompt makes no sense")
    OTHER = "other", gettext_lazy("Another reason")


class _Look(NamedTuple):
    """A ballot as the database sees it at this moment."""

    ballot: Ballot
    due: bool
    usable: bool
    elapsed: timedelta | None


def issue(annotator: Annotator, *, rng: Random) -> Ballot | None:
    """Give the person a pair, or the one that they have already; None where nothing waits for them.

    Raises:
        Refused: `paused`, `stopped`, or `clip_unavailable` (503) where a clip's file is lost or broken.
    """
    annotators.require_active(annotator)
    if ballot := waiting(annotator):
        return ballot
    with transaction.atomic():
        # Two requests of one person take turns: the second finds the first one's ballot.
        Annotator.objects.select_for_update(no_key=True).get(pk=annotator.pk)
        if ballot := Ballot.objects.filter(annotator=annotator, state__in=OPEN).first():
            return ballot
        drawn = draws.draw(annotator, rng=rng)
        return draws.place(annotator, drawn, rng=rng) if drawn else None


def waiting(annotator: Annotator) -> Ballot | None:
    """Find the ballot that the person can still cast; those that cannot be cast any more are closed."""
    closed = False
    for look in _look(Ballot.objects.filter(annotator=annotator, state__in=OPEN).order_by("issued_at")):
        if look.usable and not look.due:
            return look.ballot
        closed = True
    if closed:
        expire(annotator=annotator)
        void_unusable(annotator=annotator)
    return None


def open_(ballot: Ballot) -> None:
    """Start the ballot's clock when its page is first shown; showing it again changes nothing.

    Raises:
        Refused: it cannot be cast any more (see `cast`).
    """
    own = Ballot.objects.filter(pk=ballot.pk)
    castable = own.filter(_USABLE, state=State.ISSUED, expires_at__gt=Now()).values("pk")
    Ballot.objects.filter(pk__in=castable, state=State.ISSUED).update(state=State.OPENED, opened_at=Now())
    _require_castable(next(_look(own)))


def is_open(ballot: Ballot) -> bool:
    """Whether the ballot's clips may be heard now: it was opened, and its time is not over."""
    return Ballot.objects.filter(pk=ballot.pk, state=State.OPENED, expires_at__gt=Now()).exists()


@transaction.atomic
def cast(ballot: Ballot, *, by: Annotator, verdicts: Mapping[str, str], mark: uuid.UUID) -> Vote:
    """Write a ballot's vote; the same mark with the same answers again returns the same vote (J60).

    `verdicts` holds one of CHOICES for the slug of each active criterion.

    Raises:
        Refused: `not_found`, `already_voted`, `already_skipped`, `ballot_expired`, `ballot_void`, `paused`,
            `stopped`, `not_heard_enough` or `verdict_missing`.
    """
    related = ("annotator", *(f"pair__{owner}__playback" for owner in ("prompt", "response_a", "response_b")))
    own = Ballot.objects.filter(pk=ballot.pk).select_related(*related)
    look = next(_look(own.select_for_update(of=("self",))))
    if look.ballot.annotator_id != by.pk:
        raise refusals.not_found()
    asked = Criterion.objects.filter(active=True)
    answers = {each: canonical(look.ballot, verdicts.get(each.slug, "")) for each in asked}
    if earlier := Vote.objects.filter(Q(ballot=look.ballot) | Q(public_id=mark)).first():
        return _the_same(earlier, look.ballot, mark, answers)
    _require_castable(look)
    annotators.require_active(look.ballot.annotator)
    elapsed_ms = _require_time(look)
    for criterion, answer in answers.items():
        if not answer:
            raise refusals.verdict_missing(criterion=criterion.label_en)
    vote = Vote.objects.create(public_id=mark, ballot=look.ballot, elapsed_ms=elapsed_ms)
    Verdict.objects.bulk_create(
        Verdict(vote=vote, criterion=criterion, answer=answer) for criterion, answer in answers.items()
    )
    Ballot.objects.filter(pk=ballot.pk, state=State.OPENED).update(state=State.VOTED)
    tallies.vote(look.ballot)
    return vote


def skip(ballot: Ballot, *, reason: str) -> None:
    """Close a ballot without a vote; its clips do not come back to this person.

    Raises:
        Refused: `reason_missing`, `paused`, `stopped`, or that it cannot be cast any more (see `cast`).
    """
    if reason not in SkipReason.values:
        raise refusals.reason_missing()
    annotators.require_active(Annotator.objects.get(pk=ballot.annotator_id))
    own = Ballot.objects.filter(pk=ballot.pk)
    if not _close(own, state=State.SKIPPED, code=reason):
        _require_castable(next(_look(own)))


def expire(*, annotator: Annotator | None = None) -> int:
    """Close the ballots, of one person or of all, that waited too long, and return how many those were."""
    return _close(_of(annotator).filter(expires_at__lte=Now()), state=State.EXPIRED)


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


def _look(ballots: QuerySet[Ballot]) -> Iterator[_Look]:
    rows = ballots.annotate(
        due=ExpressionWrapper(Q(expires_at__lte=Now()), output_field=BooleanField()),
        usable=ExpressionWrapper(_USABLE, output_field=BooleanField()),
        elapsed=ExpressionWrapper(Now() - F("opened_at"), output_field=DurationField()),
    )
    return (_Look(row, row.due, row.usable, row.elapsed) for row in rows)


def _require_castable(look: _Look) -> None:
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


def _require_time(look: _Look) -> int:
    """Return the ms since the ballot was opened, if the clips can have been heard in them."""
    elapsed_ms = look.elapsed / timedelta(milliseconds=1) if look.elapsed else 0.0
    missing_ms = GATE_SHARE * clips.length_ms(look.ballot.pair) - TOLERANCE_MS - elapsed_ms
    if missing_ms > 0:
        raise refusals.not_heard_enough(missing_ms=missing_ms)
    return round(elapsed_ms)


def canonical(ballot: Ballot, choice: str) -> str:
    """Turn one of CHOICES into the pair's own terms, here and nowhere else (J46); empty for anything else."""
    sides = {"left": ballot.left, "right": ballot.right, "tie": "tie", "both_bad": "both_bad"}
    return sides.get(choice, "")


def _the_same(vote: Vote, ballot: Ballot, mark: uuid.UUID, answers: dict[Criterion, str]) -> Vote:
    given = {criterion.pk: answer for criterion, answer in answers.items()}
    same = vote.ballot_id == ballot.pk and vote.public_id == mark
    if same and dict(vote.verdicts.values_list("criterion_id", "answer")) == given:
        return vote
    raise refusals.already_voted()
