"""Those who judge."""

import secrets

from django.conf import settings
from django.db import models

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
    staff_note = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.pseudonym
