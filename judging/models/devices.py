"""With what, and where, somebody listens (D41)."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy


class DeviceCheck(models.Model):
    """One device, asked and tried once. It is finished once, and then stays as it is (J14–J17).

    Deleted when the person leaves; what analysis needs of it is copied to their batches.
    """

    class Output(models.TextChoices):
        """What sounds."""

        WIRED = "wired", gettext_lazy("Headphones with a wire")
        WIRELESS = "wireless", gettext_lazy("Headphones without a wire")
        LOUDSPEAKERS = "loudspeakers", gettext_lazy("Loudspeakers")
        BUILT_IN = "built_in", gettext_lazy("What is built into the device")
        UNSURE = "unsure", gettext_lazy("I am not sure")

    class Surroundings(models.TextChoices):
        """Where it sounds."""

        QUIET = "quiet", gettext_lazy("Quiet")
        SOME_NOISE = "some_noise", gettext_lazy("Some noise")
        NOISY = "noisy", gettext_lazy("Noisy")

    class Result(models.TextChoices):
        """Which of the two headphone tests were passed; both means qualified."""

        OPEN = "", gettext_lazy("not finished")
        BOTH = "both", gettext_lazy("both passed")
        ONE = "one", gettext_lazy("one passed")
        NONE = "none", gettext_lazy("none passed")
        DECLINED = "declined", gettext_lazy("declined")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="device_checks")
    device = models.CharField(max_length=36, help_text="A random mark that the browser keeps.")
    output = models.CharField(max_length=12, choices=Output)
    surroundings = models.CharField(max_length=10, choices=Surroundings)
    volume = models.FloatField(null=True, blank=True, help_text="Of the page's own slider, 0 to 1.")
    huggins = ArrayField(models.BooleanField(), default=list, blank=True, help_text="Right or not, by trial.")
    antiphase = ArrayField(models.BooleanField(), default=list, blank=True, help_text="As before.")
    room = ArrayField(models.BooleanField(), default=list, blank=True, help_text="As before.")
    result = models.CharField(max_length=8, choices=Result, default=Result.OPEN, blank=True)
    begun_at = models.DateTimeField(db_default=models.functions.Now())
    at = models.DateTimeField(null=True, blank=True, help_text="When it was finished.")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["user", "device", "at"], name="checks_of_a_device")]
        constraints = [
            models.CheckConstraint(
                condition=Q(result="", at=None) | (~Q(result="") & Q(at__isnull=False)),
                name="a_finished_check_has_a_result_and_a_moment",
            ),
            models.UniqueConstraint(
                fields=["user", "device"],
                condition=Q(at=None),
                name="a_device_has_at_most_one_open_check",
            ),
        ]

    def __str__(self) -> str:
        return f"check of {self.output}: {self.result or 'open'}"


class HearingTrial(models.Model):
    """Three intervals, one of which is to be found. Which one is never sent (J16)."""

    class Kind(models.TextChoices):
        """Which test it belongs to."""

        HUGGINS = "huggins"
        ANTIPHASE = "antiphase"
        ROOM = "room"

    check_of = models.ForeignKey(DeviceCheck, on_delete=models.CASCADE, related_name="trials")
    kind = models.CharField(max_length=10, choices=Kind)
    number = models.PositiveSmallIntegerField()
    seed = models.BigIntegerField(help_text="From which the sound is made.")
    target = models.PositiveSmallIntegerField()
    answer = models.PositiveSmallIntegerField(null=True, blank=True)
    sounded_at = models.DateTimeField(null=True, blank=True, help_text="When its sound was first fetched.")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["check_of", "kind", "number"], name="a_trial_is_asked_once"),
            models.CheckConstraint(
                condition=Q(target__gte=1, target__lte=3), name="a_target_is_one_of_three_intervals"
            ),
            models.CheckConstraint(
                condition=Q(answer=None, answered_at=None) | Q(answer__lte=3, answered_at__isnull=False),
                name="an_answer_is_one_of_three_intervals_or_none_of_them",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"
