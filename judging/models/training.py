"""What somebody learns on before they judge (D62)."""

from django.db import models
from django.db.models import Q

from inference.models import Language
from judging.models.pairs import Pair


class TrainingSet(models.Model):
    """Five pairs in one language, each with known answers."""

    language = models.ForeignKey(Language, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["language", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["language", "number"], name="a_training_set_has_its_number_in_its_language"
            )
        ]

    def __str__(self) -> str:
        return f"training {self.number} ({self.language.code})"


class TrainingPair(models.Model):
    """A pair of a set, at its place."""

    training_set = models.ForeignKey(TrainingSet, on_delete=models.PROTECT, related_name="pairs")
    position = models.PositiveSmallIntegerField()
    pair = models.OneToOneField(Pair, on_delete=models.PROTECT, related_name="training")

    class Meta:
        ordering = ["training_set", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["training_set", "position"], name="a_training_set_has_a_position_once"
            ),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=5), name="a_training_set_has_five_pairs"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.training_set}, {self.position}"
