"""A pipeline whose three models run here: real classes, tiny random weights, loaded as real ones are."""

import numpy as np
import pytest

from inference.adapters import registry, secrets
from inference.adapters.base import MemoryStages, PermanentError, Reply
from inference.adapters.pipeline import loading
from inference.audio import ingest
from tests.fakes import tiny_pipeline
from tests.fakes.openai_server import KEY, OpenAIServer
from tests.inference.adapters import sounds


def pipeline(tiny, *, batch_size=8, **stages):
    config = {name: {**tiny.get(name, {}), **stages.get(name, {})} for name in (*tiny, *stages)}
    return registry.load("pipeline", {**config, "batch_size": batch_size})


def prompts():
    """Four prompts, of which two last more than 30 s."""
    clips = [sounds.spoken("Good morning."), sounds.spoken("Tell me a story.")]
    return [*clips, sounds.noise(30.1), sounds.noise(65)]


def ask(adapter, clips, *, seed=5, stores=None):
    stores = stores or [MemoryStages() for _ in clips]
    return list(adapter.respond(clips, seed=seed, stages=stores))


def test_batch_gives_what_single_calls_give(tiny):
    adapter, clips = pipeline(tiny), prompts()

    together = ask(adapter, clips)
    alone = [ask(adapter, [clip])[0] for clip in clips]

    assert [one.transcript for one in together] == [one.transcript for one in alone]
    assert len({one.clip.samples.size for one in together}) > 1
    for one, other in zip(together, alone, strict=True):
        # Sums over a batch are rounded in another order: a ten-thousandth of the 16 bits that are kept.
        np.testing.assert_allclose(one.clip.samples, other.clip.samples, atol=1e-5)


def test_same_seed_gives_the_same_samples_and_another_seed_others(tiny):
    adapter, clips = pipeline(tiny), prompts()[:1]

    (first,), (second,), (other,) = ask(adapter, clips), ask(adapter, clips), ask(adapter, clips, seed=6)

    assert np.array_equal(first.clip.samples, second.clip.samples)
    assert not np.array_equal(first.clip.samples, other.clip.samples)


def test_models_load_once_for_fifteen_prompts(tiny):
    loading.forget()
    before = {one["model"]: loading.loads[one["model"]] for one in tiny.values()}
    clips = [sounds.noise(0.3 + 0.05 * number, seed=number) for number in range(15)]

    for start in range(0, 15, 5):
        ask(pipeline(tiny), clips[start : start + 5])

    assert {name: loading.loads[name] - count for name, count in before.items()} == dict.fromkeys(before, 1)


def test_stages_are_stored_with_language_and_evidence(tiny):
    store = MemoryStages()

    (reply,) = ask(pipeline(tiny), prompts()[:1], stores=[store])

    recognised, replied, spoken = store.all()
    assert recognised.tags["language"] in {"en", "zh", "de"}
    assert recognised.text
    assert replied.text.strip() == reply.transcript
    assert replied.tags["tokens"] <= 8
    assert spoken.tags["rate"] == reply.clip.rate == 16_000
    assert reply.parameters["device"] == "cpu"
    assert set(reply.parameters["libraries"]) == {"python", "torch", "transformers"}
    assert ingest.ingest(reply.clip.wav()).raw.sample_rate == 16_000


def test_finished_stages_are_not_repeated(tiny):
    store, adapter = MemoryStages(), pipeline(tiny)
    (first,) = ask(adapter, prompts()[:1], stores=[store])
    kept = store.all()

    (again,) = ask(adapter, prompts()[:1], stores=[store])

    assert store.all() == kept
    assert np.array_equal(again.clip.samples, first.clip.samples)
    assert again.total_seconds >= kept[0].seconds + kept[1].seconds


@pytest.mark.parametrize("seconds", [29.9, 30.1, 65])
def test_prompt_longer_than_the_encoder_is_heard_whole(tiny, seconds):
    clip, store = sounds.noise(seconds), MemoryStages()
    adapter = pipeline(tiny)

    ask(adapter, [clip], stores=[store])
    first = MemoryStages()
    ask(adapter, [sounds.clip(clip.samples[: 20 * 16_000])], stores=[first])

    letters = len(store.all()[0].text)
    assert letters >= 10 * np.ceil(seconds / 30)
    assert store.all()[0].text != first.all()[0].text


