"""Prompt sets: what there is to answer, and the sounds of it."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from inference.api.access import ANY_TOKEN, OPEN
from inference.api.base import ApiView
from inference.api.pages import page
from inference.api.renderers import LINES, Audio, Lines, Zip
from inference.api.shapes import maybe, moment, page_of, text, whole
from inference.models import Prompt, PromptSet
from inference.services import archives, media

PUBLIC = Q(prompts__split=Prompt.Split.PUBLIC, prompts__state=Prompt.State.OK)


class PromptSetShape(serializers.Serializer[PromptSet]):
    """A version of a prompt set."""

    id = text(source="address")
    slug = text()
    version = whole()
    title = text()
    licence = text()
    prompts = whole(help_text="Public ones.")
    frozen_at = maybe(serializers.DateTimeField)
    published_at = moment()


def published() -> QuerySet[PromptSet]:
    """The sets that everybody may see, each with how many prompts it has."""
    sets = PromptSet.objects.filter(published_at__isnull=False)
    return sets.annotate(prompts_public=Count("prompts", filter=PUBLIC))


def _shown(prompt_set: Any) -> dict[str, Any]:
    return {
        "id": prompt_set.address,
        "slug": prompt_set.slug,
        "version": prompt_set.version,
        "title": prompt_set.title,
        "licence": prompt_set.licence,
        "prompts": prompt_set.prompts_public,
        "frozen_at": prompt_set.frozen_at,
        "published_at": prompt_set.published_at,
    }


class PromptSets(ApiView):
    """All published prompt sets."""

    access = {"GET": OPEN}

    @extend_schema(operation_id="prompt_sets", responses=page_of("PromptSet", PromptSetShape))
    def get(self, request: Request) -> Response:
        """List them, the newest first."""
        return page(published(), request, _shown)


class PromptSetDetail(ApiView):
    """One version of a set."""

    access = {"GET": OPEN}

    @extend_schema(operation_id="prompt_set", responses=PromptSetShape)
    def get(self, request: Request, slug: str, version: int) -> Response:
        """Show one version."""
        return Response(_shown(get_object_or_404(published(), slug=slug, version=version)))


class Manifest(ApiView):
    """The prompts of a set."""

    access = {"GET": OPEN}
    renderer_classes = [Lines]

    @extend_schema(operation_id="prompt_set_manifest", responses={(200, LINES): OpenApiTypes.STR, 304: None})
    def get(self, request: Request, slug: str, version: int) -> HttpResponseBase:
        """Send one JSON line a public prompt: id, language, task, level, text, sha256, bytes, audio."""
        prompt_set = get_object_or_404(published(), slug=slug, version=version)
        mark = _mark(prompt_set)
        unchanged: HttpResponseBase | None = get_conditional_response(request, etag=mark)
        if unchanged:
            return unchanged
        lines = (
            json.dumps(_line(prompt, request), ensure_ascii=False) + "\n" for prompt in _prompts(prompt_set)
        )
        answer = StreamingHttpResponse(lines, content_type=LINES)
        answer["ETag"] = mark
        return answer


class Archive(ApiView):
    """All sounds of a set."""

    access = {"GET": ANY_TOKEN}
    renderer_classes = [Zip]
    is_large = True

    @extend_schema(
        operation_id="prompt_set_archive",
        responses={(200, "application/zip"): OpenApiTypes.BINARY, 304: None},
    )
    def get(self, request: Request, slug: str, version: int) -> HttpResponseBase:
        """Send all public prompts as one zip, with the manifest in it."""
        prompt_set = get_object_or_404(published(), slug=slug, version=version)
        mark = _mark(prompt_set)
        unchanged: HttpResponseBase | None = get_conditional_response(request, etag=mark)
        if unchanged:
            return unchanged
        prompts = list(_prompts(prompt_set))
        manifest = "".join(
            json.dumps(_line(prompt, request), ensure_ascii=False) + "\n" for prompt in prompts
        )
        files: Iterator[tuple[str, bytes]] = (
            (file_name(prompt), media.read(prompt.raw)) for prompt in prompts
        )
        answer = StreamingHttpResponse(
            archives.zipped([("manifest.jsonl", manifest.encode())], files), content_type="application/zip"
        )
        name = f"{prompt_set.slug}-{prompt_set.version}.zip"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        answer["ETag"] = mark
        return answer


class PromptAudio(ApiView):
    """The sound of one prompt."""

    access = {"GET": ANY_TOKEN}
    renderer_classes = [Audio]
    is_large = True

    @extend_schema(
        operation_id="prompt_audio",
        responses={
            (200, "audio/*"): OpenApiTypes.BINARY,
            (206, "audio/*"): OpenApiTypes.BINARY,
            304: None,
            416: None,
        },
    )
    def get(self, request: Request, prompt: UUID) -> HttpResponseBase:
        """Send the prompt as it was recorded; ranges are answered."""
        found = get_object_or_404(
            Prompt.objects.select_related("raw"),
            public_id=prompt,
            split=Prompt.Split.PUBLIC,
            state=Prompt.State.OK,
            prompt_set__published_at__isnull=False,
        )
        answer = archives.ranged(
            media.read(found.raw), media_type=found.raw.media_type, asked=request.headers.get("Range", "")
        )
        mark = f'"{found.raw.sha256}"'
        unchanged: HttpResponse | None = get_conditional_response(request, etag=mark, response=answer)
        answer["ETag"] = mark
        return unchanged or answer


ENDINGS = {"audio/flac": "flac", "audio/mpeg": "mp3", "audio/ogg": "ogg"}


def file_name(prompt: Prompt) -> str:
    """What the archive calls a prompt's sound: its id, whatever that holds, cannot leave the folder."""
    plain = "".join(one if one.isalnum() or one in "-_." else "_" for one in prompt.slug).lstrip(".")
    return f"audio/{plain or prompt.public_id}.{ENDINGS.get(prompt.raw.media_type, 'wav')}"


def prompt_shown(prompt: Prompt, request: Request) -> dict[str, Any]:
    """A prompt as a pull worker gets it."""
    return {
        "id": prompt.slug,
        "language": prompt.language.code if prompt.language else None,
        "audio": reverse("api-prompt-audio", kwargs={"prompt": prompt.public_id}, request=request),
        "sha256": prompt.raw.sha256,
        "bytes": prompt.raw.bytes,
        "media_type": prompt.raw.media_type,
    }


def _line(prompt: Prompt, request: Request) -> dict[str, Any]:
    return {
        **prompt_shown(prompt, request),
        "answer_language": prompt.answer_language.code if prompt.answer_language else None,
        "task": prompt.task.slug,
        "level": prompt.level.number if prompt.level else None,
        "text": prompt.transcript,
        "duration_ms": prompt.raw.duration_ms,
        "file": file_name(prompt),
        "licence": prompt.licence,
    }


def _prompts(prompt_set: PromptSet) -> QuerySet[Prompt]:
    rows = prompt_set.prompts.filter(split=Prompt.Split.PUBLIC, state=Prompt.State.OK)
    return rows.select_related("raw", "language", "answer_language", "task", "level").order_by("slug")


def _mark(prompt_set: PromptSet) -> str:
    """Say in which state a set is: once it is frozen, it only ever loses prompts."""
    rows = prompt_set.prompts.filter(split=Prompt.Split.PUBLIC, state=Prompt.State.OK)
    found = rows.aggregate(count=Count("pk"), last=Max("pk"))
    said = f"{prompt_set.pk} {prompt_set.published_at} {found['count']} {found['last']}"
    return f'"{hashlib.sha256(said.encode()).hexdigest()[:32]}"'
