"""Submissions: how a system's responses come in, and everything that happened to each."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from inference.models.prompts import PromptSet
from inference.models.systems import System
from inference.models.teams import Team


class Fault(models.TextChoices):
    """Whose doing a problem is (A38)."""

    NONE = "", "nobody's"
    SUBMITTER = "submitter"
    PLATFORM = "platform"
    UPSTREAM = "upstream"


class Submission(models.Model):
    """A team asks for one system to be judged on one prompt set (D29)."""

    class Kind(models.TextChoices):
        """Who runs the model (A16)."""

        UPLOADED = "uploaded"
        ENDPOINT = "endpoint"
        CHECKPOINT = "checkpoint"
        WORKER = "worker"

    class State(models.TextChoices):
        """Forward only: (round, rank) grows; see inference/services/submissions/states.py."""

        DRAFT = "draft", gettext_lazy("Draft")
        UPLOADING = "uploading", gettext_lazy("Uploading")
        VALIDATING = "validating", gettext_lazy("Validating")
        INVALID = "invalid", gettext_lazy("Invalid")
        QUEUED = "queued", gettext_lazy("Queued")
        RUNNING = "running", gettext_lazy("Running")
        INCOMPLETE = "incomplete", gettext_lazy("Incomplete")
        AWAITING_REVIEW = "awaiting_review", gettext_lazy("awaiting review")
        APPROVED = "approved", gettext_lazy("Approved")
        REJECTED = "rejected", gettext_lazy("Rejected")
        FAILED = "failed", gettext_lazy("Failed")
        CANCELLED = "cancelled", gettext_lazy("Cancelled")
        WITHDRAWN = "withdrawn", gettext_lazy("Withdrawn")

    class WaitingOn(models.TextChoices):
        """Whose move is next."""

        YOU = "you"
        US = "us"
        REVIEWER = "reviewer"
        NOBODY = "nobody"

    CLOSED = (State.APPROVED, State.REJECTED, State.FAILED, State.CANCELLED, State.WITHDRAWN)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="submissions")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="submissions")
    prompt_set = models.ForeignKey(PromptSet, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    state = models.CharField(max_length=16, choices=State, default=State.DRAFT)
    round = models.PositiveSmallIntegerField(default=1)
    waiting_on = models.CharField(max_length=10, choices=WaitingOn, default=WaitingOn.YOU)
    last_code = models.CharField(max_length=60, blank=True)
    last_message = models.CharField(max_length=1000, blank=True)
    last_fault = models.CharField(max_length=10, choices=Fault, default=Fault.NONE, blank=True)
    problems = models.JSONField(default=list, blank=True, help_text="All that the last look found wrong.")
    adapter = models.CharField(max_length=80, blank=True)
    config = models.JSONField(default=dict, blank=True)
    limits = models.JSONField(default=dict, blank=True)
    hardware = models.CharField(max_length=12, blank=True)
    manifest = models.JSONField(default=dict, blank=True)
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    is_partial = models.BooleanField(default=False, help_text="Its team says that prompts are left out.")
    expected = models.PositiveIntegerField(
        default=0, help_text="Prompts of the set in the system's languages."
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    state_since = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    told_limit_at = models.DateTimeField(
        null=True, blank=True, help_text="When the team, or an alarm, was told that its time runs out."
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["system", "prompt_set"],
                condition=~Q(state__in=["approved", "rejected", "failed", "cancelled", "withdrawn"]),
                name="a_system_has_one_open_submission_for_a_prompt_set",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state", "state_since"],
                condition=~Q(state__in=["approved", "rejected", "failed", "cancelled", "withdrawn"]),
                name="open_submissions",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system} on {self.prompt_set}"


class SubmissionEvent(models.Model):
    """One change of a submission's state; rows are only added, and (round, rank) only grows (D30)."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="events")
    number = models.PositiveIntegerField()
    round = models.PositiveSmallIntegerField()
    from_state = models.CharField(max_length=16, blank=True)
    to_state = models.CharField(max_length=16, choices=Submission.State)
    rank = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=60)
    message = models.CharField(max_length=1000, blank=True)
    fault = models.CharField(max_length=10, choices=Fault, default=Fault.NONE, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    request_id = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(db_default=models.functions.Now(), editable=False)

    class Meta:
        ordering = ["submission", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "number"], name="an_event_number_is_unique_in_its_submission"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.to_state}"
