"""Models, and the systems made from them."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.utils.translation import gettext_lazy as _

from inference.admin.base import ReadOnlyAdmin, ReadOnlyInline, by_state, looks_link
from inference.admin.decisions import Decision
from inference.models import Job, Model, Response, System
from inference.selectors import failures
from inference.services import moderation

PAUSE = Decision(
    name="pause",
    label=_("Pause the jobs"),
    effect=_("Jobs of these systems wait. What is running now may end."),
    way_back=_("resume."),
    apply=lambda system, said: moderation.pause(system, by=said.by, reason=said.reason),
)

RESUME = Decision(
    name="resume",
    label=_("Resume the jobs"),
    effect=_("Waiting jobs of these systems run again. Another one that fails pauses its system again."),
    way_back=_("pause."),
    apply=lambda system, said: moderation.resume(system, by=said.by, reason=said.reason),
)


def of_failed(rows: Any) -> list[tuple[str, str]]:
    """The codes with which these systems' jobs failed, and how many did."""
    counts: dict[str, int] = {}
    for group in failures.by_code(rows):
        counts[group.code] = counts.get(group.code, 0) + group.jobs
    return [(code, f"{code}: {count}") for code, count in sorted(counts.items())]


RETRY_FAILED = Decision(
    name="retry_failed",
    label=_("Try failed jobs again"),
    effect=_(
        "All failed jobs of these systems whose last try ended with the chosen code are queued as if they "
        "had never been tried. Their attempts stay listed."
    ),
    way_back=_("cancel the jobs."),
    apply=lambda system, said: moderation.retry_failed(
        system, code=said.kind, by=said.by, reason=said.reason
    ),
    kinds=of_failed,
)


class SystemInline(ReadOnlyInline):
    """A model's systems."""

    model = System
    fields = ("slug", "version", "voice", "adapter", "label", "state")


@admin.register(Model)
class ModelAdmin(ReadOnlyAdmin):
    """Families of systems; what their card says may be put better at any time."""

    list_display = ("slug", "name", "provider", "licence", "url", "created_at")
    list_filter = ("provider", "licence")
    search_fields = ("slug", "name", "provider")
    ordering = ("slug",)
    texts = ("name", "url", "card")
    formfield_overrides: ClassVar[dict[Any, Any]] = {models.URLField: {"assume_scheme": "https"}}
    inlines = (SystemInline,)


@admin.register(System)
class SystemAdmin(ReadOnlyAdmin):
    """Competitors."""

    list_display = (
        "slug",
        "name",
        "adapter",
        "voice",
        "label",
        "state",
        "pause_code",
        "first_public_at",
        "all_about",
    )
    list_filter = ("state", "label", ("paused_at", admin.EmptyFieldListFilter), "adapter", "languages")
    list_select_related = ("model",)
    search_fields = ("slug", "model__name", "model__provider", "version", "voice", "public_id")
    search_help_text = "Slug, model, provider, version, voice or public id"
    ordering = ("slug",)
    shown = ("all_about", "name", "jobs", "responses")
    actions: Any = (PAUSE.action(), RESUME.action(), RETRY_FAILED.action())

    @admin.display(description=_("all about it"))
    def all_about(self, system: System) -> str:
        """A link to its boards, voters and reports."""
        return looks_link("system", system.pk)

    @admin.display(description="shown as", ordering="model__name")
    def name(self, system: System) -> str:
        """What boards call it."""
        return system.display_name

    @admin.display(description="jobs")
    def jobs(self, system: System) -> str:
        """Counts by state, each a link."""
        return by_state(Job.objects.filter(system=system), system__id__exact=system.pk)

    @admin.display(description="responses")
    def responses(self, system: System) -> str:
        """Counts by state, each a link."""
        return by_state(Response.objects.filter(system=system), system__id__exact=system.pk)
