"""Somebody goes, and what becomes of their data (D64)."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

# Source: J136.
DUE_AFTER = timedelta(days=7)


class LeaveRequest(models.Model):
    """A wish to leave, kept until it is done."""

    class Scope(models.TextChoices):
        """What becomes of the votes."""

        LEAVE = "leave", "the votes stay"
        WITHDRAW = "withdraw", "the votes count no more"

    class State(models.TextChoices):
        """Done ones have counts."""

        OPEN = "open"
        DONE = "done"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="leave_requests"
    )
    scope = models.CharField(max_length=8, choices=Scope)
    state = models.CharField(max_length=4, choices=State, default=State.OPEN)
    asked_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(db_default=Now() + DUE_AFTER)
    done_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(null=True, blank=True, help_text="How many rows of each kind went.")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(state="open"), name="a_person_has_one_open_leave_request"
            ),
            models.CheckConstraint(
                condition=Q(state="open", done_at=None) | Q(state="done", counts__isnull=False),
                name="done_leave_requests_have_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} ({self.state})"
