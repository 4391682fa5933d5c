"""The way in: terms and consents, languages and ties, devices and hearing checks, invitations."""

from django.contrib import admin

from inference.admin.base import ReadOnlyAdmin
from judging.models import (
    Affiliation,
    Consent,
    ConsentText,
    DeviceCheck,
    HearingTrial,
    Invitation,
    LanguageSkill,
    LeaveRequest,
    PanelMembership,
    Pause,
)


@admin.register(ConsentText)
class ConsentTextAdmin(ReadOnlyAdmin):
    """The terms; a new version is published by `manage.py publish_terms`."""

    list_display = ("version", "language", "title", "published_at")
    list_filter = ("language",)
    search_fields = ("title", "body")
    ordering = ("-version", "language")


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    """Who accepted which version."""

    list_display = ("user", "version", "language", "accepted_at", "withdrawn_at")
    list_filter = ("version", "language")
    list_select_related = ("user",)
    search_fields = ("user__email", "sha256")
    ordering = ("-id",)
    is_about_a_person = True


@admin.register(LanguageSkill)
class LanguageSkillAdmin(ReadOnlyAdmin):
    """Who knows which language how well."""

    list_display = ("annotator", "language", "level", "stated_at")
    list_filter = ("level", "language")
    list_select_related = ("annotator", "language")
    search_fields = ("annotator__pseudonym",)
    ordering = ("-id",)
    is_about_a_person = True


@admin.register(Affiliation)
class AffiliationAdmin(ReadOnlyAdmin):
    """Who is close to which maker."""

    list_display = ("annotator", "provider", "team", "kind", "stated_at", "until")
    list_filter = ("kind",)
    list_select_related = ("annotator", "team")
    search_fields = ("annotator__pseudonym", "provider", "team__name")
    ordering = ("-id",)
    is_about_a_person = True


@admin.register(DeviceCheck)
class DeviceCheckAdmin(ReadOnlyAdmin):
    """With what people listen, and what their checks found."""

    list_display = ("user", "output", "surroundings", "result", "begun_at", "at")
    list_filter = ("result", "output", "surroundings")
    list_select_related = ("user",)
    search_fields = ("user__email", "device")
    ordering = ("-id",)
    is_about_a_person = True


@admin.register(HearingTrial)
class HearingTrialAdmin(ReadOnlyAdmin):
    """Every trial of every check."""

    list_display = ("check_of", "kind", "number", "target", "answer", "answered_at")
    list_filter = ("kind",)
    list_select_related = ("check_of",)
    search_fields = ("check_of__user__email",)
    ordering = ("-id",)
    is_about_a_person = True


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Codes that let one person in each; made by `manage.py invite`."""

    list_display = ("code", "note", "invited_by", "created_at", "used_at")
    list_filter = ("used_at",)
    list_select_related = ("invited_by",)
    search_fields = ("code", "note")
    ordering = ("-id",)


@admin.register(Pause)
class PauseAdmin(ReadOnlyAdmin):
    """Who gets no new pairs, why, and what they say to it; open ones with an appeal wait for an answer."""

    list_display = ("annotator", "cause", "begun_at", "until", "appealed_at", "ended_at")
    list_filter = ("cause", "ended_at", "appealed_at")
    list_select_related = ("annotator",)
    search_fields = ("annotator__pseudonym", "detail")
    ordering = ("-id",)
    is_about_a_person = True


@admin.register(LeaveRequest)
class LeaveRequestAdmin(ReadOnlyAdmin):
    """Who asked to leave, and what went with them."""

    list_display = ("user", "scope", "state", "asked_at", "due_at", "done_at")
    list_filter = ("scope", "state")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    ordering = ("-id",)
    is_about_a_person = True


@admin.register(PanelMembership)
class PanelMembershipAdmin(ReadOnlyAdmin):
    """Who belongs to the trusted panel, from when to when, and why; changed at the annotator's row."""

    list_display = ("annotator", "begun_at", "reason", "added_by", "ended_at", "end_reason")
    list_filter = (("ended_at", admin.EmptyFieldListFilter),)
    list_select_related = ("annotator", "added_by")
    search_fields = ("annotator__pseudonym", "reason")
    ordering = ("-id",)
    is_about_a_person = True
