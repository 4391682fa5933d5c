"""What an annotator knows, and whom they are close to (D40)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from inference.models import Language, Team
from judging.models.annotators import Annotator


class LanguageSkill(models.Model):
    """How well somebody knows a language, by their own word."""

    class Level(models.TextChoices):
        """Ballots are issued in languages known fluently or better (J12)."""

        NATIVE = "native", gettext_lazy("Native")
        FLUENT = "fluent", gettext_lazy("Fluent")
        WORKING = "working", gettext_lazy("Working knowledge")
        BASIC = "basic", gettext_lazy("Basic")

    annotator = models.ForeignKey(Annotator, on_delete=models.PROTECT, related_name="skills")
    language = models.ForeignKey(Language, on_delete=models.PROTECT, related_name="+")
    level = models.CharField(max_length=10, choices=Level)
    stated_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["language__code"]
        constraints = [
            models.UniqueConstraint(
                fields=["annotator", "language"], name="a_person_states_one_level_a_language"
            )
        ]

    def __str__(self) -> str:
        return f"{self.language}: {self.level}"


class Affiliation(models.Model):
    """A tie to a maker of systems: its systems are never given to this person (J102). Rows stay."""

    class Kind(models.TextChoices):
        """What ties them."""

        EMPLOYER = "employer", gettext_lazy("I work there")
        FUNDING = "funding", gettext_lazy("They fund my work")
        COLLABORATION = "collaboration", gettext_lazy("We work together closely")
        PAST = "past", gettext_lazy("I used to")

    annotator = models.ForeignKey(Annotator, on_delete=models.PROTECT, related_name="affiliations")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    provider = models.CharField(max_length=120, blank=True, help_text="The maker's public name.")
    kind = models.CharField(max_length=14, choices=Kind)
    stated_at = models.DateTimeField(db_default=models.functions.Now())
    until = models.DateTimeField(null=True, blank=True, help_text="When it was said to be over.")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(team=None) ^ Q(provider=""), name="an_affiliation_is_with_a_team_or_a_provider"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.provider or self.team}"
