"""What readers of the boards should be told (D71)."""

from django.conf import settings
from django.db import models

from leaderboard.models.snapshots import Snapshot


class Announcement(models.Model):
    """One entry of the changelog."""

    class Kind(models.TextChoices):
        """What it is about."""

        METHOD = "method"
        CORRECTION = "correction"
        RETIREMENT = "retirement"
        INCIDENT = "incident"
        NOTICE = "notice"

    at = models.DateTimeField(db_default=models.functions.Now())
    kind = models.CharField(max_length=10, choices=Kind)
    title_en = models.CharField(max_length=160)
    title_zh_hans = models.CharField(max_length=160)
    body_en = models.TextField()
    body_zh_hans = models.TextField()
    snapshot = models.ForeignKey(
        Snapshot, on_delete=models.PROTECT, null=True, blank=True, related_name="announcements"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.title_en
