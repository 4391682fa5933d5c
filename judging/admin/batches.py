"""Batches, the policies that they are under, what was heard, what is known, and what was reported."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from inference.admin.base import ReadOnlyAdmin, ReadOnlyInline, by_state
from inference.admin.decisions import Decision
from inference.admin.filters import chosen
from inference.admin.searching import Way
from judging.admin.searching import ways
from judging.models import (
    Annotator,
    Ballot,
    Batch,
    BatchClosing,
    Beat,
    DeviceCheck,
    GoldAnswer,
    Heard,
    Policy,
    PolicyCriterion,
    TrainingPair,
    TrainingSet,
    Vote,
)
from judging.services import gold

PERSON = "annotator__pseudonym"


class AskedInline(ReadOnlyInline):
    """What a policy asks."""

    model = PolicyCriterion
    fields = ("position", "criterion", "required")


@admin.register(Policy)
class PolicyAdmin(ReadOnlyAdmin):
    """The values of judging; a change is a new row."""

    list_display = ("version", "current", "batch_size", "gate_share", "sampling_rule", "reason", "created_at")
    list_filter = ("current", "sampling_rule", "headphones", "reveal")
    search_fields = ("reason",)
    ordering = ("-version",)
    inlines = (AskedInline,)


@admin.register(PolicyCriterion)
class PolicyCriterionAdmin(ReadOnlyAdmin):
    """Which policy asks what, and where."""

    list_display = ("policy", "position", "criterion", "required")
    list_filter = ("criterion", "required")
    list_select_related = ("policy", "criterion")
    search_fields = ("criterion__slug",)
    ordering = ("-policy__version", "position")


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    """Pairs that were given to one person as one."""

    list_display = ("id", "annotator", "kind", "policy", "size", "state", "started_at", "last_cast_at")
    list_filter = (
        "state",
        "kind",
        chosen("headphones", _("headphones"), DeviceCheck.Result.choices),
        "started_at",
    )
    list_select_related = ("annotator", "policy")
    search_fields = ("public_id", PERSON, "annotator__user__email")
    marks: ClassVar[dict[str, type[Model]]] = {"": Batch}
    ways = (Way("annotator", Annotator, "pseudonym__iexact", "user__email__icontains"),)
    search_help_text = _("Public id, pseudonym or mail address")
    ordering = ("-id",)
    shown = ("ballots",)

    @admin.display(description="ballots")
    def ballots(self, batch: Batch) -> str:
        """Counts by state, each a link."""
        return by_state(Ballot.objects.filter(batch=batch), q=batch.public_id)


@admin.register(BatchClosing)
class BatchClosingAdmin(ReadOnlyAdmin):
    """From when on a batch's votes count."""

    list_display = ("id", "batch", "by", "at")
    list_filter = ("by", "at")
    list_select_related = ("batch",)
    search_fields = ("batch__public_id", f"batch__{PERSON}")
    search_help_text = _("Public id of the batch, or pseudonym")
    marks: ClassVar[dict[str, type[Model]]] = {"batch": Batch}
    ways = (Way("batch__annotator", Annotator, "pseudonym__iexact", "user__email__icontains"),)
    ordering = ("-id",)


@admin.register(Beat)
class BeatAdmin(ReadOnlyAdmin):
    """What pages said of what they played."""

    list_display = ("id", "ballot", "page", "number", "hidden_ms", "volume", "at")
    list_filter = ("at",)
    list_select_related = ("ballot",)
    search_fields = ("ballot__public_id", "page", f"ballot__{PERSON}")
    search_help_text = _("Public id of the ballot, or pseudonym")
    marks: ClassVar[dict[str, type[Model]]] = {"ballot": Ballot}
    ways = ways("ballot__")
    ordering = ("-id",)


@admin.register(Heard)
class HeardAdmin(ReadOnlyAdmin):
    """What was heard of a clip before its vote."""

    list_display = ("id", "vote", "clip", "unique_ms", "total_ms", "starts", "seeks", "first_order")
    list_filter = ("clip", chosen("first_order", _("heard as number"), [(n, n) for n in (1, 2, 3)]))
    list_select_related = ("vote",)
    search_fields = ("vote__public_id", f"vote__ballot__{PERSON}")
    search_help_text = _("Public id of the vote, or pseudonym")
    marks: ClassVar[dict[str, type[Model]]] = {"vote": Vote}
    ways = ways("vote__ballot__")
    ordering = ("-id",)


APPROVE = Decision(
    name="approve",
    label=_("Approve as gold"),
    effect=_(
        "These pairs are given to people who have not heard them, to see whether they answer as others did."
    ),
    way_back=_("retire them."),
    apply=lambda answer, said: gold.approve(answer, by=said.by, reason=said.reason),
)
RETIRE = Decision(
    name="retire",
    label=_("Retire"),
    effect=_("These pairs are given as gold no more. What people answered stays said of them."),
    way_back=_("this cannot be undone; make new ones instead."),
    apply=lambda answer, said: gold.retire(answer, by=said.by, reason=said.reason),
)


@admin.register(GoldAnswer)
class GoldAnswerAdmin(ReadOnlyAdmin):
    """Pairs whose answers are known; `manage.py make_gold` makes and proposes them."""

    list_display = ("id", "pair", "criterion", "key", "accepted", "origin", "approved_by", "retired_at")
    list_filter = ("origin", "key", "criterion", ("retired_at", admin.EmptyFieldListFilter))
    list_select_related = ("pair", "criterion", "approved_by")
    search_fields = ("pair__prompt__slug", "explanation_en", "explanation_zh_hans")
    ordering = ("-id",)
    actions = (APPROVE.action(), RETIRE.action())


@admin.register(TrainingSet)
class TrainingSetAdmin(ReadOnlyAdmin):
    """What people learn on; `manage.py bring_training` brings more."""

    list_display = ("id", "language", "number")
    list_filter = ("language",)
    list_select_related = ("language",)
    search_fields = ("language__code",)
    ordering = ("language", "number")


@admin.register(TrainingPair)
class TrainingPairAdmin(ReadOnlyAdmin):
    """The pairs of the training sets."""

    list_display = ("id", "training_set", "position", "pair")
    list_filter = ("training_set__language", "training_set__number")
    list_select_related = ("training_set__language", "pair")
    search_fields = ("pair__prompt__slug",)
    ordering = ("training_set", "position")
