"""The trusted panel: who belongs to it, from when to when, and why (J125)."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext

from inference.errors import Refused
from inference.services import audit
from judging.models import Annotator, Ballot, Batch, DeviceCheck, PanelMembership, Purpose

# Source: J125.
VOTES = 50


def lacks(annotator: Annotator) -> list[str]:
    """Say in sentences what a person still lacks to be taken into the panel; empty: nothing."""
    done = Ballot.objects.filter(
        annotator=annotator, state=Ballot.State.VOTED, batch__state=Batch.State.CLOSED
    ).exclude(purpose=Purpose.TRAINING)
    checks = DeviceCheck.objects.filter(user=annotator.user_id, result=DeviceCheck.Result.BOTH)
    found = {
        gettext("No headphone check was passed."): not checks.exists(),
        gettext("The training was not passed."): annotator.training_passed_at is None,
        gettext("There are fewer than 50 votes in finished batches."): done.count() < VOTES,
        gettext("No hidden control pair was judged."): not done.filter(purpose=Purpose.GOLD).exists(),
        gettext("There is a tie to a maker of systems."): annotator.affiliations.filter(until=None).exists(),
    }
    return [sentence for sentence, is_so in found.items() if is_so]


@transaction.atomic
def admit(annotator: Annotator, *, by: AbstractBaseUser, reason: str) -> PanelMembership:
    """Take a vetted person into the panel.

    Raises:
        Refused: `not_vetted`, `already_member` (409), `own_matter` (403), or `reason_needed`.
    """
    if annotator.user_id == by.pk:
        raise Refused(gettext("Nobody decides about themselves."), "own_matter", status=403)
    if missing := lacks(annotator):
        raise Refused(" ".join(missing), "not_vetted", status=409)
    if annotator.memberships.filter(ended_at=None).exists():
        raise Refused(gettext("This person belongs to the panel."), "already_member", status=409)
    made = PanelMembership.objects.create(annotator=annotator, reason=reason, added_by_id=by.pk)
    audit.record(
        action="panel.admit",
        target=annotator,
        actor=by,
        reason=reason,
        before={"panel": False},
        after={"panel": True},
    )
    return made


@transaction.atomic
def dismiss(annotator: Annotator, *, by: AbstractBaseUser, reason: str) -> None:
    """End a person's membership; the row stays.

    Raises:
        Refused: `no_member` (409), or `reason_needed`.
    """
    members = PanelMembership.objects.filter(annotator=annotator, ended_at=None)
    if not members.update(ended_at=Now(), ended_by_id=by.pk, end_reason=reason):
        raise Refused(gettext("This person does not belong to the panel."), "no_member", status=409)
    audit.record(
        action="panel.dismiss",
        target=annotator,
        actor=by,
        reason=reason,
        before={"panel": True},
        after={"panel": False},
    )
