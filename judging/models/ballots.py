"""A pair given to an annotator."""

import uuid

from django.db import models
from django.db.models import Q

from judging.models.annotators import Annotator
from judging.models.batches import Batch, Purpose
from judging.models.pairs import Pair
from judging.models.policies import Policy


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
    # Its index is one of Meta's.
    annotator = models.ForeignKey(Annotator, on_delete=models.PROTECT, related_name="ballots", db_index=False)
    # From before there were batches: ballots without one, whose votes count from their own seal. The database
    # takes no new ones (migration 0012).
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="ballots")
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, null=True, related_name="+")
    position = models.PositiveSmallIntegerField(null=True, help_text="In the batch, from 1.")
    purpose = models.CharField(max_length=8, choices=Purpose, default=Purpose.NORMAL)
    repeat_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="repeats"
    )
    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="ballots")
    left = models.CharField(
        max_length=1, choices=[("a", "a"), ("b", "b")], help_text="Which of the pair stands left."
    )
    first = models.CharField(max_length=5, choices=Side, help_text="The side that “play all” plays first.")
    target_lufs = models.SmallIntegerField(help_text="The loudness of all three clips.")
    normaliser_version = models.PositiveSmallIntegerField()
    language_level = models.CharField(
        max_length=10, blank=True, help_text="The lower of the person's levels in the pair's two languages."
    )
    rule = models.CharField(max_length=20)
    rule_version = models.PositiveSmallIntegerField()
    probability = models.FloatField(help_text="With which the rule drew this pair.")
    state = models.CharField(max_length=10, choices=State, default=State.ISSUED)
    closing_code = models.CharField(max_length=40, blank=True, help_text="Why it was skipped or void.")
    issued_at = models.DateTimeField(db_default=models.functions.Now())
    opened_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    page = models.UUIDField(null=True, blank=True, help_text="Mark of the page that holds it (J74).")
    ready_ms = models.PositiveIntegerField(
        null=True, blank=True, help_text="From the page's start until all three clips could be played."
    )

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
                fields=["annotator", "pair", "purpose"],
                condition=~Q(state__in=["expired", "void"]) & ~Q(purpose="training"),
                name="a_person_gets_a_pair_once_for_each_purpose",
            ),
            models.UniqueConstraint(
                fields=["batch", "position"],
                condition=~Q(state__in=["skipped", "expired", "void"]),
                name="a_position_of_a_batch_has_one_ballot",
            ),
            models.CheckConstraint(
                condition=Q(purpose="repeat", repeat_of__isnull=False)
                | (~Q(purpose="repeat") & Q(repeat_of__isnull=True)),
                name="exactly_the_repeats_name_an_earlier_ballot",
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
            models.Index(fields=["annotator", "id"], name="ballots_of_a_person_in_order"),
            models.Index(
                fields=["expires_at"],
                condition=Q(state__in=["issued", "opened"]),
                name="ballots_that_can_expire",
            ),
            # Few: what was given and not judged comes again first.
            models.Index(
                fields=["annotator", "issued_at"],
                condition=Q(state__in=["skipped", "expired", "void"]),
                name="ballots_that_came_to_nothing",
            ),
            # What the shares of the last days are counted from, and the open ballots that grow old.
            models.Index(fields=["issued_at"], name="ballots_by_time"),
        ]

    def __str__(self) -> str:
        return f"ballot {self.public_id}"

    @property
    def right(self) -> str:
        """Which of the pair stands right: a or b."""
        return "b" if self.left == "a" else "a"
