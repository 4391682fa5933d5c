"""Alarms: what staff have to look at."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy


class Alarm(models.Model):
    """Something is wrong and open until somebody, or its end, closes it (D19)."""

    class Severity(models.TextChoices):
        """How soon somebody should look."""

        NOTICE = "notice", gettext_lazy("notice")
        WARNING = "warning", gettext_lazy("warning")
        URGENT = "urgent", gettext_lazy("urgent")

    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=120, help_text="What it is about, such as submission:42.")
    severity = models.CharField(max_length=10, choices=Severity, default=Severity.WARNING)
    detail = models.TextField(blank=True)
    opened_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    last_seen_at = models.DateTimeField(db_default=models.functions.Now())
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_reason = models.CharField(max_length=400, blank=True)
    told_at = models.DateTimeField(null=True, blank=True, help_text="When the moderators got a mail.")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=Q(closed_at=None),
                name="there_is_one_open_alarm_of_a_kind_for_a_subject",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(told_at=None, closed_at=None), name="alarms_to_tell_of")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
