"""The three model classes, tried on tiny checkpoints of the real ones."""

import math

import numpy as np
import pytest

from inference.adapters.base import Reply
from inference.adapters.omni import weights
from inference.audio import ingest
from tests.inference.adapters import sounds

KINDS = ["qwen2.5-omni", "qwen3-omni", "moshi"]
QWENS = KINDS[:2]
# Upstream's own default says so of itself.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Passing `repetition_penalty` with `inputs_embeds`:UserWarning"
)


def same(one, other):
    return (
        np.array_equal(one.clip.samples, other.clip.samples)
        and one.transcript == other.transcript
        and one.stop_reason == other.stop_reason
    )


def mixed():
    """Eight prompts of many lengths."""
    return [sounds.noise(seconds, seed=n) for n, seconds in enumerate([1, 0.4, 3, 0.05, 2.2, 0.3, 1.7, 0.9])]


@pytest.mark.parametrize("kind", KINDS)
def test_answer_is_sound_that_the_arena_takes_with_the_words_that_go_with_it(kind, omni, ask):
    long = {"talker": {"min_new_tokens": 15, "max_new_tokens": 20}}
    (reply,) = ask(omni(kind, model=long if kind in QWENS else {}), [sounds.noise(1)])

    assert reply.clip.rate == 24_000
    assert reply.clip.samples.ndim == 1
    assert ingest.ingest(reply.clip.wav()).raw.sample_rate == 24_000
    assert isinstance(reply.transcript, str)
    assert reply.total_seconds > 0


