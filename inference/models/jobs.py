"""Jobs: one system asked to answer one prompt, as a row with a lease. Every try is an Attempt."""

import uuid

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from inference.models.prompts import Prompt
from inference.models.submissions import Submission
from inference.models.systems import System
from inference.models.tokens import ApiToken


class Job(models.Model):
    """One system asked to answer one prompt (D32). The row is the job; a Celery message only rings a bell."""

    class State(models.TextChoices):
        """See the diagram in docs/architecture.md."""

        QUEUED = "queued", gettext_lazy("Queued")
        RUNNING = "running", gettext_lazy("Running")
        DONE = "done", gettext_lazy("Done")
        FAILED = "failed", gettext_lazy("Failed")
        CANCELLED = "cancelled", gettext_lazy("Cancelled")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="jobs")
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="jobs")
    replicate = models.PositiveSmallIntegerField(default=1)
    submission = models.ForeignKey(
        Submission,
        on_delete=models.PROTECT,
        related_name="jobs",
        null=True,
        blank=True,
        help_text="None for the site's own systems.",
    )
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    priority = models.SmallIntegerField(default=0, help_text="The smallest first.")
    not_before = models.DateTimeField(db_default=models.functions.Now())
    batch = models.UUIDField(
        null=True, blank=True, editable=False, help_text="Shared by the jobs that were last taken together."
    )
    lease_token = models.UUIDField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    hard_deadline_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    errors = models.PositiveSmallIntegerField(default=0)
    crashes = models.PositiveSmallIntegerField(default=0)
    excused = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Tries that the site spoilt; they count as no error."
    )
    seed = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "prompt", "replicate"], name="a_system_answers_a_prompt_once"
            ),
            # What the responses' composite foreign key points at.
            models.UniqueConstraint(
                fields=["id", "system", "prompt", "replicate"], name="a_job_is_known_by_what_it_asks"
            ),
            models.CheckConstraint(
                condition=Q(
                    state="running",
                    lease_token__isnull=False,
                    lease_expires_at__isnull=False,
                    hard_deadline_at__isnull=False,
                )
                | (~Q(state="running") & Q(lease_token=None, lease_expires_at=None, hard_deadline_at=None)),
                name="exactly_the_running_jobs_hold_a_lease",
            ),
        ]
        indexes = [
            models.Index(
                F("system"),
                F("priority"),
                F("id"),
                F("not_before"),
                condition=Q(state="queued"),
                name="queued_jobs",
            ),
            models.Index(F("lease_expires_at"), condition=Q(state="running"), name="jobs_on_lease"),
            models.Index(
                F("system"),
                F("ended_at").desc(),
                F("id").desc(),
                condition=Q(state__in=["done", "failed"]),
                name="jobs_by_their_end",
            ),
            models.Index(
                F("state"),
                F("system"),
                F("id").desc(),
                condition=Q(state__in=["failed", "cancelled"]),
                name="jobs_that_came_to_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system} × {self.prompt}"


class Attempt(models.Model):
    """One try at a job: written when it begins, ended once (D33)."""

    class Outcome(models.TextChoices):
        """How a try ended; fenced is a result that came after its lease was lost."""

        DONE = "done"
        TRANSIENT = "transient"
        PERMANENT = "permanent"
        LOST = "lost"
        FENCED = "fenced"
        RELEASED = "released"
        CANCELLED = "cancelled"

    class Fault(models.TextChoices):
        """Whose move is next: the team's, the site's, or that of whoever runs the endpoint."""

        NONE = "", "nobody's"
        SUBMITTER = "submitter"
        PLATFORM = "platform"
        UPSTREAM = "upstream"

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="attempt_set")
    number = models.PositiveSmallIntegerField()
    lease_token = models.UUIDField(unique=True)
    worker = models.CharField(max_length=120)
    api_token = models.ForeignKey(
        ApiToken,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        help_text="Whose machine took it; none for the site's own workers.",
    )
    started_at = models.DateTimeField(db_default=models.functions.Now())
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    fault = models.CharField(max_length=10, choices=Fault, default=Fault.NONE, db_default="", blank=True)
    stage = models.CharField(max_length=40, blank=True)
    code = models.CharField(max_length=60, blank=True)
    message = models.TextField(blank=True, help_text="For the system's owner.")
    detail = models.TextField(blank=True, help_text="For staff.")
    first_audio_ms = models.PositiveIntegerField(null=True, blank=True)
    total_ms = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["job", "number"]
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="a_number_is_unique_in_its_job"),
            models.CheckConstraint(
                condition=Q(ended_at=None, outcome="") | (Q(ended_at__isnull=False) & ~Q(outcome="")),
                name="an_ended_attempt_has_an_outcome",
            ),
        ]
        indexes = [
            BrinIndex(
                fields=["ended_at"], autosummarize=True, name="attempts_by_their_end", pages_per_range=16
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job} try {self.number}"


class Stage(models.Model):
    """One finished step of a multi-stage system for one job, so that a restart repeats none (D34)."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="stages")
    name = models.CharField(max_length=40)
    key = models.CharField(max_length=64, help_text="Hash of what went in.")
    text = models.TextField(blank=True)
    tags = models.JSONField(default=dict, blank=True, help_text="What came out beside the text.")
    total_ms = models.PositiveIntegerField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["job", "at"]
        constraints = [
            models.UniqueConstraint(fields=["job", "key"], name="a_stage_is_stored_once_per_job_and_key")
        ]

    def __str__(self) -> str:
        return f"{self.job}: {self.name}"


class Turn(models.Model):
    """When a worker last took some of a system's jobs: systems take turns."""

    system = models.OneToOneField(System, on_delete=models.CASCADE, primary_key=True, related_name="turn")
    taken_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.system}'s turn"


class WorkerPulse(models.Model):
    """A worker's last look for work: whether it lives is judged by this row, never by its process."""

    worker = models.CharField(max_length=120, unique=True)
    queue = models.CharField(max_length=10)
    looked_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.worker
