"""Secrets: their values go in and never come out."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from inference.adapters.secrets import SHORTEST
from inference.api.access import scoped
from inference.api.base import ApiView, created
from inference.api.fields import Body, PlainText, read
from inference.api.once import once
from inference.api.pages import page
from inference.api.shapes import maybe, moment, page_of, text
from inference.models import Scope, Secret
from inference.services import secrets

WRITE = scoped(Scope.SUBMISSIONS)


class SecretShape(serializers.Serializer[Secret]):
    """A secret without its value."""

    name = text()
    set_at = moment()
    used_at = maybe(serializers.DateTimeField, help_text="To the hour.")


class SecretBody(Body):
    """A secret to be stored."""

    name = serializers.RegexField(r"^[a-z][a-z0-9-]{0,39}\Z")
    value = PlainText(
        write_only=True,
        min_length=SHORTEST,
        max_length=secrets.LONGEST,
        trim_whitespace=False,
        help_text="Goes in and never comes out.",
    )


class Secrets(ApiView):
    """The team's secrets."""

    access = {"GET": WRITE, "POST": WRITE}
    refusals = {"POST": ("secret_limit",)}

    @extend_schema(operation_id="secrets", responses=page_of("Secret", SecretShape))
    def get(self, request: Request) -> Response:
        """List the names of the team's secrets."""
        return page(Secret.objects.filter(team=self.team), request, lambda row: SecretShape(row).data)

    @extend_schema(operation_id="secret_put", request=SecretBody, responses={201: SecretShape})
    @once
    def post(self, request: Request) -> Response:
        """Store a secret; one of the same name gives way to it."""
        body = read(SecretBody, request)
        row = secrets.put(self.team, name=body["name"], value=body["value"], by=self.person)
        return created(SecretShape(row).data)


class SecretDetail(ApiView):
    """One secret."""

    access = {"DELETE": WRITE}

    @extend_schema(operation_id="secret_remove", responses={204: None})
    @once
    def delete(self, request: Request, name: str, **_: Any) -> Response:
        """Forget a secret; jobs of systems that name it fail from now on."""
        secrets.remove(get_object_or_404(Secret, team=self.team, name=name), by=self.person)
        return Response(status=204)
