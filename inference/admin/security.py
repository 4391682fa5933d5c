"""What a person should look at because somebody may be trying something."""

from django.contrib import admin

from inference.admin.base import ReadOnlyAdmin
from inference.models import SecurityEvent


@admin.register(SecurityEvent)
class SecurityEventAdmin(ReadOnlyAdmin):
    """Things that should not have happened."""

    list_display = ("id", "at", "kind", "severity", "user", "handled_at")
    list_filter = ("kind", "severity", "at", ("handled_at", admin.EmptyFieldListFilter))
    list_select_related = ("user",)
    search_fields = ("kind", "user__email")
    ordering = ("-id",)
