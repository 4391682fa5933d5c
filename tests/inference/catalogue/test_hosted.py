"""The catalogue's hosted systems: true names, named secrets, announced ends, no keys (S13, S15, S16)."""

import re
from datetime import date
from urllib.parse import urlsplit

import pytest

from inference import catalogue
from inference.adapters import registry

HOSTED = [one for one in map(catalogue.read, catalogue.names()) if one.adapter in {"realtime", "audio_chat"}]
UPLOADED = [one for one in map(catalogue.read, catalogue.names()) if one.delivery == "uploaded"]
SWITCHED_OFF_ON = {
    "gpt-audio-mini": date(2027, 1, 20),
    "gpt-realtime": date(2027, 1, 20),
    "gpt-realtime-mini": date(2027, 1, 20),
}


@pytest.mark.parametrize("entry", HOSTED, ids=lambda entry: entry.slug)
def test_a_hosted_system_names_its_model_and_its_secret(entry):
    adapter = registry.load(entry.adapter, entry.config)

    local = urlsplit(adapter.endpoint.base_url).hostname == "127.0.0.1"
    assert adapter.endpoint.model.split("/")[-1] in entry.version
    assert adapter.voice.lower() == entry.voice.lower()
    assert bool(adapter.secret_names) != local
    assert (entry.label, entry.delivery) == ("", "called")


@pytest.mark.parametrize("entry", HOSTED, ids=lambda entry: entry.slug)
def test_a_hosted_system_says_when_it_ends_where_that_is_known(entry):
    assert entry.ends == SWITCHED_OFF_ON.get(entry.slug)


@pytest.mark.parametrize("entry", HOSTED, ids=lambda entry: entry.slug)
def test_nobody_is_told_a_persona_or_a_pace(entry):
    assert registry.load(entry.adapter, entry.config).instructions == "default"


def test_what_is_switched_off_is_uploaded_and_under_its_own_model():
    assert {"gpt-4o-realtime", "doubao-realtime"} <= {one.slug for one in UPLOADED}
    assert {one.model.slug for one in UPLOADED}.isdisjoint(one.model.slug for one in HOSTED)
    assert all(registry.load(one.adapter, one.config).queue == "api" for one in UPLOADED)


def test_no_file_of_the_catalogue_holds_anything_like_a_key():
    texts = "\n".join(path.read_text("utf-8") for path in catalogue.FOLDER.glob("*.toml"))

    # Names have words in them; a key of 24 letters and figures has not.
    assert re.findall(r"\bsk-\w+|\b(?=\w*[0-9])[A-Za-z0-9]{24,}\b", texts) == []
