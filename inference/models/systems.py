"""Models, and the systems made from them: the competitors."""

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from inference.models.taxonomy import Language
from inference.models.teams import Team


class Model(models.Model):
    """A named family of systems with its maker and licence (D26)."""

    slug = models.SlugField(unique=True)
    team = models.ForeignKey(
        Team,
        on_delete=models.PROTECT,
        related_name="models",
        null=True,
        blank=True,
        help_text="Its owner; none for the site's own.",
    )
    name = models.CharField(max_length=120)
    provider = models.CharField(max_length=120)
    licence = models.CharField(max_length=120)
    url = models.URLField(blank=True)
    card = models.TextField(blank=True, help_text="What a reader of the board should know.")
    training_data_note = models.TextField(blank=True, help_text="What it was trained on, as its maker says.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class System(models.Model):
    """One immutable competitor: model version × voice × settings × adapter and its configuration (D27)."""

    class State(models.TextChoices):
        """Live systems are paired; a codenamed one under another name; a retired one stays on the boards."""

        DRAFT = "draft", gettext_lazy("Draft")
        PRIVATE = "private", gettext_lazy("Private")
        CODENAMED = "codenamed", gettext_lazy("Codenamed")
        LIVE = "live", gettext_lazy("Live")
        RETIRED = "retired", gettext_lazy("Retired")
        WITHDRAWN = "withdrawn", gettext_lazy("Withdrawn")

    class Label(models.TextChoices):
        """What is said of the system wherever it shows."""

        NONE = "", "none"
        BASELINE = "baseline"
        DEMONSTRATION = "demonstration", "demonstration weights"

    class Delivery(models.TextChoices):
        """How its answers come in."""

        CALLED = "called", "called by the site's workers"
        PULLED = "pulled", "pulled by a worker in an environment of its own"
        UPLOADED = "uploaded", "uploaded"

    class VoicePresentation(models.TextChoices):
        """How the voice presents itself."""

        FEMININE = "feminine"
        MASCULINE = "masculine"
        NEUTRAL = "neutral"
        UNSPECIFIED = "unspecified"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(unique=True)
    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="systems")
    version = models.CharField(max_length=80)
    revision = models.CharField(
        max_length=120, blank=True, help_text="A checkpoint's commit, or an endpoint's dated name."
    )
    voice = models.CharField(max_length=80, blank=True)
    voice_presentation = models.CharField(
        max_length=12,
        choices=VoicePresentation,
        default=VoicePresentation.UNSPECIFIED,
    )
    languages = models.ManyToManyField(Language, related_name="+", blank=True)
    system_prompt = models.TextField(blank=True)
    settings = models.JSONField(default=dict, blank=True)
    delivery = models.CharField(
        max_length=10, choices=Delivery, default=Delivery.CALLED, db_default=Delivery.CALLED
    )
    adapter = models.CharField(max_length=80)
    config = models.JSONField(default=dict, blank=True)
    fingerprint = models.CharField(max_length=64)
    label = models.CharField(max_length=14, choices=Label, default=Label.NONE, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    created_at = models.DateTimeField(auto_now_add=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    first_public_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    retire_reason = models.CharField(max_length=400, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    pause_code = models.CharField(max_length=40, blank=True)
    codename = models.SlugField(
        null=True, blank=True, unique=True, help_text="Asked for by its team; unique for ever."
    )
    reveal_at = models.DateTimeField(
        null=True, blank=True, help_text="When the codename gives way to the name."
    )
    codenamed_at = models.DateTimeField(null=True, blank=True)
    replaced_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    is_partial = models.BooleanField(
        default=False, db_default=False, help_text="Answered too few prompts to be ranked; listed as partial."
    )

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.UniqueConstraint(
                fields=["model", "fingerprint"], name="a_fingerprint_is_unique_in_its_model"
            ),
            models.CheckConstraint(
                condition=~Q(state="retired") | (~Q(retire_reason="") & Q(retired_at__isnull=False)),
                name="a_retired_system_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(frozen_at__isnull=False),
                name="only_a_draft_system_is_not_frozen",
            ),
            models.CheckConstraint(
                condition=~Q(state="live") | Q(first_public_at__isnull=False),
                name="a_live_system_has_its_public_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state="codenamed")
                | Q(codename__isnull=False, reveal_at__isnull=False, codenamed_at__isnull=False),
                name="a_codenamed_system_has_a_codename_and_a_reveal_date",
            ),
            models.CheckConstraint(
                condition=Q(codenamed_at=None) | Q(reveal_at__lte=F("codenamed_at") + timedelta(days=60)),
                name="a_codename_is_revealed_within_60_days",
            ),
            models.CheckConstraint(
                condition=Q(paused_at=None, pause_code="") | (Q(paused_at__isnull=False) & ~Q(pause_code="")),
                name="a_paused_system_says_why",
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def display_name(self) -> str:
        """The name that boards show: its codename until it is revealed."""
        if self.state == self.State.CODENAMED and self.codename:
            return self.codename
        return self.own_name

    @property
    def shown_slug(self) -> str:
        """The slug that everybody sees: its codename until it is revealed."""
        return self.codename if self.state == self.State.CODENAMED and self.codename else self.slug

    @property
    def shown_voice(self) -> str:
        """Its voice, which many would know it by; empty while it bears a codename."""
        return "" if self.state == self.State.CODENAMED else self.voice

    @property
    def shown_maker(self) -> str:
        """Whose it is; empty while it bears a codename."""
        return "" if self.state == self.State.CODENAMED else self.model.provider

    @property
    def own_name(self) -> str:
        """What its team calls it."""
        return f"{self.model.name} {self.version}".strip()
