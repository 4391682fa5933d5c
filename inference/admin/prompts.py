"""Prompt sets and their prompts."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from inference.admin.base import ReadOnlyAdmin, by_state, list_link, looks_link, player, seconds
from inference.admin.decisions import Decision
from inference.models import Job, Prompt, PromptSet, Response
from inference.services import moderation

FREEZE = Decision(
    name="freeze",
    label=_("Freeze"),
    effect=_("No prompt is added to these sets, removed from them or changed any more."),
    way_back=_("none; a change makes the next version of a set."),
    apply=lambda prompt_set, said: moderation.freeze(prompt_set, by=said.by, reason=said.reason),
)

PUBLISH = Decision(
    name="publish",
    label=_("Publish"),
    effect=_("Everybody may see the public prompts of these frozen sets, and teams may answer them."),
    way_back=_("none."),
    apply=lambda prompt_set, said: moderation.publish(prompt_set, by=said.by, reason=said.reason),
)


@admin.register(PromptSet)
class PromptSetAdmin(ReadOnlyAdmin):
    """Versioned collections."""

    list_display = ("__str__", "title", "licence", "created_at", "frozen_at", "published_at")
    list_filter = (("frozen_at", admin.EmptyFieldListFilter),)
    search_fields = ("slug", "title", "licence")
    ordering = ("slug", "-version")
    shown = ("prompts",)
    texts = ("title",)
    actions = (FREEZE.action(), PUBLISH.action())

    def texts_of(self, request: HttpRequest, row: Any) -> tuple[str, ...]:
        """The title, until the set is frozen."""
        return () if row.frozen_at else self.texts

    @admin.display(description="prompts")
    def prompts(self, prompt_set: PromptSet) -> str:
        """Counts by state."""
        return by_state(prompt_set.prompts.all(), prompt_set__id__exact=prompt_set.pk)


@admin.register(Prompt)
class PromptAdmin(ReadOnlyAdmin):
    """Spoken instructions; the judging adds what may be decided about them."""

    list_display = ("slug", "prompt_set", "task", "level", "language", "split", "length", "state")
    list_filter = ("state", "prompt_set", "split", "level", "task__domain", "language", "origin", "task")
    list_select_related = ("prompt_set", "task", "level", "language", "playback")
    search_fields = ("slug", "transcript", "public_id", "task__slug")
    search_help_text = "Slug, transcript, public id or task"
    ordering = ("prompt_set", "slug")
    shown = ("all_about", "listen", "jobs", "responses")

    @admin.display(description=_("all about it"))
    def all_about(self, prompt: Prompt) -> str:
        """A link to its votes, skips and reports."""
        return looks_link("prompt", prompt.pk)

    @admin.display(description="length", ordering="playback__duration_ms")
    def length(self, prompt: Prompt) -> str:
        """Seconds."""
        return seconds(prompt.playback.duration_ms)

    @admin.display(description="listen")
    def listen(self, prompt: Prompt) -> str:
        """A player."""
        return player(prompt.playback)

    @admin.display(description="jobs")
    def jobs(self, prompt: Prompt) -> str:
        """Counts by state; the search by slug leads to them."""
        return by_state(Job.objects.filter(prompt=prompt), q=prompt.slug)

    @admin.display(description="responses")
    def responses(self, prompt: Prompt) -> str:
        """How many there are."""
        return list_link(Response, Response.objects.filter(prompt=prompt).count(), q=prompt.slug)
