"""A system as it is shown, to whom, and what may be said of it."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.reverse import reverse

from inference.api.fields import Body, PlainJson, PlainText
from inference.api.shapes import maybe, text
from inference.errors import Refused
from inference.models import Language, System, Team

PUBLIC = (System.State.CODENAMED, System.State.LIVE, System.State.RETIRED)


class SystemShape(serializers.Serializer[System]):
    """A system as everybody sees it; while it is codenamed, its codename and nothing that tells who it is."""

    slug = text(help_text="Its codename while it has one.")
    name = text()
    state = text()
    label = text()  # type: ignore[assignment]  # DRF moves fields off the class
    model = maybe(serializers.CharField)
    is_partial = serializers.BooleanField()
    reveal_at = maybe(serializers.DateTimeField)
    first_public_at = maybe(serializers.DateTimeField)
    retire_reason = text()
    replaced_by = maybe(serializers.CharField)
    own = maybe(serializers.DictField, help_text="What only its team sees.")
    links = serializers.DictField(child=text())


class SystemBody(Body):
    """A competitor that is wanted."""

    model = serializers.SlugField(max_length=50)
    version = PlainText(max_length=80)
    revision = PlainText(max_length=120, required=False, allow_blank=True)
    voice = PlainText(max_length=80, required=False, allow_blank=True)
    voice_presentation = serializers.ChoiceField(System.VoicePresentation.choices, required=False)
    languages = serializers.ListField(child=serializers.CharField(max_length=35), max_length=50)
    system_prompt = PlainText(max_length=8_000, required=False, allow_blank=True)
    settings = PlainJson(required=False)


class SystemChange(Body):
    """What may change of a draft; once it is frozen, nothing."""

    version = PlainText(max_length=80, required=False)
    revision = PlainText(max_length=120, required=False, allow_blank=True)
    voice = PlainText(max_length=80, required=False, allow_blank=True)
    voice_presentation = serializers.ChoiceField(System.VoicePresentation.choices, required=False)
    languages = serializers.ListField(
        child=serializers.CharField(max_length=35), max_length=50, required=False
    )
    system_prompt = PlainText(max_length=8_000, required=False, allow_blank=True)
    settings = PlainJson(required=False)


class CodenameBody(Body):
    """Another name for a while."""

    codename = serializers.SlugField(max_length=40)
    reveal_at = serializers.DateTimeField()


class ReasonBody(Body):
    """Why."""

    reason = PlainText(max_length=400)


def shown(system: System, team: Team | None, request: Request) -> dict[str, Any]:
    """A system as somebody of this team, or of none, sees it."""
    mine = team is not None and system.model.team_id == team.pk
    hidden = system.state == System.State.CODENAMED and not mine
    slug = str(system.codename) if hidden else system.slug
    own = reverse("api-system", kwargs={"slug": slug}, request=request)
    return {
        "slug": slug,
        "name": system.own_name if mine else system.display_name,
        "state": system.state,
        "label": system.label,
        "model": None if hidden else system.model.slug,
        "is_partial": system.is_partial,
        "reveal_at": system.reveal_at if system.codename else None,
        "first_public_at": system.first_public_at,
        "retire_reason": system.retire_reason,
        "replaced_by": system.replaced_by.slug if system.replaced_by else None,
        "own": _own(system) if mine else None,
        "links": {"self": own, "submit": reverse("api-submissions", request=request)}
        if mine
        else {"self": own},
    }


def _own(system: System) -> dict[str, Any]:
    return {
        "version": system.version,
        "revision": system.revision,
        "voice": system.voice,
        "voice_presentation": system.voice_presentation,
        "languages": sorted(language.code for language in system.languages.all()),
        "system_prompt": system.system_prompt,
        "settings": system.settings,
        "adapter": system.adapter,
        "config": system.config,
        "delivery": system.delivery if system.frozen_at else None,
        "codename": system.codename,
        "frozen_at": system.frozen_at,
        "paused": system.pause_code or None,
    }


def systems_for(team: Team | None) -> QuerySet[System]:
    """The systems that somebody may see."""
    mine = Q(model__team=team) if team else Q(pk=None)
    rows = System.objects.filter(mine | Q(state__in=PUBLIC))
    return rows.select_related("model", "replaced_by").prefetch_related("languages")


def find(team: Team | None, slug: str) -> System:
    """A system by what somebody may know of it: while it is codenamed, its slug is its team's alone."""
    mine = Q(model__team=team) if team else Q(pk=None)
    hidden = Q(state=System.State.CODENAMED)
    named = (Q(slug=slug) & (mine | ~hidden)) | (Q(codename=slug) & hidden)
    found = systems_for(team).filter(named).first()
    if found is None:
        raise Http404
    return found


def own(team: Team, slug: str) -> System:
    """A system of the team's own."""
    return get_object_or_404(systems_for(team), slug=slug, model__team=team)


def languages_of(codes: list[str]) -> list[Language]:
    """The languages with these codes.

    Raises:
        Refused: `field_invalid`, naming those that there are not.
    """
    found = {language.code: language for language in Language.objects.filter(code__in=codes)}
    if unknown := sorted(set(codes) - set(found)):
        raise Refused(f"There is no language {unknown[0]!r} here; see /api/v1/languages.", "field_invalid")
    return list(found.values())
