"""Who asks too fast is told so, and when to come back; others are not held up by it."""

import pytest

pytestmark = pytest.mark.django_db
HASTY, CALM = "203.0.113.7", "203.0.113.8"
ASKED = 100


def test_an_address_that_asks_too_fast_is_told_when_to_come_back(client, settings):
    settings.API_READS_PER_SECOND = 1

    answers = (client.get("/api/v1/", REMOTE_ADDR=HASTY) for _ in range(ASKED))
    refused = next(answer for answer in answers if answer.status_code != 200)

    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert int(refused["Retry-After"]) == 1
    assert refused["RateLimit-Remaining"] == "0"
    assert client.get("/api/v1/", REMOTE_ADDR=CALM).status_code == 200
