"""Why a vote does not count: rows about it, never a change to it (D54, D55). All append-only."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from judging.models.votes import Vote


class ExclusionRule(models.Model):
    """A reason that may exclude votes, in a sentence that anybody may read."""

    slug = models.SlugField()
    version = models.PositiveSmallIntegerField(default=1)
    sentence_en = models.TextField()
    sentence_zh_hans = models.TextField()
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


class VoteExclusion(models.Model):
    """This vote does not count, by this rule, for this reason, said by this person."""

    vote = models.ForeignKey(Vote, on_delete=models.PROTECT, related_name="exclusions")
    rule = models.ForeignKey(ExclusionRule, on_delete=models.PROTECT, related_name="exclusions")
    reason = models.TextField()
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
