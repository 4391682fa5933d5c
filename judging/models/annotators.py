"""Those who judge."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q

from judging.models.invitations import Invitation


def new_pseudonym() -> str:
    """A random name that says nothing about the person."""
    return f"a-{secrets.token_hex(5)}"


class Annotator(models.Model):
    """A person in the role of judge (D38).

    What says who they are hangs on the user, so that votes can outlive the account.
    """

    class State(models.TextChoices):
        """Only an active annotator gets ballots; an enrolling one is still on the way in."""

        ENROLLING = "enrolling"
        ACTIVE = "active"
        PAUSED = "paused"
        STOPPED = "stopped"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="annotator"
    )
    pseudonym = models.CharField(max_length=20, unique=True, default=new_pseudonym, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.ENROLLING)
    invited_with = models.OneToOneField(
        Invitation, on_delete=models.PROTECT, null=True, blank=True, related_name="annotator"
    )
    training_passed_at = models.DateTimeField(null=True, blank=True)
    trained_policy = models.ForeignKey(
        "Policy",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Whose criteria they were trained on.",
    )
    staff_note = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.pseudonym


class PanelMembership(models.Model):
    """From when to when somebody belongs to the trusted panel, and why (D39): written once, ended once."""

    annotator = models.ForeignKey(Annotator, on_delete=models.PROTECT, related_name="memberships")
    begun_at = models.DateTimeField(db_default=models.functions.Now())
    reason = models.CharField(max_length=400)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    end_reason = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["annotator"],
                condition=Q(ended_at=None),
                name="a_person_has_at_most_one_open_membership",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="a_membership_has_a_reason"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | ~Q(end_reason=""), name="an_ended_membership_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.annotator} on the panel"