@pytest.mark.parametrize("kind", KINDS)
def test_batch_gives_what_single_calls_give(kind, omni, ask):
    # Some rows' texts end before the others', and their talkers go on beyond that.
    ends = {"thinker": {"max_new_tokens": 12}, "talker": {"max_new_tokens": 14}}
    adapter, clips = omni(kind, model=ends if kind == "qwen3-omni" else {}), mixed()

    together = ask(adapter, clips)
    alone = [ask(adapter, [one])[0] for one in clips]

    assert [one.transcript for one in together] == [one.transcript for one in alone]
    assert [one.clip.samples.size for one in together] == [one.clip.samples.size for one in alone]
    if kind == "qwen3-omni":
        assert len({one.parameters["generation"]["thinker_tokens"] for one in together}) > 1
    for one, other in zip(together, alone, strict=True):
        # Qwen3-Omni's vocoder decodes the batch at once: its rounding differs in the last bits.
        assert np.abs(one.clip.samples - other.clip.samples).max() < (1e-3 if kind == "qwen3-omni" else 1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_seed_decides_the_samples_and_what_was_asked_before_does_not(kind, omni, ask):
    adapter, clip = omni(kind), sounds.noise(1)

    (first,) = ask(adapter, [clip], seed=7)
    (other,) = ask(adapter, [clip], seed=8)
    (again,) = ask(adapter, [clip], seed=7)

    assert same(first, again)
    assert not same(first, other)


@pytest.mark.parametrize("kind", KINDS)
def test_weights_load_once_for_fifteen_prompts_and_for_another_voice(kind, omni, ask, checkpoint):
    ask(omni("moshi" if kind != "moshi" else "qwen2.5-omni"), [sounds.noise(0.1)])
    before = weights.loads[str(checkpoint(kind))]

    replies = [one for n in range(3) for one in ask(omni(kind), [sounds.noise(0.2, seed=n)] * 5)]
    if kind in QWENS:
        replies += ask(
            omni(kind, model={"voice": "Ethan" if kind == "qwen2.5-omni" else "Chelsie"}), mixed()[:1]
        )

    assert weights.loads[str(checkpoint(kind))] == before + 1
    assert all(isinstance(one, Reply) for one in replies)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_dtype_and_device_are_what_is_configured(kind, dtype, omni, ask):
    adapter = omni(kind, dtype=dtype, device="cpu", attention="sdpa")
    (reply,) = ask(adapter, [sounds.noise(0.5)])

    loaded = weights.hold(adapter.model, path=adapter.path, revision="", on=("cpu", dtype, "sdpa"))
    body = loaded.model.decoder if kind == "moshi" else loaded.model.talker

    assert f"{body.dtype}" == f"torch.{dtype}"
    assert loaded.model.device.type == "cpu"
    assert reply.parameters["generation"]["dtype"] == dtype
    assert reply.clip.samples.dtype == np.float32


# Frames a second that the model is given of a prompt, and the fewest.
HEARD = {"qwen2.5-omni": (100, 10), "qwen3-omni": (100, 100), "moshi": (12.5, 1)}


@pytest.mark.parametrize("kind", KINDS)
def test_long_and_short_prompts_are_heard_whole(kind, omni, ask):
    lengths, (rate, fewest) = [0.05, 29.9, 30.1, 65], HEARD[kind]

    replies = ask(omni(kind), [sounds.noise(seconds) for seconds in lengths])

    heard = [reply.parameters["generation"]["prompt_frames"] for reply in replies]
    assert heard == [max(fewest, math.ceil(round(seconds * rate, 6))) for seconds in lengths]


def test_prompt_beyond_the_limit_is_refused_and_not_cut(omni, ask):
    adapter = omni("qwen2.5-omni")

    outcomes = ask(adapter, [sounds.noise(0.3), sounds.silence(301), sounds.poisoned(), sounds.noise(0.2)])

    assert [getattr(one, "code", "") for one in outcomes] == ["", "prompt_too_long", "prompt_not_finite", ""]
    assert omni("moshi", model={"listen_seconds": 40}).longest_prompt_seconds == 200


@pytest.mark.parametrize("kind", KINDS)
def test_stereo_at_full_scale_and_silence_are_answered(kind, omni, ask):
    replies = ask(omni(kind), [sounds.sine(), sounds.silence(0.5)])

    assert all(isinstance(one, Reply) for one in replies)


@pytest.mark.parametrize("kind", QWENS)
def test_stop_reason_says_whether_a_limit_cut_the_answer(kind, omni, ask):
    long = {"thinker": {"max_new_tokens": 60}, "talker": {"max_new_tokens": 60}}
    clips = [sounds.noise(0.5, seed=n) for n in range(4)]

    cut = ask(omni(kind), clips)
    whole = ask(omni(kind, model=long), clips)

    for reply in cut:
        generation = reply.parameters["generation"]
        ended = generation["thinker_ended"] and generation["talker_ended"]
        assert reply.stop_reason == ("end" if ended else "length")
    assert any(one.stop_reason == "length" for one in cut)
    assert any(
        one.parameters["generation"][ended] for one in whole for ended in ("thinker_ended", "talker_ended")
    )
    # What ended by itself is as long as its tokens, and shorter than the limit.
    for reply in whole:
        generation = reply.parameters["generation"]
        assert generation["talker_ended"] == (generation["talker_tokens"] < 60)


def test_evidence_holds_all_that_shaped_the_answer(omni, ask):
    (reply,) = ask(omni("qwen2.5-omni", model={"voice": "Ethan"}), [sounds.noise(0.3)], seed=11)

    parameters = reply.parameters
    assert parameters["seed"] == 11
    assert {"python", "torch", "transformers"} <= set(parameters["libraries"])
    assert parameters["device"].startswith("cpu")
    assert len(parameters["instructions_sha256"]) == 64
    assert parameters["generation"]["talker"]["top_k"] == 40
    assert parameters["generation"]["talker"]["max_new_tokens"] == 6
    assert parameters["generation"]["thinker"]["max_new_tokens"] == 8
    assert parameters["generation"]["voice"] == "Ethan"


def test_moshi_answers_after_the_prompt_and_only_so_long(omni, ask):
    (short, long) = ask(omni("moshi", model={"listen_seconds": 1}), [sounds.noise(0.3), sounds.noise(4)])

    # 13 frames of 1,920 samples, however long the prompt was.
    assert short.clip.samples.size == long.clip.samples.size == 13 * 1_920
    assert short.parameters["generation"]["prompt_frames"] == 4
    assert long.parameters["generation"]["prompt_frames"] == 50
    assert short.stop_reason == "length"


def test_moshi_ends_with_its_own_silence(omni, ask):
    (whole,) = ask(omni("moshi", model={"listen_seconds": 3}), [sounds.noise(0.3)])
    frames = np.sqrt((whole.clip.samples.reshape(-1, 1_920) ** 2).mean(axis=1))
    # What lies below this counts as silent here, so that some of what it says does.
    level = float(20 * np.log10(np.quantile(frames[5:], 0.6)))
    ends = {"listen_seconds": 3, "closing_silence_seconds": 0.16, "silence_dbfs": level}

    (ended,) = ask(omni("moshi", model=ends), [sounds.noise(0.3)])

    assert ended.stop_reason == "end"
    assert ended.clip.samples.size < whole.clip.samples.size
    assert np.allclose(ended.clip.samples, whole.clip.samples[: ended.clip.samples.size], atol=1e-5)
    assert whole.transcript.startswith(ended.transcript)


def test_moshi_that_says_nothing_gives_no_audio(omni, ask, monkeypatch, checkpoint):
    adapter = omni("moshi", path=checkpoint("moshi"))
    loaded = weights.hold(adapter.model, path=adapter.path, revision="", on=("auto", "auto", "sdpa"))
    last = loaded.model.audio_encoder.decoder.decoder_seanet.layers[-1].conv
    monkeypatch.setattr(last.weight, "data", last.weight.data * 0)

    (outcome,) = ask(adapter, [sounds.noise(0.3)])

    assert (outcome.code, outcome.stage, outcome.transient) == ("no_audio", "speak", False)


def test_qwen_that_makes_silence_gives_no_audio(omni, ask, monkeypatch):
    adapter = omni("qwen2.5-omni")
    loaded = weights.hold(adapter.model, path=adapter.path, revision="", on=("auto", "auto", "sdpa"))
    last = loaded.model.token2wav.code2wav_bigvgan_model.conv_post
    monkeypatch.setattr(last.weight, "data", last.weight.data * 0)

    (outcome,) = ask(adapter, [sounds.noise(0.3)])

    assert (outcome.code, outcome.transient) == ("no_audio", False)
