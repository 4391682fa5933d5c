"""Who a token is of, what its team may still take, and its other tokens."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from inference.api.access import ANY_TOKEN, scoped
from inference.api.base import ApiView, created
from inference.api.fields import Body, PlainText, read
from inference.api.once import once
from inference.api.pages import page
from inference.api.shapes import Fields, maybe, moment, page_of, text, whole
from inference.errors import Refused
from inference.models import ApiToken, Bucket, Scope
from inference.services import quotas, tokens


class TokenShape(serializers.Serializer[ApiToken]):
    """A token without its text."""

    id = serializers.UUIDField(source="public_id")
    name = text()
    prefix = text()
    scopes = serializers.ListField(child=text())
    created_at = moment()
    expires_at = moment()
    last_used_at = maybe(serializers.DateTimeField)
    last_used_by = text()
    revoked_at = maybe(serializers.DateTimeField)


class NewTokenShape(TokenShape):
    """A new token with its text."""

    token = text(help_text="Shown now and never again.")


class TokenBody(Body):
    """A token that is wanted."""

    name = PlainText(max_length=80)
    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices), max_length=len(Scope))
    days = serializers.IntegerField(min_value=1, max_value=tokens.MOST_DAYS, default=tokens.DEFAULT_DAYS)


class Me(ApiView):
    """The token's own."""

    access = {"GET": ANY_TOKEN}

    @extend_schema(
        operation_id="me",
        responses=inline_serializer(
            "Me",
            {
                "team": inline_serializer("Team", {"slug": text(), "name": text(), "provider": text()}),
                "cleared_kinds": serializers.ListField(child=text()),
                "token": TokenShape(),
            },
        ),
    )
    def get(self, request: Request) -> Response:
        """Say whose token this is, and what it allows."""
        team = self.team
        return Response(
            {
                "team": {"slug": team.slug, "name": team.name, "provider": team.provider},
                "cleared_kinds": team.cleared_kinds,
                "token": TokenShape(self.token).data,
            }
        )


USE = {
    "submission": serializers.UUIDField(),
    "round": whole(),
    "taken_at": moment(),
    "refunded": maybe(serializers.CharField),
}
BUCKET: Fields = {
    "bucket": text(),
    "limit": whole(),
    "used": whole(),
    "window_seconds": maybe(serializers.IntegerField),
    "next_slot": maybe(serializers.DateTimeField),
    "uses": inline_serializer("QuotaUse", USE, many=True),
}
GRANT: Fields = {"bucket": text(), "extra": whole(), "until": moment(), "reason": text()}


class Quota(ApiView):
    """What the team may take."""

    access = {"GET": ANY_TOKEN}

    @extend_schema(
        operation_id="quota",
        responses=inline_serializer(
            "Quota",
            {
                "buckets": inline_serializer("QuotaBucket", BUCKET, many=True),
                "grants": inline_serializer("QuotaGrant", GRANT, many=True),
            },
        ),
    )
    def get(self, request: Request) -> Response:
        """Say for each bucket what is used and when the next slot is free: the figures that are enforced."""
        now = timezone.now()
        shown = [_bucket(quotas.of(self.team, bucket, now=now)) for bucket in Bucket if bucket != Bucket.LIVE]
        given = [
            {"bucket": one.bucket, "extra": one.extra, "until": one.until, "reason": one.reason}
            for one in quotas.grants(self.team, now=now)
        ]
        return Response({"buckets": shown, "grants": given})


def _bucket(standing: quotas.Standing) -> dict[str, Any]:
    window = quotas.RULES[standing.bucket].window
    return {
        "bucket": standing.bucket,
        "limit": standing.limit,
        "used": standing.used,
        "window_seconds": int(window.total_seconds()) if window else None,
        "next_slot": standing.next_slot,
        "uses": [
            {
                "submission": use.submission.public_id,
                "round": use.round,
                "taken_at": use.taken_at,
                "refunded": use.refund_code or None,
            }
            for use in standing.uses
        ],
    }


class Tokens(ApiView):
    """The team's tokens."""

    access = {"GET": scoped(Scope.TOKENS), "POST": scoped(Scope.TOKENS)}
    refusals = {"POST": ("scope_not_yours",)}

    @extend_schema(operation_id="tokens", responses=page_of("Token", TokenShape))
    def get(self, request: Request) -> Response:
        """List the team's tokens, without their texts."""
        return page(ApiToken.objects.filter(team=self.team), request, lambda row: TokenShape(row).data)

    @extend_schema(operation_id="token_make", request=TokenBody, responses={201: NewTokenShape})
    @once(shows_secret=True)
    def post(self, request: Request) -> Response:
        """Make a token with scopes that this one has itself; its text is shown now and never again."""
        body = read(TokenBody, request)
        if more := sorted(set(body["scopes"]) - set(self.token.scopes)):
            message = f"This token does not have {', '.join(more)} itself."
            raise Refused(message, "scope_not_yours", status=403)
        shown = tokens.make(
            self.team, by=self.person, name=body["name"], scopes=body["scopes"], days=body["days"]
        )
        shown.token.refresh_from_db()
        return created({**TokenShape(shown.token).data, "token": shown.text})


class TokenDetail(ApiView):
    """One token."""

    access = {"DELETE": scoped(Scope.TOKENS)}

    @extend_schema(operation_id="token_revoke", responses={204: None})
    @once
    def delete(self, request: Request, token: UUID) -> Response:
        """Revoke a token at once."""
        tokens.revoke(get_object_or_404(ApiToken, public_id=token, team=self.team), by=self.person)
        return Response(status=204)
