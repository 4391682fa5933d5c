"""Webhooks: what happens is written down with it, and carried to the team's own address until it arrives."""

import hashlib
import hmac
import json
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.mail import send_mail
from django.db import connection, transaction
from django.utils import timezone

from inference.errors import Refused
from inference.models import Membership, Team, Webhook, WebhookDelivery
from inference.services import audit, outbound

logger = logging.getLogger(__name__)
MOST_WEBHOOKS = 10
# After the first try; the last one is repeated until the webhook is off.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 2 * 60, 12 * 60, 24 * 60))
OFF_AFTER = timedelta(days=5)
KEPT = timedelta(days=30)
SECONDS = 10.0
AT_ONCE = 20
GOOD = range(200, 300)
OWN = "Their own team's webhook."


def tell(team: Team, event: str, *, key: str, body: Mapping[str, Any]) -> None:
    """Write down that something happened, for every webhook of the team that wants to know.

    Args:
        team: whose.
        event: one of `Webhook.Event`.
        key: names the happening; the same key is told once.
        body: what it is about, never audio nor a secret.
    """
    wanting = Webhook.objects.filter(team=team, events__contains=[event], deleted_at=None)
    now = timezone.now()
    rows = []
    for webhook in wanting.exclude(state=Webhook.State.OFF):
        row = WebhookDelivery(webhook=webhook, event=event, event_key=key, next_at=now)
        row.payload = {"event": event, "delivery": str(row.public_id), "at": now.isoformat(), **body}
        rows.append(row)
    WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def create(team: Team, *, by: AbstractBaseUser, url: str, events: list[str]) -> tuple[Webhook, str]:
    """Make a webhook; the secret is told now and never again.

    Raises:
        Refused: `webhook_limit`.
    """
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    if Webhook.objects.filter(team=team, deleted_at=None).count() >= MOST_WEBHOOKS:
        raise Refused(f"A team has at most {MOST_WEBHOOKS} webhooks.", "webhook_limit", status=409)
    made = Webhook.objects.create(team=team, url=url, events=sorted(set(events)))
    audit.record(action="webhook.create", target=made, actor=by, reason=OWN, after={"events": made.events})
    return made, secret(made)


@transaction.atomic
def change(webhook: Webhook, *, by: AbstractBaseUser, **fields: Any) -> Webhook:
    """Change address, events or state; switching on forgets the failures."""
    before = {name: getattr(webhook, name) for name in fields}
    if fields.get("state") == Webhook.State.ACTIVE:
        fields["failing_since"] = None
    Webhook.objects.filter(pk=webhook.pk).update(**fields)
    audit.record(
        action="webhook.change", target=webhook, actor=by, reason=OWN, before=before, after=dict(fields)
    )
    webhook.refresh_from_db()
    return webhook


@transaction.atomic
def delete(webhook: Webhook, *, by: AbstractBaseUser) -> None:
    """Forget a webhook; what was on its way stops."""
    if Webhook.objects.filter(pk=webhook.pk, deleted_at=None).update(deleted_at=timezone.now()):
        webhook.deliveries.filter(next_at__isnull=False).update(next_at=None)
        audit.record(action="webhook.delete", target=webhook, actor=by, reason=OWN)


def send_test(webhook: Webhook, *, key: str) -> WebhookDelivery:
    """Send a message that says nothing, whatever the webhook asked for and however it is."""
    now = timezone.now()
    row = WebhookDelivery(webhook=webhook, event=Webhook.Event.TEST, event_key=key, next_at=now)
    row.payload = {"event": "test", "delivery": str(row.public_id), "at": now.isoformat()}
    row.save()
    row.refresh_from_db()
    return row


def redeliver(delivery: WebhookDelivery) -> None:
    """Let the sweeper send a delivery again, on the same row and under the same number."""
    WebhookDelivery.objects.filter(pk=delivery.pk).update(next_at=timezone.now(), delivered_at=None)


def secret(webhook: Webhook) -> str:
    """What both sides sign with: derived from the site's key, so that no table holds it."""
    mark = f"webhook {webhook.public_id} {webhook.salt}"
    return "whs_" + hmac.new(settings.SECRET_KEY.encode(), mark.encode(), hashlib.sha256).hexdigest()


def signature(webhook: Webhook, body: bytes, *, at: datetime) -> str:
    """Sign a body: `t=<seconds>,v1=<HMAC-SHA256 of "t.body">`."""
    seconds = int(at.timestamp())
    signed = hmac.new(secret(webhook).encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={signed}"


# Whoever sends a row has moved its next try on before, so that a sweeper that dies sends it again later.
TAKE = """
    UPDATE inference_webhookdelivery SET attempt = attempt + 1, next_at = now() + interval '1 minute'
    WHERE id IN (
        SELECT delivery.id FROM inference_webhookdelivery AS delivery
        JOIN inference_webhook AS webhook ON webhook.id = delivery.webhook_id
        WHERE delivery.next_at <= now() AND webhook.deleted_at IS NULL AND webhook.state <> 'off'
        ORDER BY delivery.next_at LIMIT %s FOR UPDATE OF delivery SKIP LOCKED
    )
    RETURNING id
"""


def deliver_due() -> int:
    """Send what is due, and return how many that was."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [AT_ONCE])
        taken = [key for (key,) in cursor.fetchall()]
    for delivery in (
        WebhookDelivery.objects.filter(pk__in=taken).select_related("webhook__team").order_by("pk")
    ):
        _send(delivery)
    return len(taken)


def forget_old() -> int:
    """Delete deliveries older than 30 days, and return how many there were."""
    return WebhookDelivery.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]


def _send(delivery: WebhookDelivery) -> None:
    now = timezone.now()
    body = json.dumps(delivery.payload, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json",
        "S2S-Event": delivery.event,
        "S2S-Delivery": str(delivery.public_id),
        "S2S-Signature": signature(delivery.webhook, body, at=now),
    }
    try:
        status, error = outbound.post(delivery.webhook.url, body, headers=headers, seconds=SECONDS), ""
    except outbound.NotSent as failure:
        status, error = None, str(failure)[:200]
    if status in GOOD:
        WebhookDelivery.objects.filter(pk=delivery.pk).update(
            next_at=None, delivered_at=timezone.now(), status_code=status, error=""
        )
        Webhook.objects.filter(pk=delivery.webhook_id, state=Webhook.State.FAILING).update(
            state=Webhook.State.ACTIVE, failing_since=None
        )
        return
    pause = PAUSES[min(delivery.attempt, len(PAUSES)) - 1]
    WebhookDelivery.objects.filter(pk=delivery.pk).update(
        next_at=now + pause, status_code=status, error=error or f"answered {status}"
    )
    _note_failure(delivery.webhook, now=now)


def _note_failure(webhook: Webhook, *, now: datetime) -> None:
    rows = Webhook.objects.filter(pk=webhook.pk)
    rows.filter(state=Webhook.State.ACTIVE).update(state=Webhook.State.FAILING, failing_since=now)
    off = rows.filter(state=Webhook.State.FAILING, failing_since__lte=now - OFF_AFTER)
    if off.update(state=Webhook.State.OFF):
        webhook.deliveries.filter(next_at__isnull=False).update(next_at=None)
        _mail_owners(webhook)


def _mail_owners(webhook: Webhook) -> None:
    owners = Membership.objects.filter(team=webhook.team, role=Membership.Role.OWNER, left_at=None)
    send_mail(
        "A webhook of your team was switched off",
        f"{webhook.url} has not taken our messages for five days. Switch it on again once it does.",
        None,
        list(owners.values_list("person__email", flat=True)),
        fail_silently=True,
    )
