"""Who may come in while registration is by invitation (J6)."""

import secrets

from django.conf import settings
from django.db import models


def new_code() -> str:
    """A code that nobody guesses and that can be read aloud."""
    return secrets.token_hex(8)


class Invitation(models.Model):
    """One code lets one person in."""

    code = models.CharField(max_length=32, unique=True, default=new_code, editable=False)
    note = models.CharField(max_length=200, blank=True, help_text="For whom it is meant.")
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"invitation {self.pk}"
