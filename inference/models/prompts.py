"""Prompts in frozen, versioned sets."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from inference.models.audio import AudioFile
from inference.models.taxonomy import Language, Level, Task


class PromptSet(models.Model):
    """A versioned collection of prompts; once frozen, another one is needed for any change (D23)."""

    slug = models.SlugField()
    version = models.PositiveIntegerField(default=1)
    title = models.CharField(max_length=120)
    licence = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="From then on everybody may see its public prompts and take them along.",
    )

    class Meta:
        ordering = ["slug", "version"]
        constraints = [
            models.CheckConstraint(
                condition=Q(published_at=None) | Q(frozen_at__isnull=False),
                name="a_published_prompt_set_is_frozen",
            ),
            models.UniqueConstraint(
                fields=["slug", "version"], name="a_prompt_set_is_unique_by_slug_and_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slug} v{self.version}"

    @property
    def address(self) -> str:
        """What the API calls it, such as `core/3`."""
        return f"{self.slug}/{self.version}"


class Prompt(models.Model):
    """One spoken instruction (D24)."""

    class Split(models.TextChoices):
        """Its part of the set; showcase prompts are never judged, and training ones are put to no system."""

        PUBLIC = "public"
        HIDDEN = "hidden"
        SHOWCASE = "showcase"
        TRAINING = "training"

    class Origin(models.TextChoices):
        """How the voice came about; empty where the source does not say."""

        RECORDED = "recorded"
        SYNTHESISED = "synthesised"
        CORPUS = "corpus"

    class State(models.TextChoices):
        """A withdrawn prompt is not drawn any more."""

        OK = "ok"
        WITHDRAWN = "withdrawn"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    prompt_set = models.ForeignKey(PromptSet, on_delete=models.PROTECT, related_name="prompts")
    slug = models.CharField(max_length=200)
    raw = models.ForeignKey(AudioFile, on_delete=models.PROTECT, related_name="+")
    playback = models.ForeignKey(AudioFile, on_delete=models.PROTECT, related_name="+")
    transcript = models.TextField(blank=True)
    delivery_label = models.CharField(max_length=200, blank=True)
    language = models.ForeignKey(Language, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answer_language = models.ForeignKey(
        Language, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="prompts")
    level = models.ForeignKey(Level, on_delete=models.PROTECT, null=True, blank=True, related_name="prompts")
    tags = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    split = models.CharField(max_length=10, choices=Split, default=Split.PUBLIC)
    licence = models.CharField(max_length=120, blank=True)
    origin = models.CharField(max_length=12, choices=Origin, blank=True)
    origin_detail = models.CharField(max_length=400, blank=True)
    clean_original = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="noisy_variants"
    )
    speaker_consent = models.CharField(max_length=400, blank=True)
    content_sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.OK)
    withdrawn_reason = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["prompt_set", "slug"]
        constraints = [
            models.UniqueConstraint(fields=["prompt_set", "slug"], name="a_slug_is_unique_in_its_prompt_set"),
            models.UniqueConstraint(
                fields=["prompt_set", "content_sha256"], name="content_is_unique_in_its_prompt_set"
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | ~Q(withdrawn_reason=""),
                name="a_withdrawn_prompt_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.slug
