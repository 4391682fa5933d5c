"""Who may judge."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser

from judging.models import Annotator
from judging.services import refusals


def of(user: AbstractBaseUser) -> Annotator:
    """Find the person's annotator.

    Raises:
        Refused: as `require_may_enrol`, and `consent_needed`, `paused` or `stopped`.
    """
    require_may_enrol(user)
    annotator = Annotator.objects.filter(user=user.pk).first()
    if annotator is None:
        raise refusals.consent_needed()
    require_active(annotator)
    return annotator


def require_may_enrol(user: AbstractBaseUser) -> None:
    """Pass somebody who may judge at all: with a confirmed address, and no moderator (J6, M6).

    Raises:
        Refused: `email_unverified` or `moderators_do_not_judge` (403).
    """
    if getattr(user, "is_staff", False) and not settings.STAFF_MAY_JUDGE:
        raise refusals.moderators_do_not_judge()
    if not EmailAddress.objects.filter(user=user.pk, verified=True).exists():
        raise refusals.email_unverified()


def require_active(annotator: Annotator) -> None:
    """Pass an annotator who is neither paused nor stopped; one who is still enrolling is held by `enrolment`.

    Raises:
        Refused: `paused` or `stopped`.
    """
    if annotator.state == Annotator.State.PAUSED:
        raise refusals.paused()
    if annotator.state == Annotator.State.STOPPED:
        raise refusals.stopped()


def require_may_start(annotator: Annotator) -> None:
    """Pass somebody who may start a batch now.

    Raises:
        Refused: `paused` or `stopped`.
    """
    require_active(annotator)
