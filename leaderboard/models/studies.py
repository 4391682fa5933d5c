"""Comparisons that others made: closed, named, ranked apart, never mixed with votes (D65)."""

from django.db import models
from django.db.models import F, Q


class Study(models.Model):
    """Where published verdicts come from. Append-only."""

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=160)
    source = models.CharField(max_length=200)
    url = models.URLField(blank=True)
    licence = models.CharField(max_length=120)
    protocol = models.TextField(help_text="Who judged what, and which answers were allowed.")
    closed_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["slug"]
        verbose_name_plural = "studies"

    def __str__(self) -> str:
        return self.slug


class StudyVerdict(models.Model):
    """One answer on one criterion; systems, prompts and judges are the study's own names. Append-only."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="verdicts")
    number = models.PositiveIntegerField(help_text="Of the comparison in the study.")
    prompt = models.CharField(max_length=300)
    system_a = models.CharField(max_length=80)
    system_b = models.CharField(max_length=80)
    criterion = models.SlugField()
    answer = models.CharField(max_length=8)
    judge = models.CharField(max_length=80, blank=True, help_text="A label; empty: not known.")

    class Meta:
        ordering = ["study", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["study", "number", "criterion"], name="a_number_is_unique_in_a_study"
            ),
            models.CheckConstraint(
                condition=Q(answer__in=["a", "b", "tie", "both_bad"]),
                name="a_study_answer_is_a_b_tie_or_both_bad",
            ),
            models.CheckConstraint(
                condition=~Q(system_a=F("system_b")), name="a_study_compares_two_different_systems"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.study} {self.number}, {self.criterion}"
