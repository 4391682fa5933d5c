"""What is open about how the boards came about: shares of the votes, exclusions, announcements, releases."""

from collections import defaultdict
from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from inference.api.access import OPEN
from inference.api.base import ApiView
from inference.api.pages import page
from inference.api.renderers import Octets
from inference.api.shapes import Fields, maybe, moment, page_of, text, whole
from leaderboard.models import Announcement, Release, Snapshot
from leaderboard.selectors import boards as selectors
from leaderboard.selectors import releases

SHARE: Fields = {
    "name": text(),
    "votes": whole(),
    "share": serializers.FloatField(help_text="Of the snapshot's votes, each of which is on two systems."),
    "target": serializers.FloatField(help_text="If all systems were judged equally often."),
}
EXCLUSION: Fields = {
    "board": text(),
    "snapshot": whole(),
    "rule": text(),
    "votes": whole(),
    "sentence_en": text(),
    "sentence_zh_hans": text(),
}


def _snapshots() -> list[Snapshot]:
    """The current snapshot of each board that reads all votes on a criterion."""
    found = (selectors.current(board) for board in selectors.whole())
    return [snapshot for snapshot in found if snapshot is not None]


class Shares(ApiView):
    """Who was judged how often."""

    access = {"GET": OPEN}

    @extend_schema(
        operation_id="shares",
        responses=inline_serializer(
            "Shares",
            {
                "board": maybe(serializers.CharField),
                "snapshot": maybe(serializers.IntegerField),
                "systems": inline_serializer("SystemShare", SHARE | {"system": text()}, many=True),
                "owners": inline_serializer("OwnerShare", SHARE, many=True),
            },
        ),
    )
    def get(self, request: Request) -> Response:
        """Show each system's and each owner's share of the votes of the first board's current snapshot."""
        snapshot = next(iter(_snapshots()), None)
        return Response(_shares(snapshot))


def _shares(snapshot: Snapshot | None) -> dict[str, Any]:
    lines = list(snapshot.standings.all()) if snapshot else []
    total, equal = sum(line.votes for line in lines), 1 / max(len(lines), 1)
    owners: dict[str, list[int]] = defaultdict(list)
    systems = []
    for line in lines:
        hidden = line.system.state == line.system.State.CODENAMED
        # A codename stands for its owner too until it is revealed.
        owners[line.system.display_name if hidden else line.system.model.provider].append(line.votes)
        systems.append(
            {"system": line.system.shown_slug} | _share(line.system.display_name, line.votes, total, equal)
        )
    return {
        "board": snapshot.board.slug if snapshot else None,
        "snapshot": snapshot.number if snapshot else None,
        "systems": systems,
        "owners": [
            _share(name, sum(votes), total, equal * len(votes)) for name, votes in sorted(owners.items())
        ],
    }


def _share(name: str, votes: int, total: int, target: float) -> dict[str, Any]:
    return {"name": name, "votes": votes, "share": votes / total if total else 0.0, "target": target}


class Exclusions(ApiView):
    """What does not count."""

    access = {"GET": OPEN}

    @extend_schema(
        operation_id="exclusions",
        responses=inline_serializer(
            "Exclusions", {"results": inline_serializer("ExclusionCount", EXCLUSION, many=True)}
        ),
    )
    def get(self, request: Request) -> Response:
        """Count the votes that rules kept out of each board's current snapshot, with the rule's sentence."""
        rows = [
            {"board": snapshot.board.slug, "snapshot": snapshot.number, **row}
            for snapshot in _snapshots()
            for row in snapshot.card.get("exclusions", [])
        ]
        return Response({"results": rows})


class AnnouncementShape(serializers.Serializer[Announcement]):
    """One entry of the changelog."""

    at = moment()
    kind = text()
    title_en = text()
    title_zh_hans = text()
    body_en = text()
    body_zh_hans = text()
    board = maybe(serializers.CharField, source="snapshot.board.slug", default=None)
    snapshot = maybe(serializers.IntegerField, source="snapshot.number", default=None)


class Announcements(ApiView):
    """The changelog."""

    access = {"GET": OPEN}

    @extend_schema(operation_id="announcements", responses=page_of("Announcement", AnnouncementShape))
    def get(self, request: Request) -> Response:
        """List what readers of the boards should know, the newest first."""
        rows = Announcement.objects.select_related("snapshot__board")
        return page(rows, request, lambda row: AnnouncementShape(row).data)


OCTETS = "application/octet-stream"
RELEASE_FILE: Fields = {
    "name": text(),
    "bytes": whole(),
    "sha256": text(),
    "rows": whole(),
    "media_type": text(),
    "address": text(),
}


class ReleaseShape(serializers.Serializer[Any]):
    """A release, with the checksums of its files."""

    version = text()
    title = text()
    licence = text()
    withdrawn = whole(help_text="Votes left out because a person withdrew.")
    published_at = moment()
    files = inline_serializer("ReleaseFile", RELEASE_FILE, many=True)


def _shown(release: Release, request: Request) -> dict[str, Any]:
    files = [
        {name: getattr(file, name) for name in ("name", "bytes", "sha256", "rows", "media_type")}
        | {
            "address": reverse(
                "api-release-file", kwargs={"version": release.version, "name": file.name}, request=request
            )
        }
        for file in release.files.all()
    ]
    names = ("version", "title", "licence", "withdrawn", "published_at")
    return {name: getattr(release, name) for name in names} | {"files": files}


class Releases(ApiView):
    """Open data."""

    access = {"GET": OPEN}

    @extend_schema(operation_id="releases", responses=page_of("Release", ReleaseShape))
    def get(self, request: Request) -> Response:
        """List the published releases, the newest first."""
        return page(releases.published(), request, lambda row: _shown(row, request))


class ReleaseDetail(ApiView):
    """One release."""

    access = {"GET": OPEN}

    @extend_schema(operation_id="release", responses=ReleaseShape)
    def get(self, request: Request, version: str) -> Response:
        """Show a release and its files."""
        return Response(_shown(get_object_or_404(releases.published(), version=version), request))


class ReleaseFileDetail(ApiView):
    """One file of a release."""

    access = {"GET": OPEN}
    renderer_classes = [Octets]
    is_large = True

    @extend_schema(
        operation_id="release_file",
        responses={(200, OCTETS): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, version: str, name: str) -> HttpResponseBase:
        """Send a file as it was published; its checksum is in the release."""
        release = get_object_or_404(releases.published(), version=version)
        file = get_object_or_404(release.files, name=name)
        return FileResponse(
            default_storage.open(file.storage_key),
            as_attachment=True,
            filename=file.name,
            # A fixed type: what a file of ours says of itself is in the release, and no browser acts on it.
            content_type=OCTETS,
        )
