"""What the choice of pairs looks at, to be looked at by moderators too."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from inference.admin.base import ReadOnlyAdmin
from inference.admin.filters import chosen
from inference.admin.searching import Way
from judging.admin.searching import ways
from judging.admin.votes import OF_BALLOT
from judging.models import Audience, Ballot, Draw, PairTally, Past, Strength, SystemPair


@admin.register(PairTally)
class PairTallyAdmin(ReadOnlyAdmin):
    """How often two systems met in one cell."""

    list_display = ("id", "systems", "task", "level", "language", "counted", "pending")
    list_filter = ("task", "level", "language")
    list_select_related = ("systems__system_a", "systems__system_b", "task", "level", "language")
    search_fields = ("systems__system_a__slug", "systems__system_b__slug", "task__slug")
    ordering = ("systems__system_a__slug", "systems__system_b__slug", "task__slug")


@admin.register(Audience)
class AudienceAdmin(ReadOnlyAdmin):
    """How many people judged a pair."""

    list_display = ("pair_id", "systems", "people")
    list_filter = (chosen("people", _("people"), [(number, number) for number in (1, 2, 3)]),)
    list_select_related = ("systems__system_a", "systems__system_b")
    search_fields = ("systems__system_a__slug", "systems__system_b__slug", "=pair__id")
    ways = (Way("systems", SystemPair, "system_a__slug__iexact", "system_b__slug__iexact"),)
    ordering = ("-pair_id",)


@admin.register(Past)
class PastAdmin(ReadOnlyAdmin):
    """What people heard in closed batches."""

    list_display = ("annotator", "through", "latest")
    list_select_related = ("annotator",)
    search_fields = ("=annotator__pseudonym",)
    ordering = ("annotator",)
    fields = ("annotator", "through", "latest", "prompts")


@admin.register(Strength)
class StrengthAdmin(ReadOnlyAdmin):
    """What the last snapshots say of a system."""

    list_display = ("id", "system", "criterion", "rating", "half_width", "snapshot_number", "as_of")
    list_filter = ("criterion", "as_of")
    list_select_related = ("system", "criterion")
    search_fields = ("system__slug",)
    ordering = ("system__slug", "criterion__position")


@admin.register(Draw)
class DrawAdmin(ReadOnlyAdmin):
    """Why a person was given a pair."""

    list_display = ("id", "ballot", "probability")
    list_filter = (OF_BALLOT, "ballot__purpose", "ballot__issued_at")
    marks: ClassVar[dict[str, type[Model]]] = {"ballot": Ballot}
    ways = ways("ballot__")
    list_select_related = ("ballot",)
    search_fields = ("=ballot__public_id", "=ballot__annotator__pseudonym")
    ordering = ("-id",)

    @admin.display(description="probability")
    def probability(self, draw: Draw) -> float:
        """With which it was drawn."""
        return draw.ballot.probability
