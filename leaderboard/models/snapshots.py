"""One published computation of a board. All rows here are append-only (D67–D69)."""

from django.db import models
from django.db.models import F, Q

from inference.models import System
from judging.models import Seal
from leaderboard.models.boards import Board


class Snapshot(models.Model):
    """A function of (seal, method, parameters, seed, code): building it again gives the same bytes."""

    board = models.ForeignKey(Board, on_delete=models.PROTECT, related_name="snapshots")
    number = models.PositiveIntegerField()
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
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["board", "number"]
        constraints = [
            models.UniqueConstraint(fields=["board", "number"], name="a_number_is_unique_in_its_board"),
            models.UniqueConstraint(fields=["board", "seal"], name="a_board_has_one_snapshot_of_a_seal"),
        ]

    def __str__(self) -> str:
        return f"{self.board} #{self.number}"


class Standing(models.Model):
    """One system's line in a snapshot. Low and high are null where too few votes allow an interval."""

    class Status(models.TextChoices):
        """A provisional system is listed apart, without a rank (K16)."""

        PROVISIONAL = "provisional"
        ESTABLISHED = "established"

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="standings")
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="standings")
    rating = models.FloatField(null=True, help_text="Elo scale; null: not comparable with the others.")
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    rank_low = models.PositiveIntegerField(null=True)
    rank_high = models.PositiveIntegerField(null=True)
    votes = models.PositiveIntegerField()
    wins = models.PositiveIntegerField()
    losses = models.PositiveIntegerField()
    ties = models.PositiveIntegerField()
    both_bad = models.PositiveIntegerField()
    status = models.CharField(max_length=12, choices=Status)
    component = models.PositiveIntegerField(help_text="0 is the largest group of systems that votes connect.")
    prior_driven = models.BooleanField(
        default=False, help_text="The votes alone give no finite rating; the pseudo-vote holds it."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot", "system"], name="one_standing_per_snapshot_and_system"
            ),
            models.CheckConstraint(
                condition=Q(low=None, high=None) | Q(low__lte=F("rating"), high__gte=F("rating")),
                name="low_is_at_most_the_rating_and_high_at_least",
            ),
            models.CheckConstraint(
                condition=Q(votes=F("wins") + F("losses") + F("ties") + F("both_bad")),
                name="votes_are_wins_losses_ties_and_both_bad",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system} in {self.snapshot}"


class HeadToHead(models.Model):
    """How two systems fared against each other, in canonical order."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="head_to_heads")
    system_a = models.ForeignKey(System, on_delete=models.PROTECT, related_name="+")
    system_b = models.ForeignKey(System, on_delete=models.PROTECT, related_name="+")
    a_wins = models.PositiveIntegerField()
    b_wins = models.PositiveIntegerField()
    ties = models.PositiveIntegerField()
    both_bad = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot", "system_a", "system_b"], name="one_head_to_head_per_pair"
            ),
            models.CheckConstraint(
                condition=Q(system_a__lt=F("system_b")), name="a_head_to_head_is_in_canonical_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system_a} : {self.system_b}"
