"""What is said of votes later: exclusions, lifts, and the seals over all of it."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from inference.admin.base import ReadOnlyAdmin, list_link
from inference.admin.decisions import Decision
from judging.admin.searching import ways
from judging.models import ExclusionLift, Seal, SealedItem, Vote, VoteExclusion
from judging.services import moderation

LIFT = Decision(
    name="lift",
    label=_("Lift"),
    effect=_("The votes count again from the next snapshot on, unless another exclusion stands."),
    way_back=_("exclude again."),
    apply=lambda exclusion, said: moderation.lift(exclusion, reason=said.reason, by=said.by),
)


@admin.register(VoteExclusion)
class VoteExclusionAdmin(ReadOnlyAdmin):
    """Votes that were taken out of the count."""

    list_display = ("id", "vote", "rule", "reason", "created_by", "created_at", "stands")
    list_filter = (("lift", admin.EmptyFieldListFilter), "rule", "created_at")
    list_select_related = ("vote", "rule", "created_by", "lift")
    search_fields = ("vote__public_id", "reason", "vote__ballot__annotator__pseudonym", "created_by__email")
    search_help_text = _("Public id of the vote, number, pseudonym; slug of a prompt or a system")
    marks: ClassVar[dict[str, type[Model]]] = {"vote": Vote}
    ways = ways("vote__ballot__")
    date_hierarchy = "created_at"
    ordering = ("-id",)
    actions = (LIFT.action(),)

    @admin.display(description="stands", boolean=True)
    def stands(self, exclusion: VoteExclusion) -> bool:
        """Whether it was not lifted."""
        return not hasattr(exclusion, "lift")


@admin.register(ExclusionLift)
class ExclusionLiftAdmin(ReadOnlyAdmin):
    """Votes that were taken in again."""

    list_display = ("id", "exclusion", "reason", "by", "at")
    list_filter = ("at", "exclusion__rule")
    list_select_related = ("exclusion__vote", "exclusion__rule", "by")
    search_fields = ("exclusion__vote__public_id", "reason", "by__email")
    search_help_text = "Public id of the vote, reason, or who said it"
    date_hierarchy = "at"
    ordering = ("-id",)


@admin.register(Seal)
class SealAdmin(ReadOnlyAdmin):
    """Numbered cut-offs."""

    list_display = ("number", "at", "items", "digest")
    list_filter = ("at",)
    search_fields = ("=number", "digest")
    date_hierarchy = "at"
    ordering = ("-number",)
    shown = ("holds",)

    @admin.display(description="sealed items")
    def holds(self, seal: Seal) -> str:
        """A link to them."""
        return list_link(SealedItem, seal.items, q=seal.number)


@admin.register(SealedItem)
class SealedItemAdmin(ReadOnlyAdmin):
    """Rows that seals hold."""

    list_display = ("id", "seal", "kind", "key")
    list_filter = ("kind", "seal__at")
    list_select_related = ("seal",)
    search_fields = ("=seal__number",)
    search_help_text = "Number of the seal"
    ordering = ("-id",)
