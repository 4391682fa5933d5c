"""Reviews of submissions: what a moderator heard, ticked and decided."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inference.models.submissions import Submission


class SubmissionReview(models.Model):
    """One moderator's look at a submission before the decision (M22–M24); it stays as it was decided."""

    class Point(models.TextChoices):
        """What has to be so before a system may be judged (M23)."""

        LICENCE = "licence", _("The licence allows use.")
        NAME = "name", _("The name is not another's.")
        CARD = "card", _("Card and provider are true as far as seen.")
        LANGUAGES = "languages", _("Answers are in the declared languages.")
        IDENTITY = "identity", _("No answer says who speaks.")
        COPY = "copy", _("No answer is another system's.")
        SAFE = "safe", _("No unsafe content beyond what prompts ask for.")
        VARIANTS = "variants", _("The number of live variants is within limits.")

    class Reason(models.TextChoices):
        """Why a submission is rejected (M24)."""

        LICENCE = "licence_unclear", _("Licence unclear")
        OWNER = "wrong_owner", _("Wrong owner")
        UNUSABLE = "answers_unusable", _("Answers unusable")
        IDENTITY = "identity_spoken", _("Identity spoken")
        COPY = "copy_of_another", _("Copy of another system")
        CHOSEN = "coverage_chosen", _("Coverage chosen")
        UNSAFE = "unsafe", _("Unsafe")
        CARD = "card_incomplete", _("Incomplete card")
        OTHER = "other", _("Other")

    class Decision(models.TextChoices):
        """How it ended; empty while it goes on."""

        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    played = models.JSONField(default=list, blank=True, help_text="Keys of the responses that were played.")
    ticked = models.JSONField(default=list, blank=True, help_text="Points of the checklist that were ticked.")
    decision = models.CharField(max_length=10, choices=Decision, blank=True)
    code = models.CharField(max_length=20, choices=Reason, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    begun_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "reviewer"],
                condition=Q(decision=""),
                name="a_moderator_has_one_open_review_of_a_submission",
            ),
            models.CheckConstraint(
                condition=Q(decision="", decided_at=None)
                | (~Q(decision="") & ~Q(reason="") & Q(decided_at__isnull=False)),
                name="a_decided_review_says_when_and_why",
            ),
            models.CheckConstraint(
                condition=~Q(decision="rejected") | ~Q(code=""), name="a_rejection_has_a_code"
            ),
        ]

    def __str__(self) -> str:
        return f"review of {self.submission_id}"
