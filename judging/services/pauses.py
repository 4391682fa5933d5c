"""Pauses: when somebody gets no new batch, why, and how it ends (J121, D59)."""

from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext

from inference.errors import Refused
from judging.models import Annotator, Pause
from judging.services import refusals

OVER = "its time was over"
LONGEST_APPEAL = 500


def in_force(annotator: Annotator) -> Pause | None:
    """Find the pause that holds now; one whose time is over is ended by this look."""
    Pause.objects.filter(annotator=annotator, ended_at=None, until__lte=Now()).update(
        ended_at=Now(), end_reason=OVER
    )
    return Pause.objects.filter(annotator=annotator, ended_at=None).first()


def require_none(annotator: Annotator) -> None:
    """Pass somebody who is not paused.

    Raises:
        Refused: `paused` (403).
    """
    if in_force(annotator):
        raise refusals.paused()


@transaction.atomic
def begin(
    annotator: Annotator,
    *,
    cause: str,
    detail: str = "",
    lasts: timedelta | None = None,
    by: AbstractBaseUser | None = None,
) -> Pause:
    """Give the person no new batches until the pause ends; the first pause stays. It excludes nothing.

    Args:
        annotator: whom.
        cause: one of Pause.Cause.
        detail: for staff.
        lasts: after which it ends by itself; None: somebody has to end it.
        by: the moderator; None: a rule.
    """
    pause, _ = Pause.objects.get_or_create(
        annotator=annotator,
        ended_at=None,
        defaults={
            "cause": cause,
            "detail": detail,
            "until": Now() + lasts if lasts else None,
            "by_id": by.pk if by else None,
        },
    )
    return pause


def end(annotator: Annotator, *, by: AbstractBaseUser | None, reason: str) -> bool:
    """End the person's pause; False where there is none."""
    opened = Pause.objects.filter(annotator=annotator, ended_at=None)
    return bool(opened.update(ended_at=Now(), ended_by_id=by.pk if by else None, end_reason=reason))


def appeal(annotator: Annotator, *, text: str) -> Pause:
    """Keep what the person says to their pause, for the moderators; one appeal a pause.

    Raises:
        Refused: `not_paused`, `already_appealed` (409), or `text_missing`.
    """
    pause = in_force(annotator)
    if pause is None:
        raise Refused(gettext("Your judging is not paused."), "not_paused", status=409)
    text = text.strip()[:LONGEST_APPEAL]
    if not text:
        raise Refused(gettext("Please write a few words."), "text_missing")
    if not Pause.objects.filter(pk=pause.pk, appeal="").update(appeal=text, appealed_at=Now()):
        message = gettext("You have written to us already; we shall answer.")
        raise Refused(message, "already_appealed", status=409)
    return pause
