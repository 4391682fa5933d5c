"""The audit trail: who did what to which row, and why."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from inference.admin.base import ReadOnlyAdmin
from inference.models import AuditEntry
from inference.services import audit

BY_ITSELF = "site"
TARGET = {"target_type", "target_id"}


class ActionFilter(admin.SimpleListFilter):
    """What was done."""

    title = _("action")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every action that there is an entry of."""
        return [(action, action) for action in audit.actions()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """Entries of the chosen one."""
        return queryset.filter(action=self.value()) if self.value() else queryset


class PersonFilter(admin.SimpleListFilter):
    """Who did it."""

    title = _("person")
    parameter_name = "person"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Staff by name, and the site itself; others are found by the search."""
        staff = get_user_model().objects.filter(is_staff=True).order_by("email")[:100]
        return [(BY_ITSELF, audit.THE_SITE), *((str(one.pk), str(one)) for one in staff)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """Entries of the chosen one."""
        match self.value():
            case None:
                return queryset
            case "site":
                return queryset.filter(actor=None)
            case chosen:
                return queryset.filter(actor=int(chosen)) if chosen.isdecimal() else queryset.none()


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """All that was decided here. A row's *History* leads to its own entries."""

    list_display = ("at", "actor_label", "action", "about", "reason", "request_id")
    list_filter = (ActionFilter, PersonFilter, "at")
    search_fields = ("actor_label", "reason", "target_type", "=target_id", "=request_id")
    search_help_text = "Person, reason, table, number of the row, or request"
    date_hierarchy = "at"
    ordering = ("-id",)
    shown = ("about",)

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Let a row's page lead to its entries."""
        return lookup in TARGET or super().lookup_allowed(lookup, value, request)

    @admin.display(description="about")
    def about(self, entry: AuditEntry) -> str:
        """The table and row, as a link to its page."""
        try:
            table = apps.get_model(entry.target_type)._meta  # noqa: SLF001 -- Django's public name
            page = f"admin:{table.app_label}_{table.model_name}"
            address = (
                reverse(f"{page}_change", args=[entry.target_id])
                if entry.target_id
                else reverse(f"{page}_changelist")
            )
        except (LookupError, ValueError, NoReverseMatch):
            return f"{entry.target_type} {entry.target_id}"
        return format_html('<a href="{}">{} {}</a>', address, table.verbose_name, entry.target_id)
