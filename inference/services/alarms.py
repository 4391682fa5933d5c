"""Alarms: raised once for what they are about, however often it is seen again."""

from django.utils import timezone

from inference.models import Alarm


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
