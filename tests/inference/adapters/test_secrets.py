"""Secrets are found by name, lent per order, and never repeated in a message."""

import pytest

from inference.adapters import secrets
from inference.adapters.base import PermanentError

INVENTED = "not-a-real-key-0123456789"


@pytest.fixture(autouse=True)
def nothing_lent(monkeypatch):
    monkeypatch.delenv("ARENA_SECRET_SPEECH_HOUSE", raising=False)
    secrets.lend({})
    yield
    secrets.lend({})


def test_a_lent_secret_comes_before_the_environments(monkeypatch):
    monkeypatch.setenv("ARENA_SECRET_SPEECH_HOUSE", "from-the-environment")
    found = [secrets.value("speech-house")]

    secrets.lend({"speech-house": INVENTED})

    assert [*found, secrets.value("speech-house")] == ["from-the-environment", INVENTED]


def test_a_secret_of_the_order_before_is_not_found():
    secrets.lend({"speech-house": INVENTED})
    secrets.lend({"other": INVENTED})

    with pytest.raises(PermanentError, match="set ARENA_SECRET_SPEECH_HOUSE") as caught:
        secrets.value("speech-house")

    assert caught.value.code == "secret_missing"


def test_a_message_never_repeats_a_secret_even_one_taken_back():
    secrets.lend({"speech-house": INVENTED})
    secrets.lend({})

    said = secrets.redact(f"401 for Bearer {INVENTED}: bad key {INVENTED[:5]}")

    assert said == "401 for Bearer [secret]: bad key not-a"


def test_a_word_as_short_as_a_secret_should_never_be_is_not_masked():
    secrets.lend({"speech-house": "key"})

    assert secrets.redact("the key was wrong") == "the key was wrong"
