"""Annotators, and what they are asked."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from inference.admin.base import ReadOnlyAdmin, by_state, list_link
from inference.admin.decisions import Decision
from judging.models import Annotator, Ballot, Criterion, Verdict, Vote
from judging.services import moderation

PAUSE = Decision(
    name="pause",
    label=_("Pause"),
    effect=_("These people get no more ballots. What they voted stays and counts."),
    way_back=_("end the pause."),
    apply=lambda annotator, said: moderation.pause(annotator, by=said.by, reason=said.reason),
)
RESUME = Decision(
    name="resume",
    label=_("End the pause"),
    effect=_("These people get ballots again."),
    way_back=_("pause."),
    apply=lambda annotator, said: moderation.resume(annotator, by=said.by, reason=said.reason),
)


@admin.register(Annotator)
class AnnotatorAdmin(ReadOnlyAdmin):
    """Those who judge, by pseudonym; the search finds them by mail address."""

    list_display = ("pseudonym", "state", "created_at")
    list_filter = ("state", "created_at")
    search_fields = ("pseudonym", "user__email")
    search_help_text = "Pseudonym or mail address"
    date_hierarchy = "created_at"
    ordering = ("-id",)
    is_about_a_person = True
    shown = ("ballots", "votes")
    texts = ("staff_note",)
    actions = (PAUSE.action(), RESUME.action())

    @admin.display(description="ballots")
    def ballots(self, annotator: Annotator) -> str:
        """Counts by state, each a link."""
        return by_state(Ballot.objects.filter(annotator=annotator), q=annotator.pseudonym)

    @admin.display(description="votes")
    def votes(self, annotator: Annotator) -> str:
        """How many there are."""
        return list_link(
            Vote, Vote.objects.filter(ballot__annotator=annotator).count(), q=annotator.pseudonym
        )


@admin.register(Criterion)
class CriterionAdmin(ReadOnlyAdmin):
    """What is asked; once it was answered, other words would be another question."""

    list_display = ("slug", "position", "label_en", "label_zh_hans", "question_en", "active")
    list_filter = ("active",)
    search_fields = ("slug", "label_en", "label_zh_hans", "question_en", "question_zh_hans")
    ordering = ("position",)
    texts = ("label_en", "label_zh_hans", "question_en", "question_zh_hans")

    def texts_of(self, request: HttpRequest, row: Any) -> tuple[str, ...]:
        """The wording, until a verdict was given on it."""
        return () if Verdict.objects.filter(criterion=row).exists() else self.texts
