"""Somebody goes: what names them goes with them, and their votes stay or count no more (J10, J136, D64).

    ask: no more ballots from now on ──▶ carry_out (the sweeper, within seven days): the data are deleted

Votes are never edited or deleted, so that seals stay whole: a withdrawal is an exclusion of each.
"""

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext

from inference.errors import Refused
from inference.models import Membership
from judging.models import (
    Affiliation,
    Annotator,
    DeviceCheck,
    LanguageSkill,
    LeaveRequest,
    Pause,
    Vote,
)
from judging.services import ballots, consents, exclusions

RULE = "withdrawn"
REASON = "The person withdrew all their votes."


@transaction.atomic
def ask(user: AbstractBaseUser, *, scope: str) -> LeaveRequest:
    """Stop the person's judging at once, and put down what is to become of their data; asked twice is once.

    Withdrawn votes are excluded now; the rest goes within seven days.

    Raises:
        Refused: `scope_unknown`, or `still_in_team` (409).
    """
    if scope not in LeaveRequest.Scope.values:
        raise Refused(gettext("Please choose one of the two."), "scope_unknown")
    if Membership.objects.filter(person=user.pk, left_at=None).exists():
        message = gettext("You are a member of a team. Please leave it first, so that it keeps its owners.")
        raise Refused(message, "still_in_team", status=409)
    request, _ = LeaveRequest.objects.get_or_create(
        user_id=user.pk, state=LeaveRequest.State.OPEN, defaults={"scope": scope}
    )
    stop(user)
    if request.scope == LeaveRequest.Scope.WITHDRAW:
        votes = Vote.objects.filter(ballot__annotator__user=user.pk)
        exclusions.exclude(votes, rule=RULE, reason=REASON, by=None)
    return request


@transaction.atomic
def stop(user: AbstractBaseUser) -> None:
    """Take the person's consent back: no ballot is given out, and those that are open end (J10)."""
    consents.withdraw(user)
    annotator = Annotator.objects.filter(user=user.pk).first()
    if annotator:
        ballots.end_open(annotator)


def carry_out() -> int:
    """Delete the data of all who asked to leave, and return how many those were."""
    done = 0
    for request in LeaveRequest.objects.filter(state=LeaveRequest.State.OPEN):
        with transaction.atomic():
            _forget(request)
        done += 1
    return done


def _forget(request: LeaveRequest) -> None:
    locked = LeaveRequest.objects.select_for_update().filter(pk=request.pk, state=LeaveRequest.State.OPEN)
    if not locked.exists():
        return
    annotator = Annotator.objects.filter(user=request.user_id).first()
    counts = _delete_rows(request, annotator)
    if annotator:
        Annotator.objects.filter(pk=annotator.pk).update(
            user=None, state=Annotator.State.STOPPED, staff_note=""
        )
    _empty_account(request.user_id)
    locked.update(state=LeaveRequest.State.DONE, done_at=Now(), counts=counts)


def _delete_rows(request: LeaveRequest, annotator: Annotator | None) -> dict[str, int]:
    found = {
        "languages": LanguageSkill.objects.filter(annotator=annotator),
        "ties": Affiliation.objects.filter(annotator=annotator),
        "devices": DeviceCheck.objects.filter(user=request.user_id),
    }
    counts = {name: rows.count() for name, rows in found.items()}
    for rows in found.values():
        rows.delete()
    counts["texts"] = Pause.objects.filter(annotator=annotator).exclude(appeal="").update(appeal="")
    counts["votes_withdrawn"] = (
        Vote.objects.filter(ballot__annotator=annotator, exclusions__rule__slug=RULE).distinct().count()
        if request.scope == LeaveRequest.Scope.WITHDRAW
        else 0
    )
    return counts


def _empty_account(user_id: int) -> None:
    """Leave of the account what other rows point at: a key without a name, which nobody can log in to."""
    user = get_user_model().objects.get(pk=user_id)
    EmailAddress.objects.filter(user=user).delete()
    user.set_unusable_password()
    user.email, user.name, user.is_active = f"left-{user.pk}@left.invalid", "", False
    user.save(update_fields=["password", "email", "name", "is_active"])
