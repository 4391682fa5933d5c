"""Annotators, and what they are asked."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from inference.admin.base import ReadOnlyAdmin, by_state, list_link, looks_link
from inference.admin.decisions import Decision
from judging.models import Annotator, Ballot, Criterion, Verdict, Vote
from judging.services import moderation, panel

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


ADMIT = Decision(
    name="admit",
    label=_("Take into the trusted panel"),
    effect=_("These people belong to the panel, with which others are compared. They must have been vetted."),
    way_back=_("end the membership."),
    apply=lambda annotator, said: panel.admit(annotator, by=said.by, reason=said.reason),
)
DISMISS = Decision(
    name="dismiss",
    label=_("End the membership of the panel"),
    effect=_("These people belong to the panel no more. What they voted stays."),
    way_back=_("take them in again."),
    apply=lambda annotator, said: panel.dismiss(annotator, by=said.by, reason=said.reason),
)


@admin.register(Annotator)
class AnnotatorAdmin(ReadOnlyAdmin):
    """Those who judge, by pseudonym; the search finds them by mail address."""

    list_display = ("pseudonym", "state", "created_at", "all_about")
    list_filter = ("state", "created_at")
    search_fields = ("pseudonym", "user__email")
    search_help_text = "Pseudonym or mail address"
    date_hierarchy = "created_at"
    ordering = ("-id",)
    is_about_a_person = True
    shown = ("all_about", "ballots", "votes", "on_panel")
    texts = ("staff_note",)
    actions = (PAUSE.action(), RESUME.action(), ADMIT.action(), DISMISS.action())

    @admin.display(description=_("all about them"))
    def all_about(self, annotator: Annotator) -> str:
        """A link to how they judge."""
        return looks_link("person", annotator.pk)

    @admin.display(description="ballots")
    def ballots(self, annotator: Annotator) -> str:
        """Counts by state, each a link."""
        return by_state(Ballot.objects.filter(annotator=annotator), q=annotator.pseudonym)

    @admin.display(description=_("trusted panel"))
    def on_panel(self, annotator: Annotator) -> str:
        """Since when and why; or what is lacking."""
        if member := annotator.memberships.filter(ended_at=None).first():
            return f"{date_format(member.begun_at)}: {member.reason}"
        return " ".join(panel.lacks(annotator)) or str(_("vetted; can be taken in"))

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
