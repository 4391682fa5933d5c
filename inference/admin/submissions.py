"""Submissions, what happened to them, and the files that came with them; alarms."""

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from inference.admin import reviews
from inference.admin.base import ReadOnlyAdmin, ReadOnlyInline
from inference.admin.decisions import Decision
from inference.models import Alarm, Submission, SubmissionEvent, SubmissionReview, Upload, UploadPart
from inference.services import alarms
from inference.services.submissions import deciding

CLEAR = Decision(
    name="clear",
    label=_("Clear the team for this kind"),
    effect=_("Submissions of this kind run here for these teams from now on, without being asked again."),
    way_back=_("none."),
    apply=lambda submission, said: deciding.clear(submission, by=said.by, reason=said.reason),
)


class SubmissionEventInline(ReadOnlyInline):
    """A submission's history."""

    model = SubmissionEvent
    fields = ("number", "round", "from_state", "to_state", "code", "message", "fault", "actor", "at")


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    """Teams that ask for a system to be judged."""

    hidden: ClassVar[tuple[str, ...]] = ("manifest",)
    list_display = (
        *("system", "prompt_set", "team", "kind", "state", "waiting_on", "last_code", "state_since"),
        "review_page",
    )
    list_filter = ("state", "waiting_on", "kind", "prompt_set")
    list_select_related = ("system", "prompt_set", "team")
    search_fields = ("system__slug", "team__slug", "public_id", "last_code")
    ordering = ("-id",)
    inlines = (SubmissionEventInline,)
    actions: Any = (CLEAR.action(),)
    shown = ("review_page",)

    def get_urls(self) -> list[URLPattern]:
        """Add the review page and the clips that it plays."""
        page, clip = (self.admin_site.admin_view(view) for view in reviews.views(self))
        return [
            path("<int:key>/review/", page, name="inference_submission_review"),
            path("<int:key>/review/<int:response>/", clip, name="inference_submission_clip"),
            *super().get_urls(),
        ]

    @admin.display(description=_("review"))
    def review_page(self, submission: Submission) -> str:
        """A link to where it is decided."""
        address = reverse("admin:inference_submission_review", args=[submission.pk])
        return format_html('<a class="button" href="{}">{}</a>', address, _("Review"))


@admin.register(SubmissionEvent)
class SubmissionEventAdmin(ReadOnlyAdmin):
    """Every change of a submission's state."""

    list_display = ("submission", "number", "from_state", "to_state", "code", "fault", "actor", "at")
    list_filter = ("to_state", "fault")
    list_select_related = ("submission__system", "submission__prompt_set", "actor")
    search_fields = ("submission__system__slug", "submission__public_id", "code")
    ordering = ("-id",)


@admin.register(SubmissionReview)
class SubmissionReviewAdmin(ReadOnlyAdmin):
    """What moderators heard, ticked and decided; decided at the submission's review page."""

    list_display = ("submission", "reviewer", "decision", "code", "reason", "begun_at", "decided_at")
    list_filter = ("decision", "code", "decided_at")
    list_select_related = ("submission__system", "submission__prompt_set", "reviewer")
    search_fields = ("submission__system__slug", "reviewer__email", "reason")
    ordering = ("-id",)


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin):
    """Files of submissions."""

    list_display = ("file_name", "submission", "team", "bytes", "state", "check_code", "last_part_at")
    list_filter = ("state", "check_code")
    list_select_related = ("submission__system", "submission__prompt_set", "team")
    search_fields = ("file_name", "sha256", "public_id", "team__slug", "submission__public_id")
    ordering = ("-id",)


@admin.register(UploadPart)
class UploadPartAdmin(ReadOnlyAdmin):
    """Pieces of files."""

    list_display = ("upload", "number", "bytes", "sha256", "at")
    list_filter = ("at",)
    list_select_related = ("upload",)
    search_fields = ("sha256", "upload__public_id")
    ordering = ("-id",)


ACKNOWLEDGE = Decision(
    name="acknowledge",
    label=_("I look at it"),
    effect=_("Others see that you look at these alarms. They stay open."),
    way_back=_("none needed; close them when it is done."),
    apply=lambda alarm, said: alarms.acknowledge(alarm, by=said.by, reason=said.reason),
)
CLOSE = Decision(
    name="end",
    label=_("Close"),
    effect=_(
        "These alarms are closed. Where a rule jumped, decide on its run's page whether the run is lifted."
    ),
    way_back=_("an alarm opens again by itself where its cause goes on."),
    apply=lambda alarm, said: alarms.end(alarm, by=said.by, reason=said.reason),
)


@admin.register(Alarm)
class AlarmAdmin(ReadOnlyAdmin):
    """What staff have to look at."""

    actions: Any = (ACKNOWLEDGE.action(), CLOSE.action())

    list_display = (
        "kind",
        "subject",
        "severity",
        "opened_at",
        "last_seen_at",
        "acknowledged_by",
        "closed_at",
    )
    list_filter = ("severity", ("closed_at", admin.EmptyFieldListFilter), "kind")
    list_select_related = ("acknowledged_by",)
    search_fields = ("kind", "subject", "detail")
    ordering = ("-id",)
    shown = ("about",)

    @admin.display(description=_("what it is about"))
    def about(self, alarm: Alarm) -> str:
        """A link to the row; a rule's jump leads to its runs."""
        kind, _colon, key = alarm.subject.partition(":")
        match kind:
            case "submission" if key.isdecimal():
                address = reverse("admin:inference_submission_review", args=[key])
            case "rule":
                address = f"{reverse('admin:judging_rulerun_changelist')}?{urlencode({'q': key})}"
            case _:
                return alarm.subject
        return format_html('<a href="{}">{}</a>', address, alarm.subject)
