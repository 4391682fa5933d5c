"""What people say is wrong with a clip, a prompt, a system or a decision."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from inference.models import Prompt, Response, System
from judging.models.annotators import Annotator
from judging.models.ballots import Ballot


class Report(models.Model):
    """One complaint with its target, and what became of it (D58)."""

    class Source(models.TextChoices):
        """Whose it is."""

        ANNOTATOR = "annotator"
        OWNER = "owner"
        PUBLIC = "public"
        AUTOMATIC = "automatic"

    class Kind(models.TextChoices):
        """What is wrong (J68, J70); an appeal is against a decision."""

        SILENCE = "silence"
        NOISE = "noise"
        BROKEN_OFF = "broken_off"
        WRONG_LANGUAGE = "wrong_language"
        SAYS_NAME = "says_name"
        UNSAFE = "unsafe"
        PERSONAL_DATA = "personal_data"
        PROMPT_UNUSABLE = "prompt_unusable"
        OTHER = "other"
        CLIP_FAULTY = "clip_faulty"
        APPEAL = "appeal"

    class State(models.TextChoices):
        """open → claimed → settled | dismissed; claimed → open (D78)."""

        OPEN = "open"
        CLAIMED = "claimed"
        SETTLED = "settled"
        DISMISSED = "dismissed"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source = models.CharField(max_length=9, choices=Source)
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(max_length=20, choices=Kind)
    ballot = models.ForeignKey(
        Ballot, on_delete=models.PROTECT, null=True, blank=True, related_name="reports"
    )
    response = models.ForeignKey(
        Response, on_delete=models.PROTECT, null=True, blank=True, related_name="reports"
    )
    prompt = models.ForeignKey(
        Prompt, on_delete=models.PROTECT, null=True, blank=True, related_name="reports"
    )
    system = models.ForeignKey(
        System, on_delete=models.PROTECT, null=True, blank=True, related_name="reports"
    )
    annotator = models.ForeignKey(
        Annotator, on_delete=models.PROTECT, null=True, blank=True, related_name="reports"
    )
    clip = models.CharField(
        max_length=6, blank=True, help_text="prompt, left or right, as the page showed it."
    )
    time_ms = models.PositiveIntegerField(null=True, blank=True, help_text="Of the clip.")
    text = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(db_default=models.functions.Now())
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=40, blank=True)
    decision_reason = models.TextField(blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ballot__isnull=False)
                | Q(response__isnull=False)
                | Q(prompt__isnull=False)
                | Q(system__isnull=False)
                | Q(annotator__isnull=False),
                name="a_report_has_a_target",
            ),
            models.CheckConstraint(
                condition=~Q(state="settled")
                | (
                    ~Q(decision="")
                    & ~Q(decision_reason="")
                    & Q(settled_by__isnull=False, settled_at__isnull=False)
                ),
                name="a_settled_report_has_a_decision_a_reason_and_a_person",
            ),
        ]
        indexes = [
            models.Index(
                fields=["kind", "created_at"],
                condition=Q(state__in=["open", "claimed"]),
                name="open_reports",
            )
        ]

    def __str__(self) -> str:
        return f"report {self.public_id}"
