"""What is asked about a pair."""

from django.db import models


class Criterion(models.Model):
    """One question with four answers (D42). Wording that changes its meaning is a new row."""

    slug = models.SlugField(unique=True)
    position = models.PositiveSmallIntegerField()
    label_en = models.CharField(max_length=60)
    label_zh_hans = models.CharField(max_length=60)
    question_en = models.TextField()
    question_zh_hans = models.TextField()
    help_en = models.TextField(blank=True)
    help_zh_hans = models.TextField(blank=True)
    active = models.BooleanField(default=True, help_text="May be asked; which are asked says the policy.")

    class Meta:
        ordering = ["position"]
        verbose_name_plural = "criteria"

    def __str__(self) -> str:
        return self.slug
