"""What came of a ballot: votes that form a line, their verdicts, and what was heard. All append-only."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from judging.models.ballots import Ballot
from judging.models.criteria import Criterion


class Vote(models.Model):
    """One cast of a ballot (D51). The one that no other supersedes is live."""

    public_id = models.UUIDField(unique=True, help_text="The mark that the page made for this cast.")
    ballot = models.ForeignKey(Ballot, on_delete=models.PROTECT, related_name="votes")
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    cast_at = models.DateTimeField(db_default=models.functions.Now())
    elapsed_ms = models.PositiveIntegerField(help_text="From opening to casting, by the server's clock.")
    active_ms = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of it, with the page in sight, by the page's clock."
    )
    build = models.CharField(max_length=40, blank=True, help_text="Version of the page's script.")
    voice_known = models.BooleanField(default=False, help_text="“I think I know this voice” (J69).")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ballot"], condition=Q(supersedes=None), name="a_ballot_has_one_first_vote"
            ),
            # What a superseding vote's composite foreign key points at.
            models.UniqueConstraint(fields=["id", "ballot"], name="a_vote_belongs_to_one_ballot"),
        ]
        indexes = [models.Index(fields=["cast_at"], name="votes_by_time")]

    def __str__(self) -> str:
        return f"vote {self.public_id}"


class Reason(models.TextChoices):
    """Why the loser, or both, lost: one list for both sides (J49)."""

    OTHER_BETTER = "other_better"
    FAILED = "failed"
    NOT_UNDERSTOOD = "not_understood"
    REFUSED = "refused"
    CONTENT = "content"
    LANGUAGE = "language"
    EMOTION = "emotion"
    FLAT = "flat"
    PACE = "pace"
    ODD_SOUNDS = "odd_sounds"
    HARD_TO_UNDERSTAND = "hard_to_understand"


class Verdict(models.Model):
    """A vote's answer on one criterion; a and b are the pair's, not the page's (D52)."""

    class Answer(models.TextChoices):
        """The four answers; both bad is never a tie."""

        A = "a"
        B = "b"
        TIE = "tie"
        BOTH_BAD = "both_bad"

    class Confidence(models.IntegerChoices):
        """How sure the person is."""

        LOW = 1
        MEDIUM = 2
        HIGH = 3

    vote = models.ForeignKey(Vote, on_delete=models.PROTECT, related_name="verdicts")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=8, choices=Answer)
    prefilled = models.BooleanField(
        default=False, help_text="Filled in by the page, and left as it was (J48)."
    )
    confidence = models.PositiveSmallIntegerField(choices=Confidence, null=True, blank=True)
    reasons = ArrayField(models.CharField(max_length=20, choices=Reason), default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vote", "criterion"], name="a_vote_has_one_verdict_per_criterion"
            ),
            models.CheckConstraint(
                condition=Q(answer__in=["a", "b", "tie", "both_bad"]),
                name="an_answer_is_a_b_tie_or_both_bad",
            ),
            models.CheckConstraint(
                condition=Q(confidence=None) | Q(confidence__in=[1, 2, 3]),
                name="a_confidence_is_low_medium_or_high",
            ),
            models.CheckConstraint(
                condition=Q(reasons__contained_by=Reason.values), name="reasons_are_of_the_list"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.answer}"


def ranges() -> "ArrayField[Any, Any]":
    """A column of ranges without overlap, in order, each [from, to] in ms of the clip."""
    return ArrayField(ArrayField(models.PositiveIntegerField(), size=2), default=list, blank=True)


def by_clip() -> "ArrayField[Any, Any]":
    """A column of three numbers: of the prompt, the left and the right answer."""
    return ArrayField(models.PositiveIntegerField(), size=3, default=list, blank=True)


class Beat(models.Model):
    """What a page says has been played since it was opened (D50): inserted only, deleted after 90 days."""

    ballot = models.ForeignKey(Ballot, on_delete=models.PROTECT, related_name="beats")
    page = models.UUIDField()
    number = models.PositiveIntegerField(help_text="Running, within the page.")
    prompt_ranges = ranges()
    left_ranges = ranges()
    right_ranges = ranges()
    played_ms = by_clip()
    starts = by_clip()
    seeks = by_clip()
    first_order = by_clip()
    hidden_ms = models.PositiveIntegerField(default=0)
    volume = models.PositiveSmallIntegerField(default=100, help_text="Percent.")
    at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ballot", "page", "number"], name="a_page_sends_a_beat_of_a_number_once"
            )
        ]
        indexes = [models.Index(fields=["at"], name="beats_by_time")]

    def __str__(self) -> str:
        return f"beat {self.number} of {self.ballot}"


class Heard(models.Model):
    """How a clip was heard until its vote was cast (D53), so that anyone can rank with a stricter gate."""

    class Clip(models.TextChoices):
        """In the pair's terms, like verdicts."""

        PROMPT = "prompt"
        A = "a"
        B = "b"

    vote = models.ForeignKey(Vote, on_delete=models.PROTECT, related_name="heard")
    clip = models.CharField(max_length=6, choices=Clip)
    ranges = ranges()
    unique_ms = models.PositiveIntegerField()
    total_ms = models.PositiveIntegerField()
    starts = models.PositiveIntegerField()
    seeks = models.PositiveIntegerField()
    first_order = models.PositiveSmallIntegerField(
        help_text="Which was played first: 1 to 3; 0 is not known."
    )
    hidden_ms = models.PositiveIntegerField(help_text="With the page out of sight, of all clips together.")

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "heard"
        constraints = [
            models.UniqueConstraint(fields=["vote", "clip"], name="a_vote_has_one_heard_row_per_clip")
        ]

    def __str__(self) -> str:
        return f"{self.clip} of {self.vote}"
