"""Responses: the accepted answers."""

from django.db import models
from django.db.models import Q

from inference.models.audio import AudioFile
from inference.models.jobs import Job
from inference.models.prompts import Prompt
from inference.models.systems import System


class Response(models.Model):
    """What a system answered to a prompt: raw audio kept, playback made from it (D35)."""

    class State(models.TextChoices):
        """Only an ok response is paired."""

        OK = "ok"
        QUARANTINED = "quarantined"
        REJECTED = "rejected"

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="responses")
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="responses")
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="responses")
    replicate = models.PositiveSmallIntegerField(default=1)
    raw = models.ForeignKey(AudioFile, on_delete=models.PROTECT, related_name="+")
    playback = models.ForeignKey(AudioFile, on_delete=models.PROTECT, related_name="+")
    own_transcript = models.TextField(blank=True)
    first_audio_ms = models.PositiveIntegerField(null=True, blank=True)
    total_ms = models.PositiveIntegerField(
        null=True, blank=True, help_text="None where it was made elsewhere and nobody took the time."
    )
    seed = models.BigIntegerField(
        null=True, blank=True, help_text="None where it was made elsewhere and is not known."
    )
    parameters = models.JSONField(default=dict, blank=True)
    stop_reason = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.OK)
    state_code = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["job"],
                condition=~Q(state="rejected"),
                name="a_job_has_one_response_that_is_not_rejected",
            ),
            # What the pairs' composite foreign keys point at.
            models.UniqueConstraint(
                fields=["id", "system", "prompt"], name="a_response_is_known_by_what_it_answers"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system} on {self.prompt}"
