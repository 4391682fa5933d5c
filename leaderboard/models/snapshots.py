"""One published computation of a board: append-only (D67)."""

from typing import Any

from django.db import models

from judging.models import Seal
from leaderboard.models.boards import Board


class Snapshot(models.Model):
    """A function of (seal, method, parameters, seed, code): building it again gives the same bytes."""

    board = models.ForeignKey(Board, on_delete=models.PROTECT, related_name="snapshots")
    number = models.PositiveIntegerField()
    build = models.UUIDField(null=True, help_text="Shared by the boards that were built together.")
    seal = models.ForeignKey(
        Seal, on_delete=models.PROTECT, related_name="snapshots", help_text="The cut-off."
    )
    method = models.CharField(max_length=20)
    method_version = models.PositiveSmallIntegerField()
    parameters = models.JSONField()
    seed = models.BigIntegerField()
    code_version = models.CharField(max_length=64)
    votes_sha256 = models.CharField(max_length=64, help_text="Of the comparisons that went in.")
    result_sha256 = models.CharField(max_length=64, help_text="Of the canonical bytes that came out.")
    votes = models.PositiveIntegerField()
    annotators = models.PositiveIntegerField()
    prompts = models.PositiveIntegerField()
    excluded = models.PositiveIntegerField(help_text="Votes that an exclusion kept out.")
    interval_unit = models.CharField(
        max_length=12, blank=True, help_text="What was resampled: annotators or votes."
    )
    design_effect = models.FloatField(
        null=True,
        help_text="Variance over people by that of independent votes; null: no people resampled.",
    )
    largest_share = models.FloatField(
        null=True, help_text="Of the votes, by the busiest person, 0 to 1; null: nothing was rated."
    )
    connected = models.BooleanField()
    converged = models.BooleanField()
    card = models.JSONField(
        default=dict, help_text="What a reader of the numbers has to know; see services/cards.py."
    )
    moved = models.JSONField(
        default=dict, help_text="What differs from the snapshot before, and why; see services/changes.py."
    )
    sensitivity = models.JSONField(
        default=dict, help_text="How much hangs on few votes or people; see services/sensitivity.py."
    )
    tables = models.JSONField(
        default=dict,
        db_default={},
        help_text="Of online Elo: the paper's tables; see services/paper_tables.py.",
    )
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections"
    )
    note_en = models.TextField(blank=True)
    note_zh_hans = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["board", "number"]
        constraints = [
            models.UniqueConstraint(fields=["board", "number"], name="a_number_is_unique_in_its_board"),
            models.UniqueConstraint(fields=["board", "seal"], name="a_board_has_one_snapshot_of_a_seal"),
        ]

    def __str__(self) -> str:
        return f"{self.board} #{self.number}"

    @property
    def pairs(self) -> models.QuerySet[Any]:
        """Its pairs with their systems, in canonical order, by one query."""
        rows: models.QuerySet[Any] = self.head_to_heads.select_related("system_a", "system_b")
        return rows.order_by("system_a", "system_b")
