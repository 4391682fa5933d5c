"""Alarms: what staff have to look at."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Alarm(models.Model):
    """Something is wrong and open until somebody, or its end, closes it (D19)."""

    class Severity(models.TextChoices):
        """How soon somebody should look."""

        NOTICE = "notice"
        WARNING = "warning"
        URGENT = "urgent"

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

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=Q(closed_at=None),
                name="there_is_one_open_alarm_of_a_kind_for_a_subject",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
