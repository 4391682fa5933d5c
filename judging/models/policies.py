"""The rules of judging, as rows: a change is a new row, never an edit (judging J5)."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from judging.models.criteria import Criterion


class Policy(models.Model):
    """Every value that a moderator may set for judging (D44); append-only but for `current`.

    Batches and ballots name the policy that they were made under, and keep to it.
    """

    class Headphones(models.TextChoices):
        """What the result of the headphone check is: data, or a door (J17)."""

        RECORDED = "recorded"
        REQUIRED = "required"

    class Reveal(models.TextChoices):
        """When the names of a closed batch are shown (J64)."""

        NEVER = "never"
        LATER = "later"
        BATCH = "batch"

    class Rule(models.TextChoices):
        """How pairs are drawn (judging, section 12)."""

        COVERAGE = "coverage"
        PAPER = "paper"
        UNIFORM = "uniform"

    version = models.PositiveIntegerField(unique=True)
    criteria = models.ManyToManyField(Criterion, through="PolicyCriterion", related_name="+")
    batch_size = models.PositiveSmallIntegerField(default=12, help_text="Pairs.")
    repeats_per_batch = models.PositiveSmallIntegerField(default=1)
    gold_per_batch = models.PositiveSmallIntegerField(default=1)
    overlap_share = models.FloatField(default=0.17, help_text="Of draws: pairs that others have judged.")
    gate_share = models.FloatField(default=0.90, help_text="Of a clip: what has to be heard.")
    gate_long_after = models.DurationField(default=timedelta(seconds=10))
    gate_long_share = models.FloatField(default=0.90, help_text="Of what is longer than that.")
    ballot_lifetime = models.DurationField(default=timedelta(hours=24))
    ballot_pending = models.DurationField(
        default=timedelta(hours=2), help_text="So long an open ballot counts in the sampling."
    )
    batch_lifetime = models.DurationField(default=timedelta(days=7))
    break_after = models.DurationField(default=timedelta(minutes=25))
    break_after_pairs = models.PositiveSmallIntegerField(default=30)
    break_length = models.DurationField(default=timedelta(minutes=5))
    daily_hint = models.PositiveSmallIntegerField(default=60, help_text="Pairs.")
    daily_cap = models.PositiveSmallIntegerField(default=120, help_text="Pairs.")
    empty_share = models.FloatField(default=1 / 12, help_text="Of positions: what may stay empty for free.")
    empty_window = models.PositiveSmallIntegerField(default=36, help_text="Over so many last positions.")
    device_check_lifetime = models.DurationField(default=timedelta(days=14))
    headphones = models.CharField(max_length=8, choices=Headphones, default=Headphones.RECORDED)
    prefill_overall = models.BooleanField(default=True)
    rotate_rows = models.BooleanField(
        default=False, help_text="Turns the first two criteria round in every other batch, for a study."
    )
    reveal = models.CharField(max_length=5, choices=Reveal, default=Reveal.NEVER)
    reveal_at = models.DateTimeField(null=True, blank=True)
    sampling_rule = models.CharField(max_length=8, choices=Rule, default=Rule.COVERAGE)
    sampling_floor = models.FloatField(default=0.10)
    placing_votes = models.PositiveSmallIntegerField(default=60)
    placing_opponents = models.PositiveSmallIntegerField(default=5)
    placing_share_cap = models.FloatField(default=0.40)
    owner_share_cap = models.FloatField(default=2.0, help_text="Times the fair share.")
    probation_votes = models.PositiveSmallIntegerField(default=50)
    unvetted_cap = models.FloatField(default=0.10)
    reason = models.TextField(help_text="Why it was made.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=models.functions.Now())
    current = models.BooleanField(default=False)

    class Meta:
        ordering = ["-version"]
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(
                fields=["current"], condition=Q(current=True), name="at_most_one_policy_is_current"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="a_policy_has_a_reason"),
            models.CheckConstraint(condition=Q(batch_size__gte=1), name="a_batch_has_a_pair_at_least"),
            models.CheckConstraint(
                condition=Q(reveal="later", reveal_at__isnull=False)
                | (~Q(reveal="later") & Q(reveal_at__isnull=True)),
                name="exactly_a_later_reveal_has_a_date",
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{share}__gte": 0, f"{share}__lte": 1}), name=f"{share}_is_a_share"
                )
                for share in (
                    "overlap_share",
                    "gate_share",
                    "gate_long_share",
                    "empty_share",
                    "sampling_floor",
                    "placing_share_cap",
                    "unvetted_cap",
                )
            ),
        ]

    def __str__(self) -> str:
        return f"policy {self.version}"


class PolicyCriterion(models.Model):
    """A criterion that a policy asks, at its place (D43). Append-only."""

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="asked")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    required = models.BooleanField(default=True)

    class Meta:
        ordering = ["position"]
        verbose_name_plural = "policy criteria"
        constraints = [
            models.UniqueConstraint(fields=["policy", "criterion"], name="a_policy_asks_a_criterion_once"),
            models.UniqueConstraint(fields=["policy", "position"], name="a_policy_has_a_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.policy}: {self.criterion}"
