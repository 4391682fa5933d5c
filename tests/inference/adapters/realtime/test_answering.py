"""What is made of the answer: whole or marked as cut, with its evidence (S8, S9, S11, S29-S31, S34)."""

import numpy as np
import pytest

from inference.adapters.base import PermanentError, Reply, TransientError
from tests.fakes import realtime_script
from tests.inference.adapters import sounds

PROMPT = sounds.noise(0.4)
HEARD = PROMPT.resampled(24_000).to_int16().tobytes()


def samples(*spoken: bytes) -> np.ndarray:
    return np.frombuffer(b"".join(spoken), dtype="<i2").astype(np.float32) / 32768


def whole(reply) -> bool:
    return isinstance(reply, Reply) and np.array_equal(
        reply.clip.samples, samples(realtime_script.voice(HEARD))
    )


@pytest.mark.parametrize("mode", ["whole", "drip", "odd", "unknown", "done first", "late transcript"])
def test_an_answer_arrives_whole(server, ask, mode):
    server.mode_of = lambda heard: mode

    reply, _ = ask(PROMPT)

    assert whole(reply)
    assert reply.clip.rate == 24_000
    assert reply.transcript == realtime_script.words(HEARD)
    assert reply.stop_reason == "end"
    assert 0 < reply.first_audio_seconds <= reply.total_seconds


def test_no_answer_of_200_from_a_dripping_server_is_short(server, adapter):
    server.mode_of = lambda heard: "drip"
    prompts = [PROMPT] * 8

    outcomes = [
        outcome for _ in range(25) for outcome in adapter().respond(prompts, seed=1, stages=[_Nowhere()] * 8)
    ]

    assert len(outcomes) == 200
    assert all(map(whole, outcomes))


@pytest.mark.parametrize("mode", ["two items", "done between"])
def test_two_items_are_joined_in_their_order(server, ask, mode):
    server.mode_of = lambda heard: mode

    reply, _ = ask(PROMPT)

    spoken = realtime_script.voice(HEARD), realtime_script.voice(HEARD[::-1])
    assert np.array_equal(reply.clip.samples, samples(*spoken))
    assert reply.transcript == " ".join([realtime_script.words(HEARD)] * 2)


@pytest.mark.parametrize(("mode", "stop_reason"), [("length", "length"), ("filter", "filter")])
def test_a_cut_answer_is_kept_and_marked(server, ask, mode, stop_reason):
    server.mode_of = lambda heard: mode

    reply, _ = ask(PROMPT)

    assert whole(reply)
    assert reply.stop_reason == stop_reason


def test_the_evidence_names_model_settings_usage_and_unknown_events(server, ask):
    server.mode_of = lambda heard: "unknown"

    reply, _ = ask(PROMPT, instructions="Sing.")

    generation = reply.parameters["generation"]
    assert reply.parameters["revision"] == "gpt-realtime-2-2026-11-01"
    assert set(reply.parameters["libraries"]) == {"python", "openai", "websockets", "numpy", "soxr"}
    assert reply.parameters["seed"] == 7
    assert len(reply.parameters["instructions_sha256"]) == 64
    assert "Sing." not in str(reply.parameters)
    assert generation["usage"]["output_tokens"] == 34
    assert generation["unknown_events"] == {"response.output_smell.delta": 1}
    assert generation["session"]["audio"]["output"]["voice"] == "marin"


def test_the_users_transcript_is_a_stage_where_it_comes_in_time(server, ask):
    server.mode_of = lambda heard: "early transcript"

    reply, stages = ask(PROMPT, input_transcription="gpt-transcribe")

    (heard,) = stages
    assert whole(reply)
    assert heard.name == "hear"
    assert heard.text.startswith("user said")
    assert heard.tags == {"model": "gpt-transcribe"}


def test_the_users_transcript_is_not_waited_for(server, ask):
    server.mode_of = lambda heard: "late transcript"

    reply, stages = ask(PROMPT, input_transcription="gpt-transcribe")

    assert whole(reply)
    assert stages == []


def test_a_prompt_that_could_not_be_written_down_is_answered_all_the_same(server, ask):
    server.mode_of = lambda heard: "transcript failed"

    reply, _ = ask(PROMPT, input_transcription="gpt-transcribe")

    assert whole(reply)
    assert reply.parameters["generation"]["transcription_error"] == "audio_unintelligible"


@pytest.mark.parametrize(
    ("mode", "code", "kept"),
    [
        ("empty", "no_audio", realtime_script.words(HEARD)),
        ("text", "no_audio", "I cannot speak of that."),
        ("filtered", "content_filter", realtime_script.words(HEARD)),
        ("beta", "no_audio", None),
    ],
)
def test_an_answer_without_sound_is_an_error_whose_words_are_kept(server, ask, mode, code, kept):
    server.mode_of = lambda heard: mode

    error, stages = ask(PROMPT)

    assert isinstance(error, PermanentError)
    assert (error.code, error.stage) == (code, "answer")
    assert [stage.text for stage in stages] == ([kept] if kept else [])


def test_a_server_that_settles_on_another_format_is_refused_before_the_prompt_is_sent(server, ask):
    error, _ = ask(PROMPT, model="sounds-like-a-telephone")

    assert (error.code, error.stage, error.transient) == ("bad_audio", "session", False)
    assert server.calls[0].chunks == []


def test_a_prompt_that_failed_once_is_answered_the_next_time(server, ask):
    modes = iter(["close", "whole"])
    server.mode_of = lambda heard: next(modes)

    first, _ = ask(PROMPT)
    second, _ = ask(PROMPT)

    assert isinstance(first, TransientError)
    assert whole(second)


class _Nowhere:
    def get(self, name, key):
        return None

    def put(self, stage):
        raise AssertionError("There is nothing to keep.")
