"""Submissions, what happened to them, and the files that came with them; alarms."""

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from inference.admin.base import ReadOnlyAdmin, ReadOnlyInline
from inference.admin.decisions import Decision
from inference.models import Alarm, Submission, SubmissionEvent, Upload, UploadPart
from inference.services.submissions import deciding

APPROVE = Decision(
    name="approve",
    label=_("Approve"),
    effect=_("These systems are judged from now on: under their codename where they have one."),
    way_back=_("none; a public system is only ever retired."),
    apply=lambda submission, said: deciding.approve(submission, by=said.by, reason=said.reason),
)
REJECT = Decision(
    name="reject",
    label=_("Reject"),
    effect=_("These systems are not judged. Their teams read the reason."),
    way_back=_("none; the team may submit again."),
    apply=lambda submission, said: deciding.reject(submission, by=said.by, reason=said.reason),
)
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
    list_display = ("system", "prompt_set", "team", "kind", "state", "waiting_on", "last_code", "state_since")
    list_filter = ("state", "waiting_on", "kind", "prompt_set")
    list_select_related = ("system", "prompt_set", "team")
    search_fields = ("system__slug", "team__slug", "public_id", "last_code")
    ordering = ("-id",)
    inlines = (SubmissionEventInline,)
    actions: Any = (APPROVE.action(), REJECT.action(), CLEAR.action())


@admin.register(SubmissionEvent)
class SubmissionEventAdmin(ReadOnlyAdmin):
    """Every change of a submission's state."""

    list_display = ("submission", "number", "from_state", "to_state", "code", "fault", "actor", "at")
    list_filter = ("to_state", "fault")
    list_select_related = ("submission__system", "submission__prompt_set", "actor")
    search_fields = ("submission__system__slug", "submission__public_id", "code")
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


@admin.register(Alarm)
class AlarmAdmin(ReadOnlyAdmin):
    """What staff have to look at."""

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
