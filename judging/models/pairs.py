"""Two responses to the same prompt, unordered; and how often two systems met on which side."""

from django.db import models
from django.db.models import F, Q

from inference.models import Prompt, Response, System


class Pair(models.Model):
    """Two responses to one prompt in canonical order: a is the system with the smaller key (D47)."""

    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="pairs")
    system_a = models.ForeignKey(System, on_delete=models.PROTECT, related_name="+")
    system_b = models.ForeignKey(System, on_delete=models.PROTECT, related_name="+")
    response_a = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="+")
    response_b = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(system_a__lt=F("system_b")), name="system_a_has_the_smaller_key"
            ),
            models.UniqueConstraint(fields=["response_a", "response_b"], name="two_responses_form_one_pair"),
        ]

    def __str__(self) -> str:
        return f"pair {self.pk}"


class SystemPair(models.Model):
    """How often two systems met, and on which side: locked at each issue, so that sides balance (D57).

    `counted` and `pending` are the sums of the two systems' tallies.
    """

    system_a = models.ForeignKey(System, on_delete=models.PROTECT, related_name="+")
    system_b = models.ForeignKey(System, on_delete=models.PROTECT, related_name="+")
    a_left = models.PositiveIntegerField(default=0)
    a_right = models.PositiveIntegerField(default=0)
    a_first = models.PositiveIntegerField(default=0)
    b_first = models.PositiveIntegerField(default=0)
    counted = models.PositiveIntegerField(default=0, db_default=0)
    pending = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(system_a__lt=F("system_b")), name="a_system_pair_is_in_canonical_order"
            ),
            models.UniqueConstraint(fields=["system_a", "system_b"], name="two_systems_form_one_system_pair"),
        ]

    def __str__(self) -> str:
        return f"{self.system_a} × {self.system_b}"
