"""Names, configurations and what is said when they are wrong."""

import sys

import pytest

from inference.adapters import registry
from inference.adapters.echo import Echo
from inference.errors import Refused


def refusal(name, config):
    with pytest.raises(Refused) as refused:
        registry.load(name, config)
    return refused.value


def test_load_builds_the_adapter_from_its_configuration():
    offline = registry.load("offline", {"engine": "zen", "voice": "en-gb+f2", "words_per_minute": 130})

    assert offline.engine == "zen"
    assert offline.model_dump()["words_per_minute"] == 130
    assert offline == registry.load("offline", offline.model_dump())


def test_unknown_name_is_answered_with_near_ones():
    refused = refusal("ofline", {})

    assert refused.code == "unknown_adapter"
    assert refused.message == "There is no adapter 'ofline'. Did you mean offline?"


def test_far_off_name_is_answered_with_all():
    known = ", ".join(sorted([*registry.ADAPTERS, "scripted"]))

    assert refusal("whisper", {}).message == f"There is no adapter 'whisper'. Known are: {known}."


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"engine": "eliza", "voise": "en"}, "there is no field voise (Did you mean voice?)"),
        (
            {"engine": "eliza", "words_per_minute": 900},
            "words_per_minute: input should be less than or equal to 450",
        ),
        ({}, "engine: field required"),
        ({"engine": "eliza", "voice": "../../x"}, "voice: string should match pattern"),
        ({"engine": "eliza", "pitch": "high"}, "pitch: input should be a valid integer"),
    ],
)
def test_wrong_configuration_is_refused_with_a_sentence_naming_the_field(config, sentence):
    refused = refusal("offline", config)

    assert refused.code == "bad_adapter_config"
    assert refused.message.startswith(f"The configuration of the adapter offline is not accepted: {sentence}")
    assert "\n" not in refused.message


def test_refusal_repeats_no_value_that_was_given():
    refused = refusal("offline", {"engine": "a-secret-typed-here", "pitch": "a-secret-typed-here"})

    assert "engine" in refused.message
    assert "a-secret-typed-here" not in refused.message


def test_package_outside_the_repository_adds_an_adapter(tmp_path, monkeypatch):
    """A distribution on the path with an entry point, as pip would install it."""
    (tmp_path / "parrot.py").write_text("from inference.adapters.echo import Echo\nclass Parrot(Echo): ...\n")
    info = tmp_path / "parrot-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: parrot\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[{registry.GROUP}]\nparrot = parrot:Parrot\necho = parrot:Parrot\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))

    parrot = registry.load("parrot", {})

    assert type(parrot).__name__ == "Parrot"
    assert registry.names() == sorted([*registry.ADAPTERS, "parrot", "scripted"])
    assert type(registry.load("echo", {})) is Echo
    monkeypatch.delitem(sys.modules, "parrot")
