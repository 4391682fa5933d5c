"""Webhooks: where a team is told what happens."""

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from inference.api.access import scoped
from inference.api.base import ApiView, created
from inference.api.fields import Body, read
from inference.api.once import once
from inference.api.pages import page
from inference.api.shapes import maybe, moment, page_of, text, whole
from inference.models import Scope, Webhook, WebhookDelivery
from inference.outbound import targets
from inference.services import webhooks

HOOKS = scoped(Scope.WEBHOOKS)
EVENTS = [(event, event) for event in Webhook.Event.values]


def _address(value: str) -> None:
    try:
        targets.read(value, allowed=settings.OUTBOUND_ALLOW)
    except targets.NotCalledError as error:
        message = str(error)
        raise serializers.ValidationError(f"{message[0].upper()}{message[1:]}.") from error


class WebhookShape(serializers.Serializer[Webhook]):
    """A webhook without its secret."""

    id = serializers.UUIDField(source="public_id")
    url = text()
    events = serializers.ListField(child=text())
    state = text()
    failing_since = maybe(serializers.DateTimeField)
    created_at = moment()


class NewWebhookShape(WebhookShape):
    """A new webhook with its secret."""

    secret = text(help_text="Shown now and never again.")


class DeliveryShape(serializers.Serializer[WebhookDelivery]):
    """One event on its way."""

    id = serializers.UUIDField(source="public_id")
    event = text()
    attempt = whole()
    status_code = maybe(serializers.IntegerField)
    error = text()
    created_at = moment()
    next_at = maybe(serializers.DateTimeField)
    delivered_at = maybe(serializers.DateTimeField)
    payload = serializers.DictField()


class WebhookBody(Body):
    """A webhook that is wanted."""

    url = serializers.URLField(max_length=300, validators=[_address])
    events = serializers.ListField(child=serializers.ChoiceField(EVENTS), allow_empty=False, max_length=20)


class WebhookChange(Body):
    """What may change."""

    url = serializers.URLField(max_length=300, required=False, validators=[_address])
    events = serializers.ListField(
        child=serializers.ChoiceField(EVENTS), allow_empty=False, max_length=20, required=False
    )
    state = serializers.ChoiceField([Webhook.State.ACTIVE, Webhook.State.OFF], required=False)


def own(view: ApiView, key: UUID) -> Webhook:
    """One of the team's webhooks."""
    return get_object_or_404(Webhook, public_id=key, team=view.team, deleted_at=None)


class Webhooks(ApiView):
    """A team's webhooks."""

    access = {"GET": HOOKS, "POST": HOOKS}
    refusals = {"POST": ("webhook_limit",)}

    @extend_schema(operation_id="webhooks", responses=page_of("Webhook", WebhookShape))
    def get(self, request: Request) -> Response:
        """List the team's webhooks."""
        rows = Webhook.objects.filter(team=self.team, deleted_at=None)
        return page(rows, request, lambda row: WebhookShape(row).data)

    @extend_schema(operation_id="webhook_create", request=WebhookBody, responses={201: NewWebhookShape})
    @once(shows_secret=True)
    def post(self, request: Request) -> Response:
        """Make a webhook; the secret that signs its messages is shown now and never again."""
        made, secret = webhooks.create(self.team, by=self.person, **read(WebhookBody, request))
        made.refresh_from_db()
        return created({**WebhookShape(made).data, "secret": secret})


class WebhookDetail(ApiView):
    """One webhook."""

    access = {"PATCH": HOOKS, "DELETE": HOOKS}

    @extend_schema(operation_id="webhook_change", request=WebhookChange, responses=WebhookShape)
    @once
    def patch(self, request: Request, webhook: UUID) -> Response:
        """Change its address or events, or switch it on or off."""
        body: dict[str, Any] = read(WebhookChange, request)
        return Response(WebhookShape(webhooks.change(own(self, webhook), by=self.person, **body)).data)

    @extend_schema(operation_id="webhook_delete", responses={204: None})
    @once
    def delete(self, request: Request, webhook: UUID) -> Response:
        """Forget a webhook."""
        webhooks.delete(own(self, webhook), by=self.person)
        return Response(status=204)


class Test(ApiView):
    """A message to see whether it arrives."""

    access = {"POST": HOOKS}

    @extend_schema(operation_id="webhook_test", request=None, responses={202: DeliveryShape})
    @once
    def post(self, request: Request, webhook: UUID) -> Response:
        """Send a message of the kind `test`."""
        found = own(self, webhook)
        delivery = webhooks.send_test(found, key=f"test:{uuid4()}")
        return Response(DeliveryShape(delivery).data, status=202)


class Deliveries(ApiView):
    """What was sent, or will be."""

    access = {"GET": HOOKS}

    @extend_schema(operation_id="webhook_deliveries", responses=page_of("Delivery", DeliveryShape))
    def get(self, request: Request, webhook: UUID) -> Response:
        """List a webhook's messages of the last 30 days."""
        rows = own(self, webhook).deliveries.all()
        return page(rows, request, lambda row: DeliveryShape(row).data)


class Redeliver(ApiView):
    """Another try."""

    access = {"POST": HOOKS}

    @extend_schema(operation_id="webhook_redeliver", request=None, responses={202: DeliveryShape})
    @once
    def post(self, request: Request, webhook: UUID, delivery: UUID) -> Response:
        """Send a message again, under the same number."""
        row = get_object_or_404(WebhookDelivery, webhook=own(self, webhook), public_id=delivery)
        webhooks.redeliver(row)
        row.refresh_from_db()
        return Response(DeliveryShape(row).data, status=202)
