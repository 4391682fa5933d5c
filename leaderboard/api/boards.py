"""The boards over HTTP: open to everybody, from current snapshots only."""

from typing import Any

from django.db.models import OuterRef, Subquery
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from inference.api.access import OPEN
from inference.api.base import ApiView
from inference.api.tags import tagged
from inference.models import System
from judging.models import Seal
from leaderboard.models import Board, HeadToHead, Snapshot, Standing
from leaderboard.selectors import boards as selectors
from leaderboard.selectors import hidden


class SystemSerializer(serializers.ModelSerializer[System]):
    """Names a system."""

    slug = serializers.CharField(source="shown_slug", read_only=True)
    name = serializers.CharField(source="display_name", read_only=True)

    class Meta:
        model = System
        fields = ["slug", "name", "label"]
        read_only_fields = fields


class StandingSerializer(serializers.ModelSerializer[Standing]):
    """One system's line; a null rating: votes do not connect it with the rated ones."""

    system = SystemSerializer(read_only=True)

    class Meta:
        model = Standing
        fields = [
            "system",
            "rating",
            "low",
            "high",
            "bootstrap_low",
            "bootstrap_high",
            "rank_low",
            "rank_high",
            "expected_score",
            "acceptable",
            "acceptable_low",
            "acceptable_high",
            "votes",
            "annotators",
            "wins",
            "losses",
            "ties",
            "both_bad",
            "status",
            "component",
            "prior_driven",
        ]
        read_only_fields = fields


class HeadToHeadSerializer(serializers.ModelSerializer[HeadToHead]):
    """How two systems fared against each other, by slug."""

    system_a = serializers.SlugRelatedField[System](slug_field="shown_slug", read_only=True)
    system_b = serializers.SlugRelatedField[System](slug_field="shown_slug", read_only=True)

    class Meta:
        model = HeadToHead
        fields = [
            "system_a",
            "system_b",
            "a_wins",
            "b_wins",
            "ties",
            "both_bad",
            "a_expected",
            "difference",
            "difference_low",
            "difference_high",
            "different",
            "settled",
        ]
        read_only_fields = fields


class SealSerializer(serializers.ModelSerializer[Seal]):
    """The cut-off of the votes."""

    class Meta:
        model = Seal
        fields = ["number", "at", "digest"]
        read_only_fields = fields


class WithCodenames(serializers.JSONField):
    """What was written down at publication, with codenamed systems under their codenames."""

    def get_attribute(self, instance: Snapshot) -> Any:
        """Read it, and hide who bears a codename."""
        return hidden.renamed(instance, super().get_attribute(instance))


class SnapshotSerializer(serializers.ModelSerializer[Snapshot]):
    """One published computation: what came out, from what, and how."""

    published_at = serializers.DateTimeField(source="created_at", read_only=True)
    seal = SealSerializer(read_only=True)
    standings = StandingSerializer(many=True, read_only=True)
    head_to_head = HeadToHeadSerializer(many=True, read_only=True, source="pairs")
    card = WithCodenames(read_only=True)
    moved = WithCodenames(read_only=True)
    sensitivity = WithCodenames(read_only=True)

    class Meta:
        model = Snapshot
        fields = [
            "number",
            "published_at",
            "votes",
            "annotators",
            "prompts",
            "excluded",
            "connected",
            "converged",
            "interval_unit",
            "design_effect",
            "largest_share",
            "card",
            "moved",
            "sensitivity",
            "standings",
            "head_to_head",
            "method",
            "method_version",
            "parameters",
            "seed",
            "seal",
            "code_version",
            "votes_sha256",
            "result_sha256",
        ]
        read_only_fields = fields


def state_of(snapshot: Snapshot) -> str:
    """Say which state of a snapshot is shown: its numbers never change, its systems' codenames do."""
    names = [f"{line.system.shown_slug} {line.system.display_name}" for line in snapshot.standings.all()]
    return " ".join([snapshot.result_sha256, *names])


class BoardSerializer(serializers.ModelSerializer[Board]):
    """A board, and the number of its current snapshot (null: none yet)."""

    title = serializers.CharField(source="title_en", read_only=True)
    criterion = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    snapshot = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = Board
        fields = ["slug", "title", "criterion", "method", "snapshot"]
        read_only_fields = fields


class BoardDetailSerializer(BoardSerializer):
    """A board with its current snapshot (null: none yet)."""

    snapshot = serializers.SerializerMethodField()  # type: ignore[assignment]  # a fuller form

    @extend_schema_field(SnapshotSerializer(allow_null=True))
    def get_snapshot(self, board: Board) -> dict[str, Any] | None:
        """Show the one that the view found."""
        snapshot = self.context["snapshot"]
        return dict(SnapshotSerializer(snapshot).data) if snapshot else None


class BoardList(ApiView):
    """The boards."""

    access = {"GET": OPEN}

    @extend_schema(
        operation_id="boards",
        responses=inline_serializer("Boards", {"results": BoardSerializer(many=True)}),
    )
    def get(self, request: Request) -> Response:
        """List the boards with the number of each one's current snapshot."""
        newest = Snapshot.objects.filter(board=OuterRef("pk")).order_by("-number").values("number")[:1]
        boards = selectors.shown().annotate(snapshot=Subquery(newest))
        return Response({"results": BoardSerializer(boards, many=True).data})


class BoardDetail(ApiView):
    """One board."""

    access = {"GET": OPEN}

    @extend_schema(operation_id="board", responses={200: BoardDetailSerializer, 304: None})
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """Show a board's current snapshot: standings, head-to-head, and how it was made."""
        board = get_object_or_404(selectors.shown(), slug=slug)
        snapshot = selectors.current(board)
        mark = state_of(snapshot) if snapshot else "none"
        return tagged(
            request, mark, lambda: BoardDetailSerializer(board, context={"snapshot": snapshot}).data
        )
