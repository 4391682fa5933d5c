"""The lines of a snapshot: one a system, one a pair. Append-only (D68, D69)."""

from django.db import models
from django.db.models import F, Q

from inference.models import System
from leaderboard.models.snapshots import Snapshot


class Standing(models.Model):
    """One system's line in a snapshot. Low and high are null where too few votes allow an interval."""

    class Status(models.TextChoices):
        """A provisional system is listed apart, without a rank (K16); a settled one stays so (K15)."""

        PROVISIONAL = "provisional"
        ESTABLISHED = "established"
        SETTLED = "settled"
        RETIRED = "retired"

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="standings")
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="standings")
    rating = models.FloatField(null=True, help_text="Elo scale; null: not comparable with the others.")
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    bootstrap_low = models.FloatField(null=True, help_text="The interval by resampling people, beside.")
    bootstrap_high = models.FloatField(null=True)
    rank_low = models.PositiveIntegerField(null=True)
    rank_high = models.PositiveIntegerField(null=True)
    expected_score = models.FloatField(
        null=True, help_text="Points from a vote against an average other one, 0 to 1."
    )
    acceptable = models.FloatField(
        null=True, help_text="The share of its answers that are acceptable at all."
    )
    acceptable_low = models.FloatField(null=True)
    acceptable_high = models.FloatField(null=True)
    votes = models.PositiveIntegerField()
    effective_votes = models.FloatField(null=True)
    annotators = models.PositiveIntegerField(null=True, help_text="Different people among the votes.")
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
    """How two systems fared against each other and how far apart they are, in canonical order (D69).

    Pairs that never met have a row too where both have an interval: others connect them.
    """

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="head_to_heads")
    system_a = models.ForeignKey(System, on_delete=models.PROTECT, related_name="+")
    system_b = models.ForeignKey(System, on_delete=models.PROTECT, related_name="+")
    a_wins = models.PositiveIntegerField()
    b_wins = models.PositiveIntegerField()
    ties = models.PositiveIntegerField()
    both_bad = models.PositiveIntegerField()
    a_expected = models.FloatField(null=True, help_text="Share of points that the ratings give to a.")
    difference = models.FloatField(null=True, help_text="a's rating less b's, in Elo points.")
    difference_low = models.FloatField(null=True)
    difference_high = models.FloatField(null=True)
    different = models.BooleanField(
        default=False, help_text="Told apart with all other pairs in view: what rank ranges count."
    )
    settled = models.BooleanField(default=False, help_text="Told apart however often one looks.")

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

    @property
    def votes(self) -> int:
        """All votes on the two."""
        return self.a_wins + self.b_wins + self.ties + self.both_bad

    @property
    def observed(self) -> float | None:
        """The share of points that a took, a tie and both-bad half; None: they never met."""
        return (self.a_wins + (self.ties + self.both_bad) / 2) / self.votes if self.votes else None
