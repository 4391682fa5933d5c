"""A pair given to an annotator, and what came of it."""

import uuid

from django.db import models
from django.db.models import Q

from judging.models.annotators import Annotator
from judging.models.criteria import Criterion
from judging.models.pairs import Pair


class Ballot(models.Model):
    """One pair given to one annotator; the server decides the sides and stores them (D49)."""

    class Side(models.TextChoices):
        """Where an answer stands on the page."""

        LEFT = "left"
        RIGHT = "right"

    class State(models.TextChoices):
        """See `judging/services/ballots.py`."""

        ISSUED = "issued"
        OPENED = "opened"
        VOTED = "voted"
        SKIPPED = "skipped"
        EXPIRED = "expired"
        VOID = "void"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    annotator = models.ForeignKey(Annotator, on_delete=models.PROTECT, related_name="ballots")
    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="ballots")
    left = models.CharField(
        max_length=1, choices=[("a", "a"), ("b", "b")], help_text="Which of the pair stands left."
    )
    first = models.CharField(max_length=5, choices=Side, help_text="The side that “play all” plays first.")
    target_lufs = models.SmallIntegerField(help_text="The loudness of all three clips.")
    normaliser_version = models.PositiveSmallIntegerField()
    rule = models.CharField(max_length=20)
    rule_version = models.PositiveSmallIntegerField()
    probability = models.FloatField(help_text="With which the rule drew this pair.")
    state = models.CharField(max_length=10, choices=State, default=State.ISSUED)
    closing_code = models.CharField(max_length=40, blank=True, help_text="Why it was skipped or void.")
    issued_at = models.DateTimeField(db_default=models.functions.Now())
    opened_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["annotator"],
                condition=Q(state="issued"),
                name="a_person_has_at_most_one_issued_ballot",
            ),
            models.UniqueConstraint(
                fields=["annotator"],
                condition=Q(state="opened"),
                name="a_person_has_at_most_one_opened_ballot",
            ),
            models.UniqueConstraint(
                fields=["annotator", "pair"],
                condition=~Q(state__in=["expired", "void"]),
                name="a_person_gets_a_pair_once",
            ),
            models.CheckConstraint(
                condition=Q(probability__gt=0, probability__lte=1),
                name="a_probability_is_above_0_and_at_most_1",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["opened", "voted"]) | Q(opened_at__isnull=False),
                name="opened_and_voted_ballots_have_a_moment_of_opening",
            ),
        ]
        indexes = [
            models.Index(fields=["annotator", "state"], name="ballots_of_a_person"),
            models.Index(
                fields=["expires_at"],
                condition=Q(state__in=["issued", "opened"]),
                name="ballots_that_can_expire",
            ),
        ]

    def __str__(self) -> str:
        return f"ballot {self.public_id}"

    @property
    def right(self) -> str:
        """Which of the pair stands right: a or b."""
        return "b" if self.left == "a" else "a"


class Vote(models.Model):
    """What came of a ballot: append-only, one for each ballot (D51)."""

    public_id = models.UUIDField(unique=True, help_text="The mark that the page made for this cast.")
    ballot = models.ForeignKey(Ballot, on_delete=models.PROTECT, related_name="votes")
    cast_at = models.DateTimeField(db_default=models.functions.Now())
    elapsed_ms = models.PositiveIntegerField(help_text="From opening to casting, by the server's clock.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ballot"], name="a_ballot_has_one_first_vote")]
        indexes = [models.Index(fields=["cast_at"], name="votes_by_time")]

    def __str__(self) -> str:
        return f"vote {self.public_id}"


class Verdict(models.Model):
    """A vote's answer on one criterion; a and b are the pair's, not the page's (D52). Append-only."""

    class Answer(models.TextChoices):
        """The four answers; both bad is never a tie."""

        A = "a"
        B = "b"
        TIE = "tie"
        BOTH_BAD = "both_bad"

    vote = models.ForeignKey(Vote, on_delete=models.PROTECT, related_name="verdicts")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=8, choices=Answer)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vote", "criterion"], name="a_vote_has_one_verdict_per_criterion"
            ),
            models.CheckConstraint(
                condition=Q(answer__in=["a", "b", "tie", "both_bad"]),
                name="an_answer_is_a_b_tie_or_both_bad",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.answer}"
