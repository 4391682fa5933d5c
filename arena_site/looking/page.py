"""The addresses of the drill-downs inside the admin, and who looked at whom (M33)."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db import models, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from arena_site.looking import people, prompts, systems
from inference.admin.base import LOOKED_AT, ReadOnlyAdmin, person
from inference.models import Prompt, System
from inference.services import audit
from judging.models import Annotator


def addresses(site: admin.AdminSite) -> list[URLPattern]:
    """Give the three pages their places."""
    return [
        path(f"look/{name}/<int:key>/", site.admin_view(view(site)), name=f"look_{name}")
        for name, view in {"system": _system, "prompt": _prompt, "person": _person}.items()
    ]


def _system(site: admin.AdminSite) -> Callable[..., HttpResponseBase]:
    @require_safe
    def show(request: HttpRequest, key: int) -> HttpResponseBase:
        rows = System.objects.select_related("model__team").prefetch_related("languages")
        system = get_object_or_404(rows, pk=key)
        return _answer(site, request, system, "system", systems.of(system))

    return show


def _prompt(site: admin.AdminSite) -> Callable[..., HttpResponseBase]:
    @require_safe
    def show(request: HttpRequest, key: int) -> HttpResponseBase:
        rows = Prompt.objects.select_related(
            "prompt_set", "task", "level", "language", "playback", "clean_original"
        )
        prompt = get_object_or_404(rows, pk=key)
        return _answer(site, request, prompt, "prompt", prompts.of(prompt))

    return show


def _person(site: admin.AdminSite) -> Callable[..., HttpResponseBase]:
    @require_safe
    def show(request: HttpRequest, key: int) -> HttpResponseBase:
        annotator = get_object_or_404(Annotator.objects.select_related("user"), pk=key)
        with transaction.atomic():
            audit.record(action="annotator.view", target=annotator, actor=person(request), reason=LOOKED_AT)
        return _answer(site, request, annotator, "person", people.of(annotator))

    return show


def _answer(
    site: admin.AdminSite, request: HttpRequest, row: models.Model, name: str, found: dict[str, Any]
) -> HttpResponseBase:
    table = site.get_model_admin(type(row))
    assert isinstance(table, ReadOnlyAdmin)  # noqa: S101 -- every table of this site is one
    context = {
        **site.each_context(request),
        "title": str(row),
        "opts": table.opts,
        "row": row,
        "decisions": table.get_action_choices(request, default_choices=[]),
        "media": table.media,
        **found,
    }
    return TemplateResponse(request, f"admin/looking/{name}.html", context)
