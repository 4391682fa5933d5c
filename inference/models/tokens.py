"""Tokens of the API, and the keys that make its writes happen once."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from inference.models.teams import Team

LONGEST_LIFE = timedelta(days=366)


class Scope(models.TextChoices):
    """What a token allows beside reading what its team may read (api A12)."""

    SYSTEMS = "systems:write"
    SUBMISSIONS = "submissions:write"
    RESULTS = "results:read"
    WORKER = "worker:claim"
    WEBHOOKS = "webhooks:write"
    TOKENS = "tokens:write"


class ApiToken(models.Model):
    """A team's way in for programs (D14). The token itself is shown once and stored nowhere."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="tokens")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token.")
    prefix = models.CharField(
        max_length=8, help_text="Its first characters, by which it is told from others."
    )
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope), default=list, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the hour.")
    last_used_by = models.CharField(max_length=120, blank=True, help_text="What the program called itself.")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__contained_by=Scope.values), name="a_tokens_scopes_are_known"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__lte=F("created_at") + LONGEST_LIFE),
                name="a_token_lives_a_year_at_most",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class IdempotencyKey(models.Model):
    """A write that a team asked for under a key, and what was answered (D16). Inserting is the claim."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    method = models.CharField(max_length=6)
    path = models.CharField(max_length=300)
    body_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="None while it is under way.")
    body = models.TextField(blank=True)
    is_secret = models.BooleanField(default=False, help_text="The answer showed a secret and is not kept.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["team", "key"], name="a_team_uses_a_key_once"),
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_keys_by_age")]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
