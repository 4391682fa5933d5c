"""Workers by their last look for work, and the turns that systems take."""

from django.contrib import admin

from inference.admin.base import ReadOnlyAdmin
from inference.models import Turn, WorkerPulse


@admin.register(WorkerPulse)
class WorkerPulseAdmin(ReadOnlyAdmin):
    """Which workers looked for work, and when."""

    list_display = ("worker", "queue", "looked_at", "claimed_at")
    list_filter = ("queue", "looked_at")
    search_fields = ("worker",)
    ordering = ("-looked_at",)


@admin.register(Turn)
class TurnAdmin(ReadOnlyAdmin):
    """When a worker last took some of a system's jobs."""

    list_display = ("system", "taken_at")
    list_filter = ("taken_at",)
    list_select_related = ("system",)
    search_fields = ("system__slug",)
    ordering = ("-taken_at",)
