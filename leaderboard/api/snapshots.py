"""Snapshots by number: each is one published computation, and never changes."""

import csv
import io
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from inference.api.access import OPEN
from inference.api.base import ApiView
from inference.api.pages import page
from inference.api.shapes import moment, page_of, text, whole
from inference.api.tags import tagged
from inference.errors import Refused
from leaderboard.api.boards import HeadToHeadSerializer, SnapshotSerializer, state_of
from leaderboard.models import Snapshot
from leaderboard.selectors import boards as selectors

COLUMNS = (
    "rating",
    "low",
    "high",
    "rank_low",
    "rank_high",
    "votes",
    "wins",
    "losses",
    "ties",
    "both_bad",
    "status",
)
FORMATS = {"json", "csv"}


class SnapshotLine(serializers.Serializer[Snapshot]):
    """A snapshot in a list."""

    number = whole()
    published_at = moment(source="created_at")
    votes = whole()
    annotators = whole()
    method = text()
    result_sha256 = text()


def find(slug: str, number_: int) -> Snapshot:
    """One published snapshot of a public board."""
    return get_object_or_404(
        selectors.published(), board__in=selectors.shown().filter(slug=slug), number=number_
    )


class Snapshots(ApiView):
    """A board's snapshots."""

    access = {"GET": OPEN}

    @extend_schema(operation_id="snapshots", responses=page_of("Snapshot", SnapshotLine))
    def get(self, request: Request, slug: str) -> Response:
        """List them, the newest first."""
        board = get_object_or_404(selectors.shown(), slug=slug)
        rows = Snapshot.objects.filter(board=board)
        return page(rows, request, lambda row: SnapshotLine(row).data, ordering="-number")


class Latest(ApiView):
    """The newest snapshot."""

    access = {"GET": OPEN}

    @extend_schema(operation_id="snapshot_latest", responses={302: None})
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """Lead to the newest snapshot's own address, which lasts."""
        board = get_object_or_404(selectors.shown(), slug=slug)
        snapshot = selectors.current(board)
        if snapshot is None:
            raise NotFound
        address = reverse("api-snapshot", kwargs={"slug": slug, "number": snapshot.number})
        return HttpResponseRedirect(address)


class SnapshotDetail(ApiView):
    """One snapshot."""

    access = {"GET": OPEN}
    filters = {"format": "json or csv."}

    @extend_schema(operation_id="snapshot", responses={200: SnapshotSerializer, 304: None})
    def get(self, request: Request, slug: str, number: int) -> HttpResponseBase:
        """Show one published computation: what came out, from what, and how; `format=csv`: its standings."""
        snapshot = find(slug, number)
        wanted = request.query_params.get("format", "json")
        if wanted not in FORMATS:
            raise Refused("A format is json or csv.", "malformed", status=400)
        if wanted == "csv":
            return _csv(snapshot)
        return tagged(request, state_of(snapshot), lambda: SnapshotSerializer(snapshot).data)


def _csv(snapshot: Snapshot) -> HttpResponse:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["system", "name", *COLUMNS])
    for line in snapshot.standings.all():
        values = [getattr(line, name) for name in COLUMNS]
        writer.writerow([line.system.shown_slug, line.system.display_name, *values])
    return HttpResponse(buffer.getvalue(), content_type="text/csv")


class HeadToHeads(ApiView):
    """Who met whom."""

    access = {"GET": OPEN}

    @extend_schema(
        operation_id="head_to_head",
        responses={
            200: inline_serializer("HeadToHeads", {"results": HeadToHeadSerializer(many=True)}),
            304: None,
        },
    )
    def get(self, request: Request, slug: str, number: int) -> HttpResponseBase:
        """Show wins, losses, ties and both bad of every pair of systems."""
        snapshot = find(slug, number)

        def body() -> dict[str, Any]:
            return {"results": HeadToHeadSerializer(snapshot.pairs, many=True).data}

        return tagged(request, state_of(snapshot), body)
