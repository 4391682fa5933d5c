"""What moderators decide about people and votes, and about what is in ballots (D73, D76, D78).

Each decision is one transaction with one audit entry; what leaves the pool takes its open ballots with it.
"""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext

from inference.errors import Refused
from inference.models import Prompt, Response, System
from inference.services import audit, moderation
from judging.models import Annotator, ExclusionLift, ExclusionProposal, Pause, Vote, VoteExclusion
from judging.services import ballots, exclusions, pauses
from judging.services.rules import limits, proposals

RULE = "moderator"


@transaction.atomic
def withdraw(prompt: Prompt, *, by: AbstractBaseUser | None, reason: str) -> int:
    """Take a prompt out of what is drawn, for good, and return how many open ballots that voids.

    Raises:
        Refused: `reason_needed`, or `already_withdrawn`.
    """
    moderation.withdraw(prompt, by=by, reason=reason)
    return ballots.void_unusable()


@transaction.atomic
def retire(system: System, *, by: AbstractBaseUser | None, reason: str) -> int:
    """Retire a live system for good and return how many open ballots that voids.

    Raises:
        Refused: `reason_needed`, `own_matter`, or `not_live`.
    """
    moderation.retire(system, by=by, reason=reason)
    return ballots.void_unusable()


@transaction.atomic
def quarantine(response: Response, *, fault: str, by: AbstractBaseUser | None, reason: str) -> int:
    """Hold an ok response back until somebody decides, and return how many open ballots that voids.

    Raises:
        Refused: `reason_needed`, `own_matter`, or `not_ok`.
    """
    moderation.quarantine(response, fault=fault, by=by, reason=reason)
    return ballots.void_with(response)


@transaction.atomic
def reject(response: Response, *, fault: str, by: AbstractBaseUser | None, reason: str) -> int:
    """Take a response out for good and return how many open ballots that voids.

    Raises:
        Refused: `reason_needed`, `own_matter`, or `already_rejected`.
    """
    moderation.reject(response, fault=fault, by=by, reason=reason)
    return ballots.void_with(response)


@transaction.atomic
def pause(annotator: Annotator, *, by: AbstractBaseUser, reason: str) -> None:
    """Give a person no more ballots until the pause ends.

    Raises:
        Refused: `reason_needed`, `own_matter`, or `not_active`.
    """
    _require_other(annotator, by)
    moved = Annotator.objects.filter(pk=annotator.pk, state=Annotator.State.ACTIVE)
    if not moved.update(state=Annotator.State.PAUSED):
        raise Refused(gettext("Only an active annotator can be paused."), "not_active", status=409)
    pauses.begin(annotator, cause=Pause.Cause.MODERATOR, detail=reason, by=by)
    audit.record(
        action="annotator.pause",
        target=annotator,
        actor=by,
        reason=reason,
        before={"state": Annotator.State.ACTIVE},
        after={"state": Annotator.State.PAUSED},
    )


@transaction.atomic
def resume(annotator: Annotator, *, by: AbstractBaseUser, reason: str) -> None:
    """End a person's pause.

    Raises:
        Refused: `reason_needed`, `own_matter`, or `not_paused`.
    """
    _require_other(annotator, by)
    moved = Annotator.objects.filter(pk=annotator.pk, state=Annotator.State.PAUSED)
    # One that a rule paused stays active, and gets no new batch.
    if not moved.update(state=Annotator.State.ACTIVE) + pauses.end(annotator, by=by, reason=reason):
        raise Refused(gettext("This annotator is not paused."), "not_paused", status=409)
    audit.record(
        action="annotator.resume",
        target=annotator,
        actor=by,
        reason=reason,
        before={"state": Annotator.State.PAUSED},
        after={"state": Annotator.State.ACTIVE},
    )


@transaction.atomic
def exclude(vote: Vote, *, by: AbstractBaseUser, reason: str) -> VoteExclusion | ExclusionProposal:
    """Take somebody else's vote out of the count; from 1 % a day on, propose it to a second person (M39).

    Raises:
        Refused: `own_matter`, `reason_needed`, `already_excluded` or `already_proposed`.
    """
    _require_other(vote.ballot.annotator, by)
    if limits.needs_two(limits.taken_lately(by) + 1):
        return proposals.propose(vote, rule=RULE, reason=reason, by=by)
    made = exclusions.exclude([vote], rule=RULE, reason=reason, by=by)
    if not made:
        message = gettext("A moderator excluded this vote before.")
        raise Refused(message, "already_excluded", status=409)
    audit.record(
        action="vote.exclude",
        target=vote,
        actor=by,
        reason=reason,
        before={"exclusion": None},
        after={"exclusion": made[0].pk, "rule": RULE},
    )
    return made[0]


@transaction.atomic
def lift(exclusion: VoteExclusion, *, by: AbstractBaseUser, reason: str) -> ExclusionLift:
    """End the exclusion of somebody else's vote.

    Raises:
        Refused: `own_matter`, `reason_needed`, or `already_lifted`.
    """
    _require_other(exclusion.vote.ballot.annotator, by)
    made = exclusions.lift(exclusion, reason=reason, by=by)
    audit.record(
        action="vote.lift",
        target=exclusion.vote,
        actor=by,
        reason=reason,
        before={"exclusion": exclusion.pk},
        after={"exclusion": None},
    )
    return made


def _require_other(annotator: Annotator, by: AbstractBaseUser) -> None:
    """Nobody decides about themselves (M4)."""
    if annotator.user_id == by.pk:
        raise Refused(gettext("Nobody decides about themselves."), "own_matter", status=403)
