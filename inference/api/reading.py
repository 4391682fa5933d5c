"""What everybody may read: the state of the arena, the taxonomy, and what can be configured."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db import models
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from inference.adapters import registry
from inference.api.access import OPEN
from inference.api.base import ApiView
from inference.api.shapes import Fields, text
from inference.errors import Refused
from inference.models import Alarm, Domain, Job, Language, Level, Submission, Task
from inference.services.submissions.drafting import ADAPTERS

VERSION = "1"


class Status(ApiView):
    """How the arena is."""

    access = {"GET": OPEN}

    @extend_schema(
        operation_id="status",
        responses=inline_serializer(
            "Status",
            {
                "version": text(),
                "at": serializers.DateTimeField(),
                "queues": serializers.DictField(child=serializers.IntegerField()),
                "awaiting_review": serializers.IntegerField(),
                "incidents": serializers.IntegerField(help_text="Urgent alarms that are open."),
            },
        ),
    )
    def get(self, request: Request) -> Response:
        """Say how much waits in each queue, and whether something is wrong."""
        waiting = Job.objects.filter(state=Job.State.QUEUED).values_list("system__delivery")
        counted = dict(waiting.annotate(count=models.Count("pk")).order_by())
        urgent = Alarm.objects.filter(severity=Alarm.Severity.URGENT, closed_at=None)
        review = Submission.objects.filter(state=Submission.State.AWAITING_REVIEW)
        return Response(
            {
                "version": VERSION,
                "at": timezone.now(),
                "queues": counted,
                "awaiting_review": review.count(),
                "incidents": urgent.count(),
            }
        )


class TaxonomyList(ApiView):
    """One part of the taxonomy, whole."""

    access = {"GET": OPEN}
    rows: ClassVar[Callable[[], models.QuerySet[Any]]]
    fields: ClassVar[dict[str, str]]

    def get(self, request: Request) -> Response:
        """List all of them."""
        names = list(self.fields)
        found = type(self).rows().values_list(*(self.fields[name] for name in names))
        return Response({"results": [dict(zip(names, row, strict=True)) for row in found]})


def _listed(name: str, fields: Fields) -> Any:
    one = inline_serializer(name, fields, many=True)
    answer = inline_serializer(f"{name}s", {"results": one})
    return extend_schema_view(get=extend_schema(operation_id=f"{name.lower()}s", responses=answer))


NAMES = {"name_en": text(), "name_zh_hans": text()}


@_listed("Language", {"code": text(), **NAMES})
class Languages(TaxonomyList):
    """The languages of prompts."""

    rows = Language.objects.all
    fields = {"code": "code", "name_en": "name_en", "name_zh_hans": "name_zh_hans"}


@_listed("Domain", {"slug": text(), **NAMES})
class Domains(TaxonomyList):
    """The domains of tasks."""

    rows = Domain.objects.all
    fields = {"slug": "slug", "name_en": "name_en", "name_zh_hans": "name_zh_hans"}


@_listed(
    "Level",
    {
        "number": serializers.IntegerField(),
        "slug": text(),
        **NAMES,
        "description_en": text(),
        "description_zh_hans": text(),
    },
)
class Levels(TaxonomyList):
    """How much of the voice a prompt tests."""

    rows = Level.objects.all
    fields = {
        name: name
        for name in ("number", "slug", "name_en", "name_zh_hans", "description_en", "description_zh_hans")
    }


@_listed(
    "Task", {"slug": text(), "domain": text(), **NAMES, "guidance_en": text(), "guidance_zh_hans": text()}
)
class Tasks(TaxonomyList):
    """What prompts ask for."""

    rows = Task.objects.all
    fields = {
        "slug": "slug",
        "domain": "domain__slug",
        "name_en": "name_en",
        "name_zh_hans": "name_zh_hans",
        "guidance_en": "guidance_en",
        "guidance_zh_hans": "guidance_zh_hans",
    }


ADAPTER: Fields = {"name": text(), "kinds": serializers.ListField(child=text()), "description": text()}
SCHEMA: Fields = {**ADAPTER, "config": serializers.DictField(help_text="A JSON Schema.")}


class Adapters(ApiView):
    """The adapters that submissions may name."""

    access = {"GET": OPEN}

    @extend_schema(
        operation_id="adapters",
        responses=inline_serializer(
            "Adapters", {"results": inline_serializer("Adapter", ADAPTER, many=True)}
        ),
    )
    def get(self, request: Request) -> Response:
        """List them."""
        return Response({"results": [_shown(name) for name in _offered()]})


class AdapterDetail(ApiView):
    """One adapter."""

    access = {"GET": OPEN}

    @extend_schema(operation_id="adapter", responses=inline_serializer("AdapterDetail", SCHEMA))
    def get(self, request: Request, name: str) -> Response:
        """Show what can be configured, as a JSON Schema."""
        if name not in _offered():
            raise Http404
        try:
            return Response({**_shown(name), "config": registry.resolve(name).model_json_schema()})
        except Refused as refused:
            raise Http404 from refused


def _offered() -> list[str]:
    return sorted({name for names in ADAPTERS.values() for name in names})


def _shown(name: str) -> dict[str, Any]:
    said = (registry.resolve(name).__doc__ or "").strip().splitlines()[0]
    return {
        "name": name,
        "kinds": [kind for kind, names in ADAPTERS.items() if name in names],
        "description": said,
    }
