"""Casting: one transaction, one live vote a ballot, and nothing that is ever edited (J60, J62)."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Subquery
from django.db.models.functions import Now
from django.utils.translation import gettext

from judging.models import Annotator, Ballot, Batch, Criterion, Verdict, Vote
from judging.services import (
    annotators,
    ballots,
    clips,
    exclusions,
    gate,
    heard,
    limits,
    policies,
    refusals,
    tallies,
)
from judging.services.ballots import Look, State

_MS = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Said:
    """One row of the page: the answer as it stands there, and what may be said beside it."""

    answer: str = ""
    prefilled: bool = False
    confidence: int | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Casting:
    """What a page sends when somebody casts.

    Attributes:
        mark: made by the page for this cast; the same one again is the same cast.
        page: the mark of the page that holds the ballot.
        verdicts: by the criterion's slug.
        played: the page's last beat.
        supersedes: the public id of the vote that this one replaces; None at the first cast.
    """

    mark: uuid.UUID
    page: uuid.UUID | None
    verdicts: Mapping[str, Said] = field(default_factory=dict)
    played: gate.Played | None = None
    supersedes: uuid.UUID | None = None
    active_ms: int | None = None
    build: str = ""
    voice_known: bool = False


def cast(ballot: Ballot, casting: Casting, *, by: Annotator) -> Vote:
    """Write a ballot's vote, or the one that replaces it; the same cast again returns the same vote.

    Raises:
        Refused: `not_found`, `batch_closed`, `already_voted`, `already_skipped`, `ballot_expired`,
            `ballot_void`, `opened_elsewhere`, `paused`, `stopped`, `too_many` (429), `not_heard_enough` or
            `verdict_missing`.
    """
    impossible: list[Ballot] = []
    try:
        return _cast(ballot, casting, by=by, impossible=impossible)
    finally:
        # Outside of the transaction, which a refusal gives up.
        for each in impossible:
            heard.note_impossible(each)


def live(ballot: Ballot) -> Vote | None:
    """Find the vote of a ballot that no other one replaces."""
    return (
        Vote.objects.filter(ballot=ballot, superseded_by=None).prefetch_related("verdicts__criterion").first()
    )


def withdraw(ballot: Ballot, *, by: Annotator) -> None:
    """Keep the live vote of an open batch, and take it out of the count by the rule *withdrawn* (J62).

    Raises:
        Refused: `not_found`, `batch_closed`, or `ballot_void` where there is no vote.
    """
    with transaction.atomic():
        look = _locked(ballot)
        _require_own(look, by)
        vote = live(look.ballot)
        if vote is None:
            raise refusals.ballot_void()
        exclusions.exclude([vote], rule="withdrawn", reason=gettext("Withdrawn by its annotator."), by=None)


@transaction.atomic
def _cast(ballot: Ballot, casting: Casting, *, by: Annotator, impossible: list[Ballot]) -> Vote:
    look = _locked(ballot, mark=casting.mark)
    # The policy at hand is the ballot's, with its criteria if they were read.
    asked = policies.asked(ballot.policy) if ballot.policy else []
    answers = {
        each: ballots.canonical(look.ballot, casting.verdicts.get(each.slug, Said()).answer) for each in asked
    }
    if look.ballot.annotator_id == by.pk and look.marked is not None:
        return _the_same(Vote.objects.get(pk=look.marked), look.ballot, answers)
    _require_own(look, by)
    replaced = _replaced(look, casting)
    annotators.require_active(by)
    limits.require_cast(by)
    heard.require_page(look.ballot, casting.page)
    if casting.played is not None and casting.played.page == casting.page:
        heard.write(look.ballot, casting.played)
    listening, hidden_ms = _require_heard(look, impossible)
    for criterion, answer in answers.items():
        if not answer:
            raise refusals.verdict_missing(criterion)
    vote = Vote.objects.create(
        public_id=casting.mark,
        ballot=look.ballot,
        supersedes=replaced,
        elapsed_ms=_elapsed_ms(look),
        active_ms=casting.active_ms,
        build=casting.build,
        voice_known=casting.voice_known,
    )
    _write(vote, casting, answers)
    heard.keep(vote, listening, hidden_ms=hidden_ms)
    if look.ballot.batch_id is not None:
        Batch.objects.filter(pk=look.ballot.batch_id).update(last_cast_at=Now())
    if replaced is None:
        Ballot.objects.filter(pk=ballot.pk, state=State.OPENED).update(state=State.VOTED)
        tallies.vote(look.ballot)
    return vote


class _Locked(NamedTuple):
    """A ballot that is held; `marked` is the key of the vote with the mark of this cast, if there is one."""

    ballot: Ballot
    due: bool
    usable: bool
    elapsed: timedelta | None
    marked: int | None


def _locked(ballot: Ballot, *, mark: uuid.UUID | None = None) -> _Locked:
    """Hold batch and ballot, in this order; a batch that ends meanwhile waits, or has ended.

    Casts of one batch take turns at its row, so that the ballot's statement sees all that was cast before.
    """
    if ballot.batch_id is not None:
        Batch.objects.select_for_update(no_key=True).filter(pk=ballot.batch_id).first()
    related = ("annotator", *(f"pair__{owner}__playback" for owner in ("prompt", "response_a", "response_b")))
    own = Ballot.objects.filter(pk=ballot.pk).select_related("policy", "batch", *related)
    marked = Vote.objects.filter(public_id=mark) if mark else Vote.objects.none()
    own = own.annotate(marked=Subquery(marked.values("pk")))
    look = next(ballots.look_at(own.select_for_update(of=("self",))))
    return _Locked(*look, getattr(look.ballot, "marked", None))


def _require_own(look: _Locked, by: Annotator) -> None:
    if look.ballot.annotator_id != by.pk:
        raise refusals.not_found()
    if look.ballot.batch is None or look.ballot.batch.state != Batch.State.OPEN:
        raise refusals.batch_closed()


def _replaced(look: _Locked, casting: Casting) -> Vote | None:
    """Find the vote that this cast replaces; a first cast needs a ballot that is open, and replaces none."""
    if look.ballot.state != State.VOTED or casting.supersedes is None:
        ballots.require_castable(Look(*look[:4]))
        return None
    if not look.usable:
        raise refusals.ballot_void()
    vote = live(look.ballot)
    if vote is None or vote.public_id != casting.supersedes:
        raise refusals.already_voted()
    return vote


def _require_heard(look: _Locked, impossible: list[Ballot]) -> tuple[dict[str, gate.ClipHeard], int]:
    durations = clips.durations_ms(look.ballot)
    listening, hidden_ms = heard.so_far(look.ballot, durations=durations)
    if look.ballot.policy is None or look.elapsed is None:
        raise refusals.ballot_void()
    lacks = gate.missing(
        listening, durations=durations, policy=look.ballot.policy, elapsed_ms=look.elapsed / _MS
    )
    if lacks.impossible:
        impossible.append(look.ballot)
    if any(lacks.by_clip.values()):
        raise refusals.not_heard_enough(lacks.by_clip)
    return listening, hidden_ms


def _elapsed_ms(look: _Locked) -> int:
    return round(look.elapsed / _MS) if look.elapsed else 0


def _write(vote: Vote, casting: Casting, answers: Mapping[Criterion, str]) -> None:
    said = {criterion: casting.verdicts.get(criterion.slug, Said()) for criterion in answers}
    Verdict.objects.bulk_create(
        Verdict(
            vote=vote,
            criterion=criterion,
            answer=answer,
            prefilled=said[criterion].prefilled,
            confidence=said[criterion].confidence,
            reasons=list(said[criterion].reasons),
        )
        for criterion, answer in answers.items()
    )


def _the_same(vote: Vote, ballot: Ballot, answers: Mapping[Criterion, str]) -> Vote:
    given = {criterion.pk: answer for criterion, answer in answers.items()}
    if vote.ballot_id == ballot.pk and dict(vote.verdicts.values_list("criterion_id", "answer")) == given:
        return vote
    raise refusals.already_voted()
