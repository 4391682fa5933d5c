"""Seals: numbered cut-offs over votes, closings, exclusions and lifts, chained by digest (D60). Append-only.

A snapshot names a seal, and the same seal gives the same votes for ever: what commits later is in a later
seal, whatever its key.
"""

from django.db import models


class Seal(models.Model):
    """One cut-off; the digest covers its items and the digest before."""

    number = models.PositiveIntegerField(unique=True)
    at = models.DateTimeField(db_default=models.functions.Now())
    items = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"seal {self.number}"


class SealedItem(models.Model):
    """One row that a seal holds, by kind and key; its own digest tells which row was edited, if one was."""

    class Kind(models.TextChoices):
        """What is sealed: a vote with its verdicts and what was heard, a closing, an exclusion, a lift."""

        VOTE = "vote"
        CLOSING = "closing"
        EXCLUSION = "exclusion"
        LIFT = "lift"

    seal = models.ForeignKey(Seal, on_delete=models.PROTECT, related_name="sealed_items")
    kind = models.CharField(max_length=10, choices=Kind)
    key = models.BigIntegerField()
    digest = models.CharField(max_length=64, help_text="Over the row as it was sealed.")
    form = models.PositiveSmallIntegerField(default=1, help_text="Which columns the digest is over.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="a_kind_and_key_are_sealed_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
