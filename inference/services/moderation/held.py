"""What all decisions share: rows that are held still, and sentences for those that come too late."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext

from inference.errors import Refused
from inference.models import Job, Membership, System

BY_MODERATOR = "moderator"


def row(of: Any) -> Any:
    """Read a row anew and keep it as it is until the transaction ends, whoever else would change it."""
    rows = type(of)._default_manager.select_for_update(of=("self",), no_key=True)  # noqa: SLF001 -- Django's
    return rows.get(pk=of.pk)


def require_no_stake(system: System, by: AbstractBaseUser | None) -> None:
    """Pass who is not in the system's team.

    Raises:
        Refused: `own_matter`.
    """
    if by is None:
        return
    if Membership.objects.filter(team__models__systems=system, person=by.pk, left_at=None).exists():
        raise Refused(gettext("Nobody decides about their own team's systems."), "own_matter", status=403)


def cancel_waiting(among: models.QuerySet[Job]) -> int:
    """Cancel those of the jobs that wait, and return how many did."""
    return among.filter(state=Job.State.QUEUED).update(state=Job.State.CANCELLED, ended_at=Now())


def reason_of(reason: str) -> str:
    """Take a reason that goes into a column beside the audit entry.

    Raises:
        Refused: `reason_needed`.
    """
    if not reason.strip():
        raise Refused(gettext("Please say why, in a sentence."), "reason_needed")
    return reason.strip()


def require(so: object, sentence: str, code: str) -> None:
    """Pass what is so.

    Raises:
        Refused: with this code.
    """
    if not so:
        raise Refused(sentence, code, status=409)
