"""What the choice of pairs looks at: caches of ballots, votes and ratings. None is the truth."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from inference.models import Language, Level, Prompt, System, Task
from judging.models.annotators import Annotator
from judging.models.ballots import Ballot
from judging.models.criteria import Criterion
from judging.models.pairs import Pair, SystemPair


class PairTally(models.Model):
    """How often two systems met in one cell: task × level × language of the prompt (D57)."""

    systems = models.ForeignKey(SystemPair, on_delete=models.PROTECT, related_name="tallies")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="+")
    level = models.ForeignKey(Level, on_delete=models.PROTECT, null=True, related_name="+")
    language = models.ForeignKey(Language, on_delete=models.PROTECT, null=True, related_name="+")
    counted = models.PositiveIntegerField(default=0, help_text="Votes that no exclusion takes out.")
    pending = models.PositiveIntegerField(default=0, help_text="Ballots that may still be cast.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["systems", "task", "level", "language"],
                nulls_distinct=False,
                name="two_systems_have_one_tally_per_cell",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.systems} in {self.task}: {self.counted} counted, {self.pending} pending"


class Audience(models.Model):
    """How many people judged a pair, so that enough pairs are judged by three (J108)."""

    pair = models.OneToOneField(Pair, on_delete=models.PROTECT, primary_key=True, related_name="audience")
    systems = models.ForeignKey(SystemPair, on_delete=models.PROTECT, related_name="+", db_index=False)
    # The pair's, so that what two systems met on is read from one index.
    prompt = models.ForeignKey(
        Prompt, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    people = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["systems"], include=["prompt", "people"], name="prompts_of_two_systems"),
            models.Index(fields=["pair"], condition=Q(people=2), name="pairs_that_two_people_judged"),
        ]

    def __str__(self) -> str:
        return f"{self.pair} by {self.people}"


class Past(models.Model):
    """What a person heard in their closed batches, in one row, ballot by ballot in the order of their keys.

    Made anew when a batch closes (`judging.services.pasts`); what came later is read from the ballots.
    """

    annotator = models.OneToOneField(
        Annotator, on_delete=models.PROTECT, primary_key=True, related_name="past"
    )
    through = models.BigIntegerField(help_text="Key of the last ballot of a closed batch.")
    systems_a = ArrayField(models.BigIntegerField(), default=list)
    systems_b = ArrayField(models.BigIntegerField(), default=list)
    prompts = ArrayField(models.BigIntegerField(), default=list)
    counts = ArrayField(
        models.BooleanField(), default=list, help_text="Whether each is a normal one that was cast."
    )
    latest = models.PositiveIntegerField(help_text="So many of the last ones are of the newest batch.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(systems_b__len=F("systems_a__len"), prompts__len=F("systems_a__len"))
                & Q(counts__len=F("systems_a__len"), latest__lte=F("systems_a__len")),
                name="the_columns_of_a_past_are_equally_long",
            )
        ]

    def __str__(self) -> str:
        return f"past of {self.annotator}"


class Strength(models.Model):
    """How good a system is thought to be on a criterion, as of the last snapshot (D56).

    The leaderboard writes it after a build, through `judging.services.strengths`; judging reads no board.
    """

    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="+")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    rating = models.FloatField(help_text="On the Elo scale, 1000 in the middle.")
    half_width = models.FloatField(help_text="Half of the 95 % interval, on the same scale.")
    snapshot_number = models.PositiveIntegerField()
    as_of = models.DateTimeField(help_text="The moment of the seal that the snapshot stands on.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "criterion"], name="a_system_has_one_strength_per_criterion"
            ),
            models.CheckConstraint(condition=Q(half_width__gte=0), name="a_half_width_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.rating:.0f} ± {self.half_width:.0f}"


class Draw(models.Model):
    """Why a person was given this pair: the factors of its chance. Append-only; never shown to them (J93)."""

    ballot = models.OneToOneField(Ballot, on_delete=models.PROTECT, related_name="draw")
    factors = models.JSONField(help_text="See `judging.services.choices`.")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"draw of {self.ballot}"