def test_features_are_those_of_the_models_own_extractor(tiny):
    from inference.adapters.pipeline import hearing  # noqa: PLC0415 -- loads torch

    ears = hearing.load(pipeline(tiny).recognise)
    clips = [sounds.noise(0.05), sounds.noise(7.3), sounds.noise(29.99), sounds.silence(2)]
    own = ears.processor.feature_extractor([one.samples for one in clips], sampling_rate=16_000)

    together = ears.features(clips)
    alone = [ears.features([one])[0] for one in clips]

    np.testing.assert_allclose(together, own.input_features, atol=1e-5)
    np.testing.assert_allclose(alone[0], own.input_features[0], atol=1e-5)
    np.testing.assert_allclose(alone[3], own.input_features[3], atol=1e-5)


def test_language_that_is_configured_is_not_detected(tiny):
    store = MemoryStages()

    ask(pipeline(tiny, recognise={"language": "zh"}), prompts()[:1], stores=[store])

    assert store.all()[0].tags["language"] == "zh"


def test_answer_cut_by_its_limit_says_so(tiny):
    greedy = {"temperature": 0, "max_new_tokens": 3}

    (reply,) = ask(pipeline(tiny, reply=greedy), prompts()[:1])

    assert (reply.stop_reason, len(reply.transcript) <= 3) == ("length", True)


def test_conversation_without_room_fails_alone(tiny):
    # Of 512 positions 80 are left: enough for three words, and not for forty.
    replies = {**tiny["reply"], "max_new_tokens": 432}
    with OpenAIServer() as server:
        secrets.lend({"loopback": KEY})
        server.hears = lambda wav: "word " * (40 if len(wav) > 20_000 else 3)
        config = server.config(secret="loopback", instructions={"system": ""}, batch_size=2)
        adapter = registry.load("pipeline", {**config, "reply": replies, "speak": tiny["speak"]})

        short, long = ask(adapter, [sounds.noise(0.3), sounds.noise(1)])

    assert isinstance(short, Reply)
    assert (long.code, long.stage, long.transient) == ("prompt_too_long", "reply", False)


def test_poisoned_prompt_fails_alone(tiny):
    good, bad = ask(pipeline(tiny), [prompts()[0], sounds.poisoned()])

    assert isinstance(good, Reply)
    assert bad.code == "prompt_not_finite"


def test_voice_without_the_answers_letters_is_no_audio(tiny):
    with OpenAIServer() as server:
        secrets.lend({"loopback": KEY})
        server.says = lambda heard: "你好" if "7" in heard else "hello"
        server.hears = lambda wav: "7" if len(wav) > 20_000 else "8"
        config = {**server.config(secret="loopback"), "speak": tiny["speak"], "batch_size": 2}
        adapter = registry.load("pipeline", config)

        foreign, known = ask(adapter, [sounds.noise(1), sounds.noise(0.3)])

    assert (foreign.code, foreign.stage) == ("no_audio", "speak")
    assert isinstance(known, Reply)
    assert adapter.queue == "gpu"


@pytest.mark.parametrize(
    ("stage", "name"), [("recognise", "recognise"), ("reply", "reply"), ("speak", "speak")]
)
def test_model_that_is_not_there_is_an_error_of_its_stage(tiny, stage, name, tmp_path):
    adapter = pipeline(tiny, **{stage: {"model": str(tmp_path / "nothing")}})

    errors = ask(adapter, prompts()[:2])

    assert [type(one) for one in errors] == [PermanentError] * 2
    assert {(one.stage, one.code) for one in errors} == {(name, "model_not_loadable")}


def test_speecht5_speaks_with_its_speaker_and_vocoder(tiny, tmp_path):
    folder = tiny_pipeline.speecht5(tmp_path / "speecht5")
    voice = {"model": str(folder), "vocoder": str(folder / "vocoder"), "speaker": str(folder / "speaker.npy")}
    adapter = pipeline(tiny, speak=voice)

    (first,), (second,) = ask(adapter, prompts()[:1]), ask(adapter, prompts()[:1])

    assert first.clip.rate == 16_000
    assert np.array_equal(first.clip.samples, second.clip.samples)


def test_speaker_that_a_voice_does_not_have_is_refused(tiny):
    (error,) = ask(pipeline(tiny, speak={"speaker": "7"}), prompts()[:1])

    assert (type(error), error.code) == (PermanentError, "model_not_loadable")
    assert "a number below 1, not 7" in error.message
