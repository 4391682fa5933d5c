"""A dozen pairs that are judged together and closed as one."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from judging.models.annotators import Annotator
from judging.models.devices import DeviceCheck
from judging.models.policies import Policy
from judging.models.training import TrainingSet


class Purpose(models.TextChoices):
    """What a ballot is for; only normal ones count in standings, and no page tells (J93)."""

    NORMAL = "normal"
    REPEAT = "repeat"
    GOLD = "gold"
    TRAINING = "training"


class Batch(models.Model):
    """So many pairs for one person, under one policy (D45)."""

    class Kind(models.TextChoices):
        """What the batch is for."""

        JUDGING = "judging"
        TRAINING = "training"

    class State(models.TextChoices):
        """Closed ones count and change no more."""

        OPEN = "open"
        CLOSED = "closed"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    annotator = models.ForeignKey(Annotator, on_delete=models.PROTECT, related_name="batches")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.JUDGING)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="batches")
    languages = ArrayField(
        models.CharField(max_length=20), default=list, help_text="Codes; empty where it was not narrowed."
    )
    device_check = models.ForeignKey(
        DeviceCheck, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    output = models.CharField(max_length=20, blank=True, help_text="Of the device check in force.")
    surroundings = models.CharField(max_length=20, blank=True)
    headphones = models.CharField(max_length=10, blank=True)
    training_set = models.ForeignKey(
        TrainingSet, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    size = models.PositiveSmallIntegerField(help_text="Pairs.")
    plan = ArrayField(
        models.CharField(max_length=8, choices=Purpose), help_text="Purpose by position; never sent."
    )
    known = models.JSONField(
        default=list,
        db_default=[],
        help_text="Pairs for repeats and gold, drawn at its start; never sent. See `planned`.",
    )
    criterion_order = ArrayField(models.SlugField(), help_text="Of the rows, from above.")
    state = models.CharField(max_length=6, choices=State, default=State.OPEN)
    started_at = models.DateTimeField(db_default=models.functions.Now())
    last_cast_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "batches"
        constraints = [
            models.UniqueConstraint(
                fields=["annotator"], condition=Q(state="open"), name="a_person_has_at_most_one_open_batch"
            ),
            models.CheckConstraint(
                condition=Q(size__gte=1, plan__len=models.F("size")), name="a_plan_is_as_long_as_its_batch"
            ),
            models.CheckConstraint(
                condition=Q(kind="training", training_set__isnull=False)
                | (~Q(kind="training") & Q(training_set=None)),
                name="exactly_a_training_has_a_set",
            ),
        ]

    def __str__(self) -> str:
        return f"batch {self.public_id}"


class BatchClosing(models.Model):
    """The end of a batch, which makes its votes countable (D46). Append-only and sealed."""

    class By(models.TextChoices):
        """Who ended it."""

        ANNOTATOR = "annotator"
        TIMER = "timer"

    batch = models.OneToOneField(Batch, on_delete=models.PROTECT, related_name="closing")
    by = models.CharField(max_length=9, choices=By)
    at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["at"], name="closings_by_time")]

    def __str__(self) -> str:
        return f"{self.batch} closed by {self.by}"
