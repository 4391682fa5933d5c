"""Files of a submission, part by part."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar
from uuid import UUID

from django.db import connection
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from inference.api.access import scoped
from inference.api.base import PARTS, ApiView, created
from inference.api.fields import Body, PlainText, read
from inference.api.once import once
from inference.api.pages import page
from inference.api.shapes import maybe, page_of, text, whole
from inference.api.submissions import find
from inference.errors import Refused, codes
from inference.models import ApiToken, Scope, Upload
from inference.services import parts, uploads

WRITE = scoped(Scope.SUBMISSIONS)
AUDIO = (
    *(name for name in codes.AUDIO if name.startswith("audio_")),
    "no_audio",
    "file_too_large",
    "archive_not_accepted",
    "upload_hash_mismatch",
    "upload_expired",
)
AT_ONCE = 5
# Any number that no other advisory lock of ours has.
LOCK_SPACE = 7_209_116


class FileBody(Body):
    """A file that is to come."""

    sha256 = serializers.RegexField(r"^[0-9a-f]{64}$")
    bytes = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    name = PlainText(max_length=200, required=False, allow_blank=True)


class FilesBody(Body):
    """Files that are to come."""

    files: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=FileBody(), allow_empty=False, max_length=uploads.MOST_FILES
    )


class UploadShape(serializers.Serializer[Any]):
    """A file, and which of its parts are not here."""

    id = serializers.UUIDField()
    sha256 = text()
    bytes = whole()
    name = text()
    state = text()
    part_bytes = whole()
    missing = serializers.ListField(child=whole())
    put = text(help_text="Where parts go; {n} is the part's number.")
    code = maybe(serializers.CharField)
    sentence = maybe(serializers.CharField)
    checks = serializers.DictField()


def shown(upload: Upload, request: Request) -> dict[str, Any]:
    """A file with its parts, which are prefetched."""
    put = reverse("api-part", kwargs={"upload": upload.public_id, "number": 0}, request=request)
    return {
        "id": upload.public_id,
        "sha256": upload.sha256,
        "bytes": upload.bytes,
        "name": upload.file_name,
        "state": upload.state,
        "part_bytes": upload.part_bytes,
        "missing": uploads.missing(upload),
        "put": f"{put.removesuffix('0')}{{n}}",
        "code": upload.check_code or None,
        "sentence": upload.check_message or None,
        "checks": upload.checks,
    }


class Uploads(ApiView):
    """A submission's files."""

    access = {"GET": WRITE, "POST": WRITE}
    filters = {"state": "open, complete, refused, expired or discarded."}
    refusals = {"POST": ("wrong_state", "file_too_large", "storage_full")}

    @extend_schema(operation_id="uploads", responses=page_of("Upload", UploadShape))
    def get(self, request: Request, submission: UUID) -> Response:
        """List a submission's files; `state=refused` shows those that cannot be taken, and why."""
        rows = find(self.team, submission).uploads.prefetch_related("parts")
        if state := request.query_params.get("state"):
            rows = rows.filter(state=state)
        return page(rows, request, lambda row: shown(row, request))

    @extend_schema(
        operation_id="upload_register",
        request=FilesBody,
        responses={201: inline_serializer("Uploads", {"uploads": UploadShape(many=True)})},
    )
    @once
    def post(self, request: Request, submission: UUID) -> Response:
        """Say which files will come, up to 200; what the team sent before is complete at once."""
        files = [
            uploads.File(sha256=one["sha256"], bytes=one["bytes"], name=one.get("name", ""))
            for one in read(FilesBody, request)["files"]
        ]
        made = uploads.register(find(self.team, submission), files, by=self.person)
        return created({"uploads": [shown(upload, request) for upload in made]})


def own(view: ApiView, upload: UUID) -> Upload:
    """One of the team's files."""
    return get_object_or_404(
        Upload.objects.select_related("team").prefetch_related("parts"), public_id=upload, team=view.team
    )


class UploadDetail(ApiView):
    """One file."""

    access = {"GET": WRITE}

    @extend_schema(operation_id="upload", responses=UploadShape)
    def get(self, request: Request, upload: UUID) -> Response:
        """Show a file, and which of its parts are not here."""
        return Response(shown(own(self, upload), request))


class Bytes(BaseParser):
    """Takes any body as it is; nothing reads it before the view does."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Hand the stream on."""
        return stream


class Part(ApiView):
    """One part of a file."""

    access = {"PUT": WRITE}
    rate = PARTS
    parser_classes: ClassVar[list[type[BaseParser]]] = [Bytes]  # type: ignore[misc]
    refusals = {"PUT": ("part_digest_mismatch", "not_found", *AUDIO)}

    @extend_schema(
        operation_id="upload_part",
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses=UploadShape,
        parameters=[
            OpenApiParameter(
                "Content-Digest", str, OpenApiParameter.HEADER, required=True, description="sha-256=:…:"
            )
        ],
    )
    def put(self, request: Request, upload: UUID, number: int) -> Response:
        """Send a part; the same one again is no harm. A file of one part is looked at when it is here."""
        found = own(self, upload)
        sha256 = parts.digest_of(request.headers.get("Content-Digest", ""))
        size = uploads.part_size(found, number)
        if not str(request.META.get("CONTENT_LENGTH") or "").isdigit():
            raise Refused("Say how long the part is: Content-Length.", "malformed", status=400)
        if int(request.META["CONTENT_LENGTH"]) != size:
            raise Refused(f"Part {number} has to have {size:,} bytes.", "malformed", status=400)
        uploads.require_open(found)
        if found.state == Upload.State.COMPLETE:
            return Response(shown(found, request))
        with one_of_few(self.token):
            there = next((part for part in found.parts.all() if part.number == number), None)
            if there and there.sha256 == sha256:
                done = uploads.complete(found) if found.parts_expected == 1 else found
            else:
                stored = parts.store(request._request, size=size, sha256=sha256)  # type: ignore[arg-type]  # noqa: SLF001 -- the stream
                done = uploads.add_part(found, number, stored)
        return Response(shown(done, request))


class Complete(ApiView):
    """The end of a file of many parts."""

    access = {"POST": WRITE}
    refusals = {"POST": ("upload_incomplete", *AUDIO)}

    @extend_schema(operation_id="upload_complete", request=None, responses=UploadShape)
    @once(by_nature=True)
    def post(self, request: Request, upload: UUID) -> Response:
        """Put the parts together, check size and hash, and look at the sound."""
        with one_of_few(self.token):
            done = uploads.complete(own(self, upload))
        return Response(shown(done, request))


@contextmanager
def one_of_few(token: ApiToken) -> Iterator[None]:
    """Take one of the five places in which a token may send at once.

    The place is a lock of this connection: whatever becomes of the process, it is free again.

    Raises:
        Refused: `rate_limited`.
    """
    mark = int.from_bytes(hashlib.sha256(f"upload {token.pk}".encode()).digest()[:3]) * AT_ONCE
    place = next((mark + slot for slot in range(AT_ONCE) if _locked(mark + slot)), None)
    if place is None:
        message = f"At most {AT_ONCE} uploads at once."
        raise Refused(message, "rate_limited", status=429, retry_after_seconds=1)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, place])


def _locked(place: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, place])
        return bool(cursor.fetchone()[0])
