"""Submissions, what happened to them, and the files that came with them; alarms."""

from typing import ClassVar

from django.contrib import admin

from inference.admin.base import ReadOnlyAdmin, ReadOnlyInline
from inference.models import Alarm, Submission, SubmissionEvent, Upload, UploadPart


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
