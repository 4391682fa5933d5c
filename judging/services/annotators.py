"""Who may judge."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser

from judging.models import Annotator
from judging.services import refusals


def of(user: AbstractBaseUser) -> Annotator:
    """Find the person's annotator; the first visit of somebody with a confirmed address makes it.

    Raises:
        Refused: `email_unverified`, `moderators_do_not_judge`, `paused` or `stopped`.
    """
    if getattr(user, "is_staff", False) and not settings.STAFF_MAY_JUDGE:
        raise refusals.moderators_do_not_judge()
    annotator = Annotator.objects.filter(user=user.pk).first()
    if annotator is None:
        if not EmailAddress.objects.filter(user=user.pk, verified=True).exists():
            raise refusals.email_unverified()
        annotator, _ = Annotator.objects.get_or_create(user_id=user.pk)
    require_active(annotator)
    return annotator


def require_active(annotator: Annotator) -> None:
    """Pass an active annotator.

    Raises:
        Refused: `paused` or `stopped`.
    """
    if annotator.state == Annotator.State.PAUSED:
        raise refusals.paused()
    if annotator.state == Annotator.State.STOPPED:
        raise refusals.stopped()
