"""Teams and who is in them."""

from django.contrib import admin

from inference.admin.base import ReadOnlyAdmin, ReadOnlyInline
from inference.models import Membership, Model, Team


class MembershipInline(ReadOnlyInline):
    """A team's people, those who left too."""

    model = Membership
    fields = ("person", "role", "joined_at", "left_at")


class ModelInline(ReadOnlyInline):
    """A team's models."""

    model = Model
    fields = ("slug", "name", "provider", "licence")


@admin.register(Team)
class TeamAdmin(ReadOnlyAdmin):
    """Researchers who bring systems together."""

    list_display = ("slug", "name", "provider", "state", "created_at")
    list_filter = ("state", "created_at")
    search_fields = ("slug", "name", "provider", "contact_email", "memberships__person__email")
    search_help_text = "Slug, name, provider, or a mail address"
    ordering = ("slug",)
    inlines = (MembershipInline, ModelInline)


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Who is, or was, in which team."""

    list_display = ("team", "person", "role", "joined_at", "left_at")
    list_filter = ("role", ("left_at", admin.EmptyFieldListFilter))
    list_select_related = ("team", "person")
    search_fields = ("team__slug", "team__name", "person__email")
    search_help_text = "Team, or a mail address"
    ordering = ("team", "joined_at")
