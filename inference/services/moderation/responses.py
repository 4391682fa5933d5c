"""What is decided about responses."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, transaction
from django.utils.translation import gettext

from inference.models import Response
from inference.services import audit
from inference.services.moderation import held


class ResponseFault(models.TextChoices):
    """Why a response does not count (M29)."""

    SILENCE = "silence", "silence"
    NOISE = "noise", "noise"
    CLIPPED = "clipped", "clipped"
    BROKEN_OFF = "broken_off", "broken off"
    WRONG_LANGUAGE = "wrong_language", "wrong language"
    IDENTITY = "identity", "says who it is"
    UNSAFE = "unsafe", "unsafe"
    PERSONAL_DATA = "personal_data", "personal data"
    WRONG_PROMPT = "wrong_prompt", "answers another prompt"


@transaction.atomic
def accept(response: Response, *, by: AbstractBaseUser | None, reason: str) -> None:
    """Let a quarantined response be paired again.

    Raises:
        Refused: `reason_needed`, `own_matter`, or `not_quarantined`.
    """
    held.require_no_stake(response.system, by)
    before = held.row(response)
    allowed = before.state == Response.State.QUARANTINED
    held.require(allowed, gettext("Only a quarantined response can be accepted."), "not_quarantined")
    _move(before, to=Response.State.OK, code="", action="response.accept", by=by, reason=reason)


@transaction.atomic
def quarantine(response: Response, *, fault: str, by: AbstractBaseUser | None, reason: str) -> None:
    """Hold an ok response back until somebody decides; call the judging's service, which voids its ballots.

    Raises:
        Refused: `reason_needed`, `own_matter`, or `not_ok`.
    """
    held.require_no_stake(response.system, by)
    before = held.row(response)
    allowed = before.state == Response.State.OK
    held.require(allowed, gettext("Only a response that is ok can be quarantined."), "not_ok")
    to = Response.State.QUARANTINED
    _move(before, to=to, code=fault, action="response.quarantine", by=by, reason=reason)


@transaction.atomic
def reject(response: Response, *, fault: str, by: AbstractBaseUser | None, reason: str) -> None:
    """Take a response out for good; call the judging's service, which voids its ballots.

    Raises:
        Refused: `reason_needed`, `own_matter`, or `already_rejected`.
    """
    held.require_no_stake(response.system, by)
    before = held.row(response)
    allowed = before.state != Response.State.REJECTED
    held.require(allowed, gettext("The response was rejected before."), "already_rejected")
    _move(before, to=Response.State.REJECTED, code=fault, action="response.reject", by=by, reason=reason)


def _move(
    response: Response,
    *,
    to: Response.State,
    code: str,
    action: str,
    by: AbstractBaseUser | None,
    reason: str,
) -> None:
    Response.objects.filter(pk=response.pk).update(state=to, state_code=code)
    audit.record(
        action=action,
        target=response,
        actor=by,
        reason=reason,
        before={"state": response.state, "state_code": response.state_code},
        after={"state": to, "state_code": code},
    )
