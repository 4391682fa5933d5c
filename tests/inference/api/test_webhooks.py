"""What a team may name as the address of a webhook."""

import pytest

from inference.models import Webhook

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "https://example.org:6379/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://ben:secret@example.org/",
    ],
)
def test_an_address_inside_is_no_webhooks(lab, url):
    answer = lab.post("webhooks", {"url": url, "events": ["test"]})
    assert 400 <= answer.status_code < 500
    assert "url" in answer.text
    assert not Webhook.objects.exists()


def test_an_address_outside_is(lab):
    assert (
        lab.post("webhooks", {"url": "https://example.org/hook?a=b", "events": ["test"]}).status_code == 201
    )
    assert Webhook.objects.get().url == "https://example.org/hook?a=b"
