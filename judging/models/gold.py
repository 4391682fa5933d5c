"""Known answers: read by the scoring and the training alone, never by what feeds a page before the vote."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from judging.models.criteria import Criterion
from judging.models.pairs import Pair
from judging.models.votes import Verdict


class GoldAnswer(models.Model):
    """The answers that are right on one criterion of a pair (D48)."""

    class Origin(models.TextChoices):
        """How it is known (J124)."""

        CONTROL = "control"
        CONSENSUS = "consensus"

    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="+")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    key = models.BooleanField(default=False, help_text="Gold is missed on this criterion alone.")
    accepted = ArrayField(models.CharField(max_length=8, choices=Verdict.Answer))
    origin = models.CharField(max_length=9, choices=Origin)
    explanation_en = models.TextField(blank=True)
    explanation_zh_hans = models.TextField(blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=models.functions.Now())
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["pair", "criterion"], name="a_pair_has_one_gold_answer_per_criterion"
            ),
            models.UniqueConstraint(
                fields=["pair"], condition=Q(key=True), name="a_gold_pair_has_one_key_criterion"
            ),
            models.CheckConstraint(
                condition=Q(accepted__len__gte=1, accepted__contained_by=Verdict.Answer.values),
                name="gold_accepts_one_known_answer_at_least",
            ),
        ]

    def __str__(self) -> str:
        return f"gold of {self.pair}, {self.criterion}"
