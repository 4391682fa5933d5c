"""Audio as files: the raw ones that came in, and the playback files made from them."""

from django.db import models
from django.db.models import F, Q


class AudioFile(models.Model):
    """One stored sound; bytes are written first, the row afterwards, and neither changes (D22)."""

    class Kind(models.TextChoices):
        """Raw is kept and never served; playback is what people hear."""

        RAW = "raw"
        PLAYBACK = "playback"

    kind = models.CharField(max_length=10, choices=Kind)
    sha256 = models.CharField(max_length=64)
    bytes = models.PositiveIntegerField()
    media_type = models.CharField(max_length=40)
    sample_rate = models.PositiveIntegerField(help_text="Hz")
    channels = models.PositiveSmallIntegerField()
    duration_ms = models.PositiveIntegerField()
    storage_key = models.CharField(max_length=100, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    made_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="playbacks")
    normaliser_version = models.PositiveSmallIntegerField(null=True)
    target_lufs = models.SmallIntegerField(null=True)
    loudness_lufs = models.FloatField(null=True)
    true_peak_dbtp = models.FloatField(null=True)
    lead_silence_ms = models.PositiveIntegerField(null=True)
    trail_silence_ms = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="raw", made_from=None, normaliser_version=None, target_lufs=None)
                | Q(
                    kind="playback",
                    media_type="audio/flac",
                    channels=1,
                    sample_rate=24_000,
                    made_from__isnull=False,
                    normaliser_version__isnull=False,
                    target_lufs__isnull=False,
                ),
                name="a_playback_file_is_mono_24_khz_flac_with_its_source",
            ),
            models.UniqueConstraint(
                F("made_from"),
                F("normaliser_version"),
                F("target_lufs"),
                condition=Q(kind="playback"),
                name="a_raw_file_is_made_once_for_each_version_and_target",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.duration_ms / 1000:.1f} s"
