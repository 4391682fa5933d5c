"""What is refused before any prompt is asked, each with a sentence."""

import shutil

import pytest

from inference.adapters import registry
from inference.adapters.omni import weights
from inference.errors import Refused
from tests.inference.adapters import sounds


@pytest.fixture
def silent(tmp_path):
    """A checkpoint whose talker is switched off."""
    from tests.fakes import tiny_omni  # noqa: PLC0415 -- loads torch

    return tiny_omni


def refusal(ask, adapter):
    """All prompts are refused for the same reason, and nothing was loaded."""
    before = weights.loads.copy()

    one, other = ask(adapter, [sounds.noise(0.2), sounds.noise(0.3)])

    assert weights.loads == before
    assert one is other
    assert (one.stage, one.transient) == ("load", False)
    return one


@pytest.mark.parametrize("kind", ["qwen2.5-omni", "qwen3-omni"])
def test_unknown_voice_is_refused_with_those_that_there_are(kind, omni, ask):
    refused = refusal(ask, omni(kind, model={"voice": "Nobody"}))

    assert refused.code == "unknown_voice"
    assert "Nobody" in refused.message
    assert "ethan" in refused.message.lower()


@pytest.mark.parametrize("kind", ["qwen2.5-omni", "qwen3-omni"])
def test_checkpoint_without_talker_is_refused(kind, omni, ask, silent, tmp_path):
    refused = refusal(ask, omni(kind, path=silent.KINDS[kind](tmp_path, talker=False)))

    assert refused.code == "talker_disabled"


def test_missing_speakers_are_refused(omni, ask, checkpoint, tmp_path):
    shutil.copytree(checkpoint("qwen2.5-omni"), tmp_path / "copy")
    (tmp_path / "copy" / "spk_dict.pt").unlink()

    refused = refusal(ask, omni("qwen2.5-omni", path=tmp_path / "copy"))

    assert refused.code == "speakers_missing"
    assert "spk_dict.pt" in refused.message


def test_folder_without_checkpoint_is_refused(omni, ask, tmp_path):
    assert refusal(ask, omni("moshi", path=tmp_path)).code == "weights_missing"


def test_checkpoint_of_another_class_is_refused(omni, ask, checkpoint):
    refused = refusal(ask, omni("qwen3-omni", path=checkpoint("moshi")))

    assert refused.code == "wrong_checkpoint"
    assert "moshi" in refused.message


def test_weights_that_are_broken_are_refused(omni, ask, checkpoint, tmp_path):
    shutil.copytree(checkpoint("moshi"), tmp_path / "copy")
    (tmp_path / "copy" / "model.safetensors").unlink()

    assert refusal(ask, omni("moshi", path=tmp_path / "copy")).code == "not_loadable"


def test_device_that_is_not_there_is_refused(omni, ask):
    assert refusal(ask, omni("moshi", device="cuda:63")).code == "device_missing"


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ({"kind": "qwen2.5-omni", "instructions": "Be brief."}, "instructions"),
        ({"kind": "moshi", "voice": "Ethan"}, "voice"),
        ({"kind": "moshi", "listen_seconds": 0}, "listen_seconds"),
        ({"kind": "qwen3-omni", "talker": {"top_q": 1}}, "top_q"),
        ({"kind": "gpt"}, "kind"),
    ],
)
def test_configuration_that_makes_no_sense_is_refused_when_it_is_typed(model, sentence):
    with pytest.raises(Refused) as refused:
        registry.load("omni", {"path": "somewhere", "model": model})

    assert sentence in refused.value.message


def test_part_of_the_sampling_is_changed_and_the_rest_stays():
    adapter = registry.load(
        "omni", {"path": "x", "model": {"kind": "qwen3-omni", "talker": {"max_new_tokens": 50}}}
    )

    assert adapter.model.talker.arguments()["max_new_tokens"] == 50
    assert adapter.model.talker.arguments()["top_k"] == 50
    assert adapter.queue == "gpu"
