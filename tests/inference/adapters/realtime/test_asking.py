"""What the server is sent: the session, the prompt, and several prompts at once (S5, S6, S28, S33)."""

import numpy as np
import pytest

from inference.adapters import instructions
from inference.adapters.base import AdapterError, MemoryStages, Reply
from inference.audio.clip import Clip
from tests.fakes import realtime_script
from tests.inference.adapters import sounds


def heard(call) -> np.ndarray:
    return np.frombuffer(call.heard, dtype="<i2").astype(np.int32)


def test_the_session_is_ga_and_set_up_before_the_prompt_is_sent(server, ask):
    ask(sounds.silence(0.3), input_transcription="gpt-transcribe", max_output_tokens=2_000)

    (call,) = server.calls
    assert call.headers["authorization"] == f"Bearer {server.key}"
    assert "openai-beta" not in call.headers
    assert call.session == {
        "type": "realtime",
        "output_modalities": ["audio"],
        "max_output_tokens": 2_000,
        "instructions": instructions.DEFAULT,
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24_000},
                "turn_detection": None,
                "noise_reduction": None,
                "transcription": {"model": "gpt-transcribe"},
            },
            "output": {"format": {"type": "audio/pcm", "rate": 24_000}, "voice": "marin"},
        },
    }
    appends = ["input_audio_buffer.append"] * 3
    assert call.order == ["session.update", *appends, "input_audio_buffer.commit", "response.create"]


def test_a_custom_voice_goes_by_its_id(server, ask):
    ask(sounds.silence(0.3), voice="voice_1234", reasoning_effort="low", instructions="none")

    (call,) = server.calls
    assert call.session["audio"]["output"]["voice"] == {"id": "voice_1234"}
    assert call.session["reasoning"] == {"effort": "low"}
    assert "instructions" not in call.session


def test_the_prompt_goes_in_chunks_of_100_ms(server, ask):
    ask(sounds.noise(1.25))

    (call,) = server.calls
    assert [len(chunk) for chunk in call.chunks] == [4_800] * 12 + [2_400]


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000, 44_100, 48_000])
def test_a_tone_is_heard_at_its_pitch_whatever_the_rate(server, ask, rate):
    tone = np.sin(2 * np.pi * 1_000 * np.arange(rate) / rate)

    ask(sounds.clip(0.5 * tone, rate=rate))

    spectrum = np.abs(np.fft.rfft(heard(server.calls[0])))
    assert len(heard(server.calls[0])) == 24_000
    assert np.argmax(spectrum) == 1_000


def test_what_lies_above_half_of_24_khz_does_not_fold_back(server, ask):
    tone = np.sin(2 * np.pi * 15_000 * np.arange(48_000) / 48_000)

    ask(sounds.clip(0.9 * tone, rate=48_000))

    assert np.abs(heard(server.calls[0])[1_000:-1_000]).max() < 330


def test_full_scale_is_clipped_and_never_wraps(server, ask):
    square = np.sign(np.sin(2 * np.pi * 50 * np.arange(44_100) / 44_100 + 0.1))

    ask(sounds.clip(1.2 * square, rate=44_100))

    # Away from the edges, where the resampler rings, each half wave stands at its own end of the scale.
    middles = heard(server.calls[0])[120::240][:90]
    assert np.sign(middles).tolist() == [1, -1] * 45
    assert np.abs(middles).min() > 32_000


def test_a_prompt_shorter_than_the_server_takes_is_followed_by_silence(server, ask):
    outcome, _ = ask(sounds.noise(0.05))

    assert isinstance(outcome, Reply)
    assert len(server.calls[0].heard) == 4_800
    assert not heard(server.calls[0])[1_210:].any()


def test_a_minute_is_heard_whole(server, ask):
    outcome, _ = ask(sounds.noise(65))

    assert isinstance(outcome, Reply)
    assert len(heard(server.calls[0])) == 65 * 24_000


def test_a_prompt_longer_than_declared_is_refused_before_the_call(server, ask):
    outcome, _ = ask(sounds.silence(30.1), hears_seconds=30)

    assert (outcome.code, outcome.transient) == ("prompt_too_long", False)
    assert server.calls == []


def test_prompts_fly_together_and_their_answers_come_in_order(server, ask):
    prompts = [sounds.noise(0.2 + 0.05 * n, seed=n) for n in range(8)]
    server.mode_of = lambda heard: "drip" if len(heard) < 15_000 else "whole"

    outcomes = ask(*prompts)

    expected = [realtime_script.words(prompt.resampled(24_000).to_int16().tobytes()) for prompt in prompts]
    assert [outcome.transcript for outcome in outcomes] == expected
    assert server.most_open > 1


def test_a_failing_prompt_in_the_middle_fails_alone(server, ask):
    prompts = [sounds.noise(0.3, seed=n) for n in range(3)]
    poison = prompts[1].resampled(24_000).to_int16().tobytes()
    server.mode_of = lambda heard: "error" if heard == poison else "whole"

    outcomes = ask(*prompts)

    assert [getattr(outcome, "code", "") for outcome in outcomes] == ["", "server_error", ""]


def test_stages_are_put_in_the_callers_thread_when_the_outcomes_turn_has_come(server, adapter):
    prompts = [sounds.noise(0.3, seed=n) for n in range(2)]
    stores = [MemoryStages(), MemoryStages()]
    server.mode_of = lambda heard: "early transcript"

    outcomes = adapter(input_transcription="gpt-transcribe").respond(prompts, seed=1, stages=stores)
    first = next(outcomes)

    assert isinstance(first, Reply)
    assert [len(store.all()) for store in stores] == [1, 0]
    assert isinstance(next(outcomes), Reply)


def test_opposite_channels_are_near_silence(server, ask):
    left = np.sin(2 * np.pi * 440 * np.arange(44_100) / 44_100).astype(np.float32)
    mono = np.stack([left, -left], axis=1).mean(axis=1, dtype=np.float32)

    ask(Clip(samples=mono, rate=44_100))

    assert np.abs(heard(server.calls[0])).max() <= 1


def test_a_key_that_is_not_stored_stops_the_call_before_it_is_made(server, ask):
    outcome, _ = ask(sounds.silence(0.3), secret="nobody-stored-it")

    assert isinstance(outcome, AdapterError)
    assert outcome.code == "secret_missing"
    assert server.calls == []
