"""What prompts are about: languages, domains, levels and tasks. Rows, loaded from `inference/taxonomy/`."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from inference.models.wording import in_language


class Language(models.Model):
    """A language that prompts are spoken in or asked to be answered in (BCP 47)."""

    code = models.CharField(max_length=35, unique=True)
    name_en = models.CharField(max_length=60)
    name_zh_hans = models.CharField(max_length=60)
    aliases = ArrayField(models.CharField(max_length=60), default=list, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return in_language(self, "name")


class Domain(models.Model):
    """One of the four fields that tasks belong to."""

    slug = models.SlugField(unique=True)
    name_en = models.CharField(max_length=60)
    name_zh_hans = models.CharField(max_length=60)
    aliases = ArrayField(models.CharField(max_length=60), default=list, blank=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return in_language(self, "name")


class Level(models.Model):
    """How much of the voice a prompt tests, from 1 (words only) to 4 (hear the manner and meet it)."""

    number = models.PositiveSmallIntegerField(unique=True)
    slug = models.SlugField(unique=True)
    name_en = models.CharField(max_length=60)
    name_zh_hans = models.CharField(max_length=60)
    description_en = models.TextField()
    description_zh_hans = models.TextField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(number__gte=1, number__lte=4), name="a_level_is_from_1_to_4"
            ),
        ]

    def __str__(self) -> str:
        return f"L{self.number} {in_language(self, 'name')}"


class Task(models.Model):
    """What a prompt asks for, with a line of guidance for the judges."""

    slug = models.SlugField(unique=True)
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="tasks")
    name_en = models.CharField(max_length=80)
    name_zh_hans = models.CharField(max_length=80)
    guidance_en = models.TextField()
    guidance_zh_hans = models.TextField()
    guidance_by_level = models.JSONField(
        default=dict, blank=True, help_text='Where a level differs: {"3": {"en": …, "zh_hans": …}}.'
    )
    aliases = ArrayField(models.CharField(max_length=80), default=list, blank=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return in_language(self, "name")

    def guidance_at(self, level: int | None, *, language: str = "en") -> str:
        """The line for judges at a level (None: not known), in a language of the interface."""
        key = "zh_hans" if language.lower().startswith("zh") else "en"
        return str(self.guidance_by_level.get(str(level), {}).get(key) or getattr(self, f"guidance_{key}"))
