"""Uploads: files on their way in, part by part."""

import uuid

from django.db import models
from django.db.models import Q

from inference.models.submissions import Submission
from inference.models.teams import Team


class Upload(models.Model):
    """One file of a submission, known by its hash; its name is only for display (D31)."""

    class State(models.TextChoices):
        """Complete means: all bytes are here, their hash is right, and they can be decoded."""

        OPEN = "open"
        COMPLETE = "complete"
        REFUSED = "refused"
        EXPIRED = "expired"
        DISCARDED = "discarded"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="uploads")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200, blank=True)
    bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    part_bytes = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    checks = models.JSONField(default=dict, blank=True, help_text="What the file turned out to be.")
    ready = models.JSONField(
        default=dict, blank=True, help_text="Where the playback file made of it lies, and what was measured."
    )
    check_code = models.CharField(max_length=40, blank=True)
    check_message = models.CharField(max_length=400, blank=True)
    storage_key = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    last_part_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "sha256"], name="a_file_is_uploaded_once_for_a_submission"
            ),
            models.CheckConstraint(
                condition=~Q(state="complete") | ~Q(storage_key=""), name="a_complete_upload_is_stored"
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(check_code=""), name="a_refused_upload_says_why"
            ),
        ]
        indexes = [models.Index(fields=["team", "sha256"], name="uploads_of_a_team")]

    def __str__(self) -> str:
        return self.file_name or self.sha256[:12]

    @property
    def parts_expected(self) -> int:
        """How many parts make the file; the last one is shorter."""
        return max(1, -(-self.bytes // self.part_bytes))


class UploadPart(models.Model):
    """One part that is here."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveSmallIntegerField()
    bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    storage_key = models.CharField(max_length=100)
    at = models.DateTimeField(db_default=models.functions.Now(), editable=False)

    class Meta:
        ordering = ["upload", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["upload", "number"], name="a_part_number_is_unique_in_its_upload"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.upload} part {self.number}"
