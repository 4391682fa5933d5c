"""What moderators decide about people and votes, and about what is in ballots (D73, D76, D78).

Whatever leaves the pool takes its open ballots with it, in the same transaction.
"""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext

from inference.errors import Refused
from inference.models import Prompt, Response, System
from inference.services import moderation
from judging.models import Annotator, ExclusionLift, Vote, VoteExclusion
from judging.services import ballots, exclusions

RULE = "moderator"


@transaction.atomic
def withdraw(prompt: Prompt, *, reason: str) -> int:
    """Take a prompt out of what is drawn, for good, and return how many open ballots that voids.

    Raises:
        Refused: `reason_needed`, or `already_withdrawn`.
    """
    moderation.withdraw(prompt, reason=reason)
    return ballots.void_unusable()


@transaction.atomic
def retire(system: System, *, reason: str) -> int:
    """Retire a live system for good and return how many open ballots that voids.

    Raises:
        Refused: `reason_needed`, or `not_live`.
    """
    moderation.retire(system, reason=reason)
    return ballots.void_unusable()


@transaction.atomic
def quarantine(response: Response, *, fault: str) -> int:
    """Hold an ok response back until somebody decides, and return how many open ballots that voids.

    Raises:
        Refused: `not_ok`.
    """
    moderation.quarantine(response, fault=fault)
    return ballots.void_with(response)


@transaction.atomic
def reject(response: Response, *, fault: str) -> int:
    """Take a response out for good and return how many open ballots that voids.

    Raises:
        Refused: `already_rejected`.
    """
    moderation.reject(response, fault=fault)
    return ballots.void_with(response)


def pause(annotator: Annotator, *, by: AbstractBaseUser) -> None:
    """Give a person no more ballots until the pause ends.

    Raises:
        Refused: `own_matter`, or `not_active`.
    """
    _require_other(annotator, by)
    moved = Annotator.objects.filter(pk=annotator.pk, state=Annotator.State.ACTIVE)
    if not moved.update(state=Annotator.State.PAUSED):
        raise Refused(gettext("Only an active annotator can be paused."), "not_active", status=409)


def resume(annotator: Annotator, *, by: AbstractBaseUser) -> None:
    """End a person's pause.

    Raises:
        Refused: `own_matter`, or `not_paused`.
    """
    _require_other(annotator, by)
    moved = Annotator.objects.filter(pk=annotator.pk, state=Annotator.State.PAUSED)
    if not moved.update(state=Annotator.State.ACTIVE):
        raise Refused(gettext("This annotator is not paused."), "not_paused", status=409)


def exclude(vote: Vote, *, reason: str, by: AbstractBaseUser) -> VoteExclusion:
    """Take somebody else's vote out of the count.

    Raises:
        Refused: `own_matter`, `reason_needed`, or `already_excluded`.
    """
    _require_other(vote.ballot.annotator, by)
    made = exclusions.exclude([vote], rule=RULE, reason=reason, by=by)
    if not made:
        message = gettext("A moderator excluded this vote before.")
        raise Refused(message, "already_excluded", status=409)
    return made[0]


def lift(exclusion: VoteExclusion, *, reason: str, by: AbstractBaseUser) -> ExclusionLift:
    """End the exclusion of somebody else's vote.

    Raises:
        Refused: `own_matter`, `reason_needed`, or `already_lifted`.
    """
    _require_other(exclusion.vote.ballot.annotator, by)
    return exclusions.lift(exclusion, reason=reason, by=by)


def _require_other(annotator: Annotator, by: AbstractBaseUser) -> None:
    """Nobody decides about themselves (M4)."""
    if annotator.user_id == by.pk:
        raise Refused(gettext("Nobody decides about themselves."), "own_matter", status=403)
