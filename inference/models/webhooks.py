"""Webhooks: addresses of a team's own that are told what happens."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from inference.models.teams import Team


class Webhook(models.Model):
    """Where a team wants to be told (D17). Its secret is derived from `salt` and shown once, never stored."""

    class State(models.TextChoices):
        """Off after five days of failures, until the team switches it on."""

        ACTIVE = "active"
        FAILING = "failing"
        OFF = "off"

    class Event(models.TextChoices):
        """What can be told (A41)."""

        SUBMISSION_STATE = "submission.state_changed"
        SUBMISSION_NEEDS_YOU = "submission.needs_you"
        SYSTEM_STATE = "system.state_changed"
        RESPONSE_QUARANTINED = "response.quarantined"
        REPORT_SETTLED = "report.settled"
        SNAPSHOT_PUBLISHED = "snapshot.published"
        TOKEN_EXPIRING = "token.expiring"  # noqa: S105 -- an event
        QUOTA_GRANTED = "quota.granted"
        TEST = "test"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="webhooks")
    url = models.URLField(max_length=300)
    events = ArrayField(models.CharField(max_length=30), default=list)
    salt = models.UUIDField(default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    failing_since = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(events__len=0), name="a_webhook_asks_for_events"),
        ]

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(models.Model):
    """One event on its way to one webhook, however often it is tried."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="deliveries")
    event = models.CharField(max_length=30, choices=Webhook.Event)
    event_key = models.CharField(max_length=80, help_text="The thing that happened, once for each webhook.")
    payload = models.JSONField()
    attempt = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True, help_text="None once it arrived or was given up.")
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["webhook", "event_key"], name="an_event_is_delivered_once_per_webhook"
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="deliveries_due"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.webhook}"
