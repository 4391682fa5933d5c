"""The catalogue's pipelines: original conditions under their names, successors without personas."""

from datetime import date

import pytest

from inference import catalogue
from inference.adapters import registry

PIPELINES = {one.slug: one for one in map(catalogue.read, catalogue.names()) if one.adapter == "pipeline"}
# Which form each preset asks its answers to have.
FORMS = {
    "default": "plain",
    "cascade-2024": "plain",
    "funaudiollm-friend": "two-field",
    "funaudiollm-described": "angle-bracket",
}
ORIGINAL = {"cascade", "funaudiollm-gpt4o", "funaudiollm-qwen72b-open"}


def adapter(slug):
    return registry.load("pipeline", PIPELINES[slug].config)


@pytest.mark.parametrize("slug", PIPELINES)
def test_answers_are_read_in_the_form_that_is_asked_for(slug):
    instructions = adapter(slug).instructions

    assert instructions.form == FORMS[instructions.preset]
    assert (instructions.preset == "default") == (slug not in ORIGINAL)


@pytest.mark.parametrize("slug", PIPELINES)
def test_tags_that_are_shown_are_tags_that_are_read(slug):
    pipeline = adapter(slug)

    if pipeline.instructions.transcript == "tagged":
        assert pipeline.recognise.tags == "sensevoice"


@pytest.mark.parametrize("slug", PIPELINES)
def test_every_model_of_a_pipeline_is_in_its_version_and_its_needs(slug):
    entry, pipeline = PIPELINES[slug], adapter(slug)
    weights = {one.name.split("/")[-1] for one in entry.needs.weights}

    for stage in (pipeline.recognise, pipeline.reply, pipeline.speak):
        name = stage.model.split("/")[-1]
        assert name.lower() in entry.version.lower() or name.startswith("mms-tts")
        assert name in weights or getattr(stage, "secret", None)


def test_hosted_text_model_ends_when_its_maker_says():
    ends = {slug: one.ends for slug, one in PIPELINES.items()}

    assert ends == dict.fromkeys(PIPELINES) | dict.fromkeys(
        ("cascade", "funaudiollm-gpt4o"), date(2027, 1, 14)
    )


def test_retired_model_is_uploaded_under_the_original_name():
    entry = catalogue.read("funaudiollm-qwen72b")

    assert (entry.delivery, entry.model.name) == ("uploaded", "FunAudioLLM-Qwen72B")
    assert catalogue.read("funaudiollm-qwen72b-open").model.name != entry.model.name
