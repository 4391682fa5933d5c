"""Models and systems: what a team brings, and what everybody sees of it."""

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.text import slugify
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from inference.api.access import OPEN, scoped
from inference.api.base import ApiView, created
from inference.api.fields import Body, PlainText, read
from inference.api.once import once
from inference.api.pages import page
from inference.api.shapes import page_of, text
from inference.api.system_shapes import (
    CodenameBody,
    ReasonBody,
    SystemBody,
    SystemChange,
    SystemShape,
    find,
    languages_of,
    own,
    shown,
    systems_for,
)
from inference.errors import Refused
from inference.models import Model, Scope, System, Team
from inference.services import audit, publishing, systems

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
                action="model.change", target=found, actor=self.person, reason=OWN, before=before, after=body
            )
        found.refresh_from_db()
        return Response(ModelShape(found).data)


class Systems(ApiView):
    """Competitors."""

    access = {"GET": OPEN, "POST": scoped(Scope.SYSTEMS)}
    filters = {"mine": "1: only the token's team's own.", "state": "One state."}
    refusals = {"POST": ("not_found",)}

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
        publishing.ask_for_codename(own(self.team, slug), by=self.person, **body)
        return Response(shown(own(self.team, slug), self.team, request))


class Reveal(ApiView):
    """The end of a codename."""

    access = {"POST": scoped(Scope.SYSTEMS)}
    refusals = {"POST": ("wrong_state",)}

    @extend_schema(operation_id="system_reveal", request=None, responses=SystemShape)
    @once
    def post(self, request: Request, slug: str) -> Response:
        """Show a codenamed system's name before its date."""
        publishing.reveal(own(self.team, slug), by=self.person)
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
        publishing.retire(own(self.team, slug), by=self.person, because=body["reason"])
        return Response(shown(own(self.team, slug), self.team, request))


class WithdrawSystem(ApiView):
    """The end of a system that was never public."""

    access = {"POST": scoped(Scope.SYSTEMS)}
    refusals = {"POST": ("wrong_state",)}

    @extend_schema(operation_id="system_withdraw", request=None, responses=SystemShape)
    @once
    def post(self, request: Request, slug: str) -> Response:
        """Take back a system before anybody saw it."""
        publishing.withdraw(own(self.team, slug), by=self.person)
        return Response(shown(own(self.team, slug), self.team, request))
