"""Quotas: what a team used, what came back, and what it was granted beyond the rule."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from inference.models.submissions import Submission
from inference.models.teams import Team


class Bucket(models.TextChoices):
    """What is counted (A36)."""

    ACCEPTED = "accepted"
    RUNNING = "running"
    INVALID = "invalid"
    LIVE = "live"
    STORAGE = "storage"


class QuotaAccount(models.Model):
    """One a team: the row that is locked while something is taken."""

    team = models.OneToOneField(Team, on_delete=models.PROTECT, primary_key=True, related_name="quota")

    def __str__(self) -> str:
        return f"{self.team}'s account"


class QuotaUse(models.Model):
    """One slot that a submission took in one of its rounds (D15)."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="quota_uses")
    bucket = models.CharField(max_length=10, choices=Bucket)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="quota_uses")
    round = models.PositiveSmallIntegerField()
    taken_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    refunded_at = models.DateTimeField(null=True, blank=True)
    refund_code = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "bucket", "round"], name="a_submission_takes_a_bucket_once_a_round"
            ),
            models.CheckConstraint(
                condition=Q(refunded_at=None, refund_code="")
                | (Q(refunded_at__isnull=False) & ~Q(refund_code="")),
                name="a_refund_says_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["team", "bucket", "taken_at"], condition=Q(refunded_at=None), name="quota_in_use"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team}: {self.bucket}"


class QuotaGrant(models.Model):
    """More of a bucket, given by a moderator with a reason that the team sees."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="quota_grants")
    bucket = models.CharField(max_length=10, choices=Bucket)
    extra = models.PositiveIntegerField()
    until = models.DateTimeField()
    reason = models.CharField(max_length=400)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="a_grant_has_a_reason")]

    def __str__(self) -> str:
        return f"{self.team}: {self.extra} more {self.bucket}"
