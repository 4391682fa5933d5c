"""Models and systems: what a team brings, and what everybody sees of it."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.text import slugify
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from inference.api.access import OPEN, scoped
from inference.api.base import ApiView, created
from inference.api.fields import Body, PlainJson, PlainText, read
from inference.api.once import once
from inference.api.pages import page
from inference.api.shapes import maybe, page_of, text
from inference.errors import Refused
from inference.models import Language, Model, Scope, System, Team
from inference.services import audit, publishing, systems

PUBLIC = (System.State.CODENAMED, System.State.LIVE, System.State.RETIRED)
OWN = "Their own team's model."


class ModelShape(serializers.Serializer[Model]):
    """A family of systems."""

    slug = text()
    name = text()
    provider = text()
    licence = text()
    url = text()
    card = text()
    training_data_note = text()


class ModelBody(Body):
    """A family that is wanted."""

    slug = serializers.SlugField(max_length=50, required=False)
    name = PlainText(max_length=120)
    provider = PlainText(max_length=120, required=False)
    licence = PlainText(max_length=120)
    url = serializers.URLField(max_length=200, required=False, allow_blank=True)
    card = PlainText(max_length=20_000, required=False, allow_blank=True)
    training_data_note = PlainText(max_length=5_000, required=False, allow_blank=True)


class ModelChange(Body):
    """What may change of a family at any time."""

    name = PlainText(max_length=120, required=False)
    url = serializers.URLField(max_length=200, required=False, allow_blank=True)
    card = PlainText(max_length=20_000, required=False, allow_blank=True)
    training_data_note = PlainText(max_length=5_000, required=False, allow_blank=True)


def models_for(team: Team | None) -> QuerySet[Model]:
    """The families that somebody may see: the team's own, and those with a system under its own name."""
    shown = [System.State.LIVE, System.State.RETIRED]
    mine = Q(team=team) if team else Q(pk=None)
    return Model.objects.filter(mine | Q(systems__state__in=shown)).distinct()


class Models(ApiView):
    """Families of systems."""

    access = {"GET": OPEN, "POST": scoped(Scope.SYSTEMS)}
    refusals = {"POST": ("slug_taken",)}

    @extend_schema(operation_id="models", responses=page_of("Model", ModelShape))
    def get(self, request: Request) -> Response:
        """List the families that are public, and the token's team's own."""
        keys = models_for(self.asking_team).values("pk")
        return page(Model.objects.filter(pk__in=keys), request, lambda row: ModelShape(row).data)

    @extend_schema(operation_id="model_create", request=ModelBody, responses={201: ModelShape})
    @once
    def post(self, request: Request) -> Response:
        """Bring a family."""
        body = read(ModelBody, request)
        body.setdefault("provider", self.team.provider or self.team.name)
        slug = body.pop("slug", "") or slugify(body["name"])[:50]
        if not slug:
            raise Refused("Give a slug: the name has no letters that make one.", "field_invalid")
        try:
            with transaction.atomic():
                made = Model.objects.create(slug=slug, team=self.team, **body)
        except IntegrityError as error:
            raise Refused(f"There is a model {slug} already.", "slug_taken", status=409) from error
        return created(ModelShape(made).data)


class ModelDetail(ApiView):
    """One family."""

    access = {"GET": OPEN, "PATCH": scoped(Scope.SYSTEMS)}

    @extend_schema(operation_id="model", responses=ModelShape)
    def get(self, request: Request, slug: str) -> Response:
        """Show a family."""
        return Response(ModelShape(get_object_or_404(models_for(self.asking_team), slug=slug)).data)

    @extend_schema(operation_id="model_change", request=ModelChange, responses=ModelShape)
    @once
    def patch(self, request: Request, slug: str) -> Response:
        """Change what its card says."""
        found = get_object_or_404(Model, slug=slug, team=self.team)
        body = read(ModelChange, request)
        with transaction.atomic():
            before = {name: getattr(found, name) for name in body}
            Model.objects.filter(pk=found.pk).update(**body)
            audit.record(
                action="model.change", target=found, actor=request.user, reason=OWN, before=before, after=body
            )
        found.refresh_from_db()
        return Response(ModelShape(found).data)


class SystemShape(serializers.Serializer[System]):
    """A system as everybody sees it; while it is codenamed, its codename and nothing that tells who it is."""

    slug = text(help_text="Its codename while it has one.")
    name = text()
    state = text()
    label = text()
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


