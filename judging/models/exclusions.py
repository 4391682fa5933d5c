"""Why a vote does not count: rows about it, never a change to it (D54, D55). All append-only."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from judging.models.votes import Vote


class ExclusionRule(models.Model):
    """A reason that may exclude votes, in a sentence that anybody may read (J128)."""

    class Mode(models.TextChoices):
        """What comes of a match. Nothing searches for matches of a rule that people apply by hand."""

        BY_HAND = "by_hand", gettext_lazy("by hand")
        OBSERVE = "observe", gettext_lazy("observe")
        PROPOSE = "propose", gettext_lazy("propose")
        ENFORCE = "enforce", gettext_lazy("enforce")

    class Fails(models.TextChoices):
        """What a missing or broken checker means; it excludes nobody either way."""

        OPEN = "open", gettext_lazy("open: nothing happens")
        CLOSED_FLAG = "closed_flag", gettext_lazy("closed: an urgent alarm")

    slug = models.SlugField()
    version = models.PositiveSmallIntegerField(default=1)
    sentence_en = models.TextField()
    sentence_zh_hans = models.TextField()
    mode = models.CharField(max_length=8, choices=Mode, default=Mode.BY_HAND, db_default=Mode.BY_HAND)
    mode_since = models.DateTimeField(db_default=models.functions.Now())
    fails = models.CharField(max_length=12, choices=Fails, default=Fails.OPEN, db_default=Fails.OPEN)
    period = models.DurationField(
        default=timedelta(hours=1), db_default=timedelta(hours=1), help_text="Between two runs."
    )
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["slug", "version"]
        constraints = [
            models.UniqueConstraint(fields=["slug", "version"], name="a_rule_is_unique_by_slug_and_version"),
            models.UniqueConstraint(
                fields=["slug"], condition=Q(active=True), name="one_version_of_a_rule_is_active"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slug} v{self.version}"


class RuleRun(models.Model):
    """One search for what a rule matches (D54). Append-only."""

    rule = models.ForeignKey(ExclusionRule, on_delete=models.PROTECT, related_name="runs")
    since = models.DateTimeField(null=True, help_text="Batches closed after this moment were looked at.")
    until = models.DateTimeField()
    examined = models.PositiveIntegerField(default=0, help_text="Votes of the batches closed in between.")
    matched = models.PositiveIntegerField(default=0, help_text="Votes that were not matched before.")
    applied = models.PositiveIntegerField(default=0, help_text="Of them, excluded at once.")
    error = models.TextField(blank=True, help_text="Why the checker gave no answer.")
    at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(applied__lte=models.F("matched")), name="what_is_applied_was_matched"
            ),
            models.CheckConstraint(
                condition=Q(error="") | Q(matched=0), name="a_broken_checker_matches_nothing"
            ),
        ]
        indexes = [models.Index(fields=["rule", "at"], name="runs_of_a_rule")]

    def __str__(self) -> str:
        return f"run {self.pk} of {self.rule}"


class VoteExclusion(models.Model):
    """This vote does not count, by this rule, for this reason, said by this person or found by this run."""

    vote = models.ForeignKey(Vote, on_delete=models.PROTECT, related_name="exclusions")
    rule = models.ForeignKey(ExclusionRule, on_delete=models.PROTECT, related_name="exclusions")
    run = models.ForeignKey(
        RuleRun, on_delete=models.PROTECT, null=True, blank=True, related_name="exclusions"
    )
    reason = models.TextField()
    evidence = models.JSONField(default=dict, db_default={}, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="an_exclusion_has_a_reason")]

    def __str__(self) -> str:
        return f"{self.vote} by {self.rule}"


class ExclusionLift(models.Model):
    """The exclusion ends: the vote counts again."""

    exclusion = models.OneToOneField(VoteExclusion, on_delete=models.PROTECT, related_name="lift")
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="a_lift_has_a_reason")]

    def __str__(self) -> str:
        return f"lift of {self.exclusion}"


class ExclusionProposal(models.Model):
    """A vote that a rule matched, or that a person wants out, and what became of it (D55).

    A rule version says this of a vote once: what was refused or lifted does not come again with the next run.
    """

    class State(models.TextChoices):
        """observed → open; observed and open → accepted | refused."""

        OBSERVED = "observed", gettext_lazy("only observed")
        OPEN = "open", gettext_lazy("open")
        ACCEPTED = "accepted", gettext_lazy("accepted")
        REFUSED = "refused", gettext_lazy("refused")

    vote = models.ForeignKey(Vote, on_delete=models.PROTECT, related_name="proposals")
    rule = models.ForeignKey(ExclusionRule, on_delete=models.PROTECT, related_name="proposals")
    run = models.ForeignKey(
        RuleRun, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals"
    )
    reason = models.TextField(help_text="In words that the person concerned may read.")
    evidence = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=8, choices=State)
    created_at = models.DateTimeField(db_default=models.functions.Now())
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    seconded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The first of the two who are needed where an act takes out more than 1 % (M39).",
    )
    seconded_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.TextField(blank=True, help_text="Why it was accepted or refused.")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "vote"], name="a_rule_version_proposes_a_vote_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="a_proposal_has_a_reason"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | (~Q(decision="") & Q(decided_at__isnull=False)),
                name="who_decides_a_proposal_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["rule"], condition=Q(state="open"), name="open_proposals"),
            models.Index(fields=["run"], name="proposals_of_a_run"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} on {self.vote}: {self.state}"
