"""Open data: files with checksums, fixed once they are published (D70)."""

from django.db import models
from django.db.models import Q

from leaderboard.models.snapshots import Snapshot


class Release(models.Model):
    """Votes, standings and public prompts as of one seal, with pseudonyms of its own."""

    version = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=160)
    licence = models.CharField(max_length=120)
    snapshots = models.ManyToManyField(Snapshot, related_name="releases")
    withdrawn = models.PositiveIntegerField(default=0, help_text="Votes left out because a person withdrew.")
    created_at = models.DateTimeField(db_default=models.functions.Now())
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.version


class ReleaseFile(models.Model):
    """One file of a release. Append-only."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=120)
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=80)
    storage_key = models.CharField(max_length=200)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["release", "name"], name="a_release_has_a_name_once"),
            models.CheckConstraint(condition=~Q(sha256=""), name="a_release_file_has_a_checksum"),
        ]

    def __str__(self) -> str:
        return f"{self.release}/{self.name}"
