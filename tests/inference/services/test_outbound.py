"""Webhooks go out by the pinned client, and nowhere else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inference.models import Webhook, WebhookDelivery
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
