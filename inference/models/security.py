"""What a person should look at because somebody may be trying something."""

from django.conf import settings
from django.db import models


class SecurityEvent(models.Model):
    """One thing that should not have happened (D20); append-only but for how it was handled."""

    class Severity(models.TextChoices):
        """How soon somebody should look."""

        NOTICE = "notice"
        WARNING = "warning"
        URGENT = "urgent"

    at = models.DateTimeField(db_default=models.functions.Now())
    kind = models.CharField(max_length=40)
    severity = models.CharField(max_length=7, choices=Severity, default=Severity.NOTICE)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    prefix_hash = models.CharField(max_length=64, blank=True, help_text="Keyed hash of the network prefix.")
    detail = models.JSONField(default=dict, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    handled_at = models.DateTimeField(null=True, blank=True)
    outcome = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["kind", "at"], name="security_events_by_kind")]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M}"
