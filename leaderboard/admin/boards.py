"""Boards, their snapshots and the lines of each."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from inference.admin.base import NOTHING, ReadOnlyAdmin, ReadOnlyInline, list_link
from leaderboard.models import (
    Announcement,
    Board,
    HeadToHead,
    Release,
    ReleaseFile,
    Snapshot,
    Standing,
    Study,
    StudyVerdict,
)


@admin.register(Board)
class BoardAdmin(ReadOnlyAdmin):
    """What is ranked; how a board is shown may change, what it ranks may not."""

    list_display = ("slug", "title_en", "criterion", "method", "position", "active")
    list_filter = ("active", "method", "criterion")
    list_select_related = ("criterion",)
    search_fields = ("slug", "title_en", "title_zh_hans")
    ordering = ("position",)
    shown = ("snapshots",)
    texts = ("title_en", "title_zh_hans", "position", "active")

    @admin.display(description="snapshots")
    def snapshots(self, board: Board) -> str:
        """How many there are."""
        return list_link(Snapshot, board.snapshots.count(), board__id__exact=board.pk)


class StandingInline(ReadOnlyInline):
    """A snapshot's lines, the best first."""

    model = Standing
    fields = (
        "system",
        "status",
        "rating",
        "low",
        "high",
        "rank_low",
        "rank_high",
        "votes",
        "wins",
        "losses",
        "ties",
    )
    ordering = ("component", "-rating", "pk")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Lines with their systems."""
        return super().get_queryset(request).select_related("system", "snapshot__board")


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    """Published computations."""

    list_display = (
        "__str__",
        "seal",
        "votes",
        "annotators",
        "prompts",
        "excluded",
        "connected",
        "created_at",
    )
    list_filter = ("board", "connected", "converged", "created_at")
    list_select_related = ("board", "seal")
    search_fields = ("board__slug", "=number", "votes_sha256", "result_sha256", "code_version")
    search_help_text = "Board, number, or a digest"
    date_hierarchy = "created_at"
    ordering = ("-id",)
    shown = ("head_to_heads",)
    inlines = (StandingInline,)

    @admin.display(description="head-to-heads")
    def head_to_heads(self, snapshot: Snapshot) -> str:
        """How many there are."""
        count = snapshot.head_to_heads.count()
        return list_link(HeadToHead, count, snapshot__id__exact=snapshot.pk)


@admin.register(Standing)
class StandingAdmin(ReadOnlyAdmin):
    """A system's line in a snapshot."""

    list_display = ("id", "snapshot", "system", "rating", "interval", "ranks", "votes", "status")
    list_filter = ("status", "snapshot__board", "system")
    list_select_related = ("snapshot__board", "system")
    search_fields = ("system__slug", "snapshot__board__slug", "=snapshot__number")
    search_help_text = "System, board, or number of the snapshot"
    ordering = ("-id",)

    @admin.display(description="95 % interval")
    def interval(self, standing: Standing) -> str:
        """Elo, from low to high."""
        if standing.low is None or standing.high is None:
            return NOTHING
        return f"{standing.low:.0f} – {standing.high:.0f}"

    @admin.display(description="ranks", ordering="rank_low")
    def ranks(self, standing: Standing) -> str:
        """From the best to the worst that the interval allows."""
        return NOTHING if standing.rank_low is None else f"{standing.rank_low} – {standing.rank_high}"


@admin.register(HeadToHead)
class HeadToHeadAdmin(ReadOnlyAdmin):
    """How two systems fared against each other."""

    list_display = ("id", "snapshot", "system_a", "system_b", "a_wins", "b_wins", "ties", "both_bad")
    list_filter = ("snapshot__board", "system_a", "system_b")
    list_select_related = ("snapshot__board", "system_a", "system_b")
    search_fields = ("system_a__slug", "system_b__slug", "snapshot__board__slug", "=snapshot__number")
    search_help_text = "System, board, or number of the snapshot"
    ordering = ("-id",)

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Let a snapshot's page lead to its rows, which no filter could list."""
        return lookup == "snapshot__id__exact" or super().lookup_allowed(lookup, value, request)


@admin.register(Study)
class StudyAdmin(ReadOnlyAdmin):
    """Where imported verdicts come from."""

    list_display = ("slug", "title", "source", "licence", "closed_at")
    search_fields = ("slug", "title", "source")
    ordering = ("slug",)
    shown = ("verdicts",)

    @admin.display(description="verdicts")
    def verdicts(self, study: Study) -> str:
        """How many there are."""
        return list_link(StudyVerdict, study.verdicts.count(), study__id__exact=study.pk)


@admin.register(StudyVerdict)
class StudyVerdictAdmin(ReadOnlyAdmin):
    """One answer of a study."""

    list_display = ("id", "study", "number", "criterion", "system_a", "system_b", "answer", "prompt", "judge")
    list_filter = ("study", "criterion", "answer")
    list_select_related = ("study",)
    search_fields = ("study__slug", "system_a", "system_b", "prompt", "=number")
    search_help_text = "Study, system, prompt, or number of the comparison"
    ordering = ("-id",)


@admin.register(Release)
class ReleaseAdmin(ReadOnlyAdmin):
    """Published data."""

    list_display = ("version", "title", "licence", "withdrawn", "created_at", "published_at")
    list_filter = ("published_at",)
    search_fields = ("version", "title")
    ordering = ("-id",)


@admin.register(ReleaseFile)
class ReleaseFileAdmin(ReadOnlyAdmin):
    """A file of a release, with its checksum."""

    list_display = ("id", "release", "name", "rows", "bytes", "media_type", "sha256")
    list_filter = ("release",)
    list_select_related = ("release",)
    search_fields = ("release__version", "name", "sha256")
    ordering = ("-id",)


@admin.register(Announcement)
class AnnouncementAdmin(ReadOnlyAdmin):
    """An entry of the changelog."""

    list_display = ("id", "at", "kind", "title_en", "snapshot", "author")
    list_filter = ("kind", "at")
    list_select_related = ("snapshot__board", "author")
    search_fields = ("title_en", "title_zh_hans", "body_en", "body_zh_hans")
    ordering = ("-id",)
