"""When somebody gets no new batches, and why (D59)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from judging.models.annotators import Annotator


class Pause(models.Model):
    """Written once, ended once. It excludes nothing by itself (J121)."""

    class Cause(models.TextChoices):
        """What led to it; the person is told the same for all but the last."""

        TRAINING = "training"
        GOLD = "gold"
        CONSISTENCY = "consistency"
        SIDE = "side"
        MODERATOR = "moderator"

    annotator = models.ForeignKey(Annotator, on_delete=models.PROTECT, related_name="pauses")
    cause = models.CharField(max_length=12, choices=Cause)
    detail = models.TextField(blank=True, help_text="For staff.")
    begun_at = models.DateTimeField(db_default=models.functions.Now())
    until = models.DateTimeField(null=True, blank=True, help_text="When it ends by itself.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    appeal = models.CharField(max_length=500, blank=True, help_text="What the person says to it.")
    appealed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    end_reason = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["annotator"], condition=Q(ended_at=None), name="a_person_has_at_most_one_open_pause"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | ~Q(end_reason=""), name="an_ended_pause_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"pause ({self.cause})"