class Systems(ApiView):
    """Competitors."""

    access = {"GET": OPEN, "POST": scoped(Scope.SYSTEMS)}
    filters = {"mine": "1: only the token's team's own.", "state": "One state."}

    @extend_schema(operation_id="systems", responses=page_of("System", SystemShape))
    def get(self, request: Request) -> Response:
        """List public systems, and the token's team's own."""
        team, rows = self.asking_team, systems_for(self.asking_team)
        if request.query_params.get("mine") == "1":
            rows = rows.filter(model__team=team) if team else rows.none()
        if state := request.query_params.get("state"):
            rows = rows.filter(state=state)
        return page(rows, request, lambda row: shown(row, team, request))

    @extend_schema(operation_id="system_create", request=SystemBody, responses={201: SystemShape})
    @once
    def post(self, request: Request) -> Response:
        """Bring a competitor, as a draft; its first submission freezes it."""
        body = read(SystemBody, request)
        model = get_object_or_404(Model, slug=body.pop("model"), team=self.team)
        languages = languages_of(body.pop("languages"))
        made = systems.create(model, languages=languages, **body)
        return created(shown(made, self.team, request))


class SystemDetail(ApiView):
    """One competitor."""

    access = {"GET": OPEN, "PATCH": scoped(Scope.SYSTEMS)}
    refusals = {"PATCH": ("system_frozen",)}

    @extend_schema(operation_id="system", responses=SystemShape)
    def get(self, request: Request, slug: str) -> Response:
        """Show a system."""
        return Response(shown(find(self.asking_team, slug), self.asking_team, request))

    @extend_schema(operation_id="system_change", request=SystemChange, responses=SystemShape)
    @once
    def patch(self, request: Request, slug: str) -> Response:
        """Change a draft."""
        found = own(self.team, slug)
        body = read(SystemChange, request)
        languages = body.pop("languages", None)
        with transaction.atomic():
            rows = System.objects.filter(pk=found.pk, frozen_at=None)
            if not rows.select_for_update().exists():
                raise Refused("It has answered before; make another system.", "system_frozen", status=409)
            if body:
                rows.update(**body)
            if languages is not None:
                found.languages.set(languages_of(languages))
        return Response(shown(own(self.team, slug), self.team, request))


class Codename(ApiView):
    """Another name for a while."""

    access = {"POST": scoped(Scope.SYSTEMS)}
    refusals = {"POST": ("reveal_date_needed", "codename_taken", "wrong_state")}

    @extend_schema(operation_id="system_codename", request=CodenameBody, responses=SystemShape)
    @once
    def post(self, request: Request, slug: str) -> Response:
        """Ask for a codename until a date at most 60 days ahead; once, and never extended."""
        body = read(CodenameBody, request)
        publishing.ask_for_codename(own(self.team, slug), by=request.user, **body)
        return Response(shown(own(self.team, slug), self.team, request))


class Reveal(ApiView):
    """The end of a codename."""

    access = {"POST": scoped(Scope.SYSTEMS)}
    refusals = {"POST": ("wrong_state",)}

    @extend_schema(operation_id="system_reveal", request=None, responses=SystemShape)
    @once
    def post(self, request: Request, slug: str) -> Response:
        """Show a codenamed system's name before its date."""
        publishing.reveal(own(self.team, slug), by=request.user)
        return Response(shown(own(self.team, slug), self.team, request))


class Retire(ApiView):
    """The end of a public system."""

    access = {"POST": scoped(Scope.SYSTEMS)}
    refusals = {"POST": ("wrong_state",)}

    @extend_schema(operation_id="system_retire", request=ReasonBody, responses=SystemShape)
    @once
    def post(self, request: Request, slug: str) -> Response:
        """Retire a public system with a reason; its history stays."""
        body = read(ReasonBody, request)
        publishing.retire(own(self.team, slug), by=request.user, because=body["reason"])
        return Response(shown(own(self.team, slug), self.team, request))


class WithdrawSystem(ApiView):
    """The end of a system that was never public."""

    access = {"POST": scoped(Scope.SYSTEMS)}
    refusals = {"POST": ("wrong_state",)}

    @extend_schema(operation_id="system_withdraw", request=None, responses=SystemShape)
    @once
    def post(self, request: Request, slug: str) -> Response:
        """Take back a system before anybody saw it."""
        publishing.withdraw(own(self.team, slug), by=request.user)
        return Response(shown(own(self.team, slug), self.team, request))
