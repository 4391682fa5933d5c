"""Webhooks go out by the pinned client, and nowhere else."""

import hashlib
import hmac
import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from inference.models import Membership, Webhook, WebhookDelivery
from inference.outbound import targets
from inference.services import outbound, webhooks
from tests import factories
from tests.fakes.hostile_server import Listener


def _post(listener):
    url = f"http://127.0.0.1:{listener.port}/hook?team=1"
    return outbound.post(url, b"{}", headers={"S2S-Event": "test"}, seconds=20)


def test_a_listed_place_is_called(settings):
    with Listener() as listener:
        settings.OUTBOUND_ALLOW = targets.allowed([f"127.0.0.1:{listener.port}"])
        assert _post(listener) == 200
        assert listener.heads[0].startswith(b"POST /hook?team=1 HTTP/1.1\r\n")
        assert b"S2S-Event: test\r\n" in listener.heads[0]


def test_a_place_inside_that_nobody_listed_is_not():
    with Listener() as listener:
        with pytest.raises(outbound.NotSent, match="only https"):
            _post(listener)
        assert listener.accepted == 0


@pytest.mark.django_db
def test_a_webhook_that_leads_inside_is_told_so_and_calls_nobody():
    """However it came into the table: a name may have led elsewhere when it was read."""
    with Listener() as listener:
        webhook = Webhook.objects.create(
            team=factories.team(), url=f"https://127.0.0.1:{listener.port}/", events=["test"]
        )
        webhooks.send_test(webhook, key="1")
        # The database's clock stands still within a test.
        WebhookDelivery.objects.update(next_at=timezone.now() - timedelta(hours=1))
        assert webhooks.deliver_due() == 1
        assert listener.accepted == 0
        assert WebhookDelivery.objects.get().error == f"port {listener.port} is not called"
    delivery = WebhookDelivery.objects.get()
    assert delivery.delivered_at is None
    assert delivery.next_at > timezone.now()


@pytest.fixture
def listener(settings):
    with Listener() as found:
        settings.OUTBOUND_ALLOW = targets.allowed([f"127.0.0.1:{found.port}"])
        yield found


@pytest.fixture
def webhook(db, listener):
    return Webhook.objects.create(
        team=factories.team(), url=f"http://127.0.0.1:{listener.port}/hook", events=["test"]
    )


def due():
    """Let what is waiting be due."""
    WebhookDelivery.objects.filter(next_at__isnull=False).update(next_at=timezone.now() - timedelta(hours=1))
    return webhooks.deliver_due()


def test_a_message_is_signed_and_the_same_on_each_try(webhook, listener):
    delivery = webhooks.send_test(webhook, key="1")
    assert due() == 1
    webhooks.redeliver(delivery)
    assert due() == 1

    first, second = listener.heads
    for head in (first, second):
        assert f"S2S-Delivery: {delivery.public_id}\r\n".encode() in head
        assert b"S2S-Event: test\r\n" in head
    seconds, signed = re.search(rb"S2S-Signature: t=(\d+),v1=([0-9a-f]{64})\r\n", first).groups()
    body = json.dumps(delivery.payload, ensure_ascii=False).encode()
    key = webhooks.secret(webhook).encode()
    assert hmac.new(key, seconds + b"." + body, hashlib.sha256).hexdigest().encode() == signed
    assert abs(int(seconds) - timezone.now().timestamp()) < 300


def test_it_is_tried_after_growing_pauses_and_is_off_after_five_days(webhook, settings, mailoutbox):
    settings.OUTBOUND_ALLOW = frozenset()
    owner = factories.user("ada@example.org")
    Membership.objects.create(team=webhook.team, person=owner, role="owner")
    delivery, waits = webhooks.send_test(webhook, key="1"), []
    for _ in range(7):
        before = timezone.now()
        assert due() == 1
        delivery.refresh_from_db()
        waits.append(round((delivery.next_at - before).total_seconds() / 60))

    assert waits == [1, 5, 30, 120, 720, 1440, 1440]
    webhook.refresh_from_db()
    assert webhook.state == "failing"
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=5, minutes=1))
    assert due() == 1
    webhook.refresh_from_db()
    assert webhook.state == "off"
    assert [mail.to for mail in mailoutbox] == [["ada@example.org"]]
    assert due() == 0


def test_deliveries_are_kept_for_thirty_days(webhook):
    webhooks.send_test(webhook, key="1")
    old = webhooks.send_test(webhook, key="2")
    WebhookDelivery.objects.filter(pk=old.pk).update(
        created_at=timezone.now() - timedelta(days=30, minutes=1)
    )

    assert webhooks.forget_old() == 1
    assert WebhookDelivery.objects.get().event_key == "1"
