"""A prompt's sound, whole or in part, as long as it is drawn."""

import pytest

from inference.services import media, moderation
from tests.inference.api.client import published_set

pytestmark = pytest.mark.django_db


@pytest.fixture
def prompt():
    return published_set(1).prompts.get()


def test_a_range_of_the_sound_is_answered(lab, prompt):
    client, whole = lab.http, media.read(prompt.raw)
    address = f"/api/v1/prompts/{prompt.public_id}/audio"

    part = client.get(address, headers={"Range": "bytes=10-19"})
    end = client.get(address, headers={"Range": "bytes=-7"})
    beyond = client.get(address, headers={"Range": f"bytes={len(whole)}-"})

    assert (part.status_code, part.content) == (206, whole[10:20])
    assert part["Content-Range"] == f"bytes 10-19/{len(whole)}"
    assert (end.status_code, end.content) == (206, whole[-7:])
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(whole)}")


@pytest.mark.parametrize(
    "asked", ["bytes=" + 5000 * "9" + "-", "bytes=-" + 5000 * "9", "bytes=-", "lines=1-2"]
)
def test_a_range_that_is_none_is_passed_over(lab, prompt, asked):
    answer = lab.http.get(f"/api/v1/prompts/{prompt.public_id}/audio", headers={"Range": asked})

    assert (answer.status_code, answer.content) == (200, media.read(prompt.raw))


def test_a_prompt_that_was_withdrawn_is_not_handed_out(lab, prompt):
    address = f"prompts/{prompt.public_id}/audio"
    assert lab.get(address).status_code == 200

    moderation.withdraw(prompt, by=None, reason="It names a person.")

    assert lab.get(address).status_code == 404


@pytest.mark.parametrize("address", ["releases/%00", "releases/%00/files/a", "systems?state=%00"])
def test_an_address_with_a_character_that_no_text_has_is_malformed(client, address):
    answer = client.get(f"/api/v1/{address}")

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
