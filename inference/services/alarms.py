"""Alarms: raised once for what they are about, told to the moderators, looked at and closed (M40, M42)."""

from typing import Final

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.mail import send_mail
from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from inference.errors import Refused
from inference.models import Alarm
from inference.services import audit
from inference.services.moderation import held as rules

# In one mail; what is left goes into the next.
TOLD_AT_ONCE: Final = 50


def raise_(kind: str, *, subject: str, severity: Alarm.Severity, detail: str) -> bool:
    """Open an alarm, or note that what an open one is about is still so; True: it is new."""
    now = timezone.now()
    if Alarm.objects.filter(kind=kind, subject=subject, closed_at=None).update(last_seen_at=now):
        return False
    made = Alarm.objects.bulk_create(
        [Alarm(kind=kind, subject=subject, severity=severity, detail=detail, last_seen_at=now)],
        ignore_conflicts=True,
    )
    return bool(made)


def close(kind: str, *, subject: str, reason: str) -> None:
    """Close an alarm whose cause is gone; there may be none."""
    Alarm.objects.filter(kind=kind, subject=subject, closed_at=None).update(
        closed_at=timezone.now(), closed_reason=reason
    )


@transaction.atomic
def acknowledge(alarm: Alarm, *, by: AbstractBaseUser, reason: str) -> None:
    """Say who looks at an open alarm.

    Raises:
        Refused: `reason_needed`, `already_closed` or `already_acknowledged` (409).
    """
    held = _open(alarm)
    if held.acknowledged_by_id is not None:
        message = gettext("Somebody looks at it already.")
        raise Refused(message, "already_acknowledged", status=409)
    audit.record(
        action="alarm.acknowledge",
        target=held,
        actor=by,
        reason=reason,
        before={"acknowledged_by": None},
        after={"acknowledged_by": by.pk},
    )
    Alarm.objects.filter(pk=held.pk).update(acknowledged_by=by.pk, acknowledged_at=Now())


@transaction.atomic
def end(alarm: Alarm, *, by: AbstractBaseUser, reason: str) -> None:
    """Close an open alarm by hand; it opens again where its cause goes on.

    Raises:
        Refused: `reason_needed` or `already_closed` (409).
    """
    held = _open(alarm)
    reason = rules.reason_of(reason)
    audit.record(
        action="alarm.close",
        target=held,
        actor=by,
        reason=reason,
        before={"closed": False},
        after={"closed": True},
    )
    Alarm.objects.filter(pk=held.pk).update(closed_at=Now(), closed_reason=reason)


@transaction.atomic
def tell() -> int:
    """Mail the staff what has opened since the last time, each in their language; return how many alarms."""
    untold = Alarm.objects.select_for_update(skip_locked=True).filter(told_at=None, closed_at=None)
    found = list(untold.order_by("pk")[:TOLD_AT_ONCE])
    if not found:
        return 0
    Alarm.objects.filter(pk__in=[alarm.pk for alarm in found]).update(told_at=Now())
    staff = get_user_model()._default_manager.filter(is_staff=True, is_active=True)  # noqa: SLF001 -- Django's public name
    for person in staff.order_by("pk"):
        with translation.override(getattr(person, "language", "") or translation.get_language()):
            head = gettext("S2S-Arena: %(count)d new alarm(s)") % {"count": len(found)}
            text = "\n\n".join(_in_words(alarm) for alarm in found)
        address = person.get_username()
        transaction.on_commit(
            lambda head=head, text=text, address=address: send_mail(  # type: ignore[misc]  # bound as they are now
                head, text, None, [address], fail_silently=True
            )
        )
    return len(found)


def _in_words(alarm: Alarm) -> str:
    address = reverse("admin:inference_alarm_change", args=[alarm.pk])
    return f"[{alarm.get_severity_display()}] {alarm.kind}: {alarm.subject}\n{alarm.detail}\n{address}"


def _open(alarm: Alarm) -> Alarm:
    held: Alarm = rules.row(alarm)
    if held.closed_at is not None:
        raise Refused(gettext("This alarm is closed."), "already_closed", status=409)
    return held
