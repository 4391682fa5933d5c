"""Chat with sound at three kinds of servers: what is sent, what is made of the answer, what goes wrong."""

import io
import wave

import numpy as np
import pytest
from pydantic import ValidationError

from inference.adapters import instructions
from inference.adapters.audio_chat import AudioChat
from inference.adapters.base import MemoryStages, PermanentError, Reply, TransientError
from tests.fakes import audio_chat_server
from tests.fakes.openai_server import RETRY_AFTER_SECONDS
from tests.inference.adapters import sounds
from tests.inference.adapters.audio_chat.conftest import DIALECTS

PROMPT = sounds.noise(0.3)
STREAMED = ["openai streamed", "alibaba"]


def heard(call, *, rate) -> np.ndarray:
    with wave.open(io.BytesIO(call.file)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (rate, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int32)


def whole(reply, call) -> bool:
    spoken = np.frombuffer(audio_chat_server.samples(call.file), dtype="<i2").astype(np.float32) / 32768
    return isinstance(reply, Reply) and np.array_equal(reply.clip.samples, spoken)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_is_answered_whole(serve, ask, dialect):
    server, adapter = serve(dialect)

    reply, stages = ask(adapter, PROMPT)

    (call,) = server.calls
    assert whole(reply, call)
    assert reply.clip.rate == 24_000
    assert reply.transcript == audio_chat_server.words(call.file)
    assert reply.stop_reason == "end"
    assert (reply.first_audio_seconds is not None) == (dialect in STREAMED)
    assert stages == []


def test_the_request_holds_instructions_prompt_voice_and_seed(serve, ask):
    server, adapter = serve(generation={"temperature": 0.5})

    ask(adapter, PROMPT)

    fields = dict(server.calls[0].fields)
    system, user = fields.pop("messages")
    assert system == {"role": "system", "content": instructions.DEFAULT}
    assert [part["type"] for part in user["content"]] == ["input_audio"]
    assert fields == {
        "model": "gpt-audio-1.5",
        "modalities": ["text", "audio"],
        "audio": {"voice": "marin", "format": "wav"},
        "seed": 7,
        "temperature": 0.5,
    }


def test_a_server_without_a_systems_words_is_told_beside_the_sound(serve, ask):
    server, adapter = serve("alibaba")

    ask(adapter, PROMPT)

    (message,) = server.calls[0].fields["messages"]
    assert message["content"][0] == {"type": "text", "text": instructions.DEFAULT}
    assert message["content"][1]["input_audio"]["data"].startswith("data:;base64,")


def test_the_prompt_is_sent_at_the_models_rate_and_clipped(serve, ask):
    server, adapter = serve("vllm")
    square = np.sign(np.sin(2 * np.pi * 50 * np.arange(44_100) / 44_100 + 0.1))

    ask(adapter, sounds.clip(1.2 * square, rate=44_100))

    middles = heard(server.calls[0], rate=16_000)[80::160][:90]
    assert np.sign(middles).tolist() == [1, -1] * 45


@pytest.mark.parametrize("seconds", [0.05, 29.9, 30.1, 65])
def test_a_prompt_is_heard_whole(serve, ask, seconds):
    server, adapter = serve()

    reply, _ = ask(adapter, sounds.noise(seconds))

    assert isinstance(reply, Reply)
    assert len(heard(server.calls[0], rate=24_000)) == round(seconds * 24_000)


def test_a_prompt_longer_than_declared_is_refused_before_the_call(serve, ask):
    server, adapter = serve(hears_seconds=30)

    error, _ = ask(adapter, sounds.silence(30.1))

    assert error.code == "prompt_too_long"
    assert server.calls == []


@pytest.mark.parametrize("mode", ["bare", "piped", "odd_keys"])
@pytest.mark.parametrize("dialect", ["openai", "vllm"])
def test_a_whole_answer_is_read_by_what_it_is(serve, ask, dialect, mode):
    server, adapter = serve(dialect, pcm_rate=24_000)
    server.next("chat", mode)

    reply, _ = ask(adapter, PROMPT)

    assert whole(reply, server.calls[0])


@pytest.mark.parametrize("mode", ["odd", "odd_letters", "odd_keys", "piped"])
@pytest.mark.parametrize("dialect", STREAMED)
def test_a_streamed_answer_may_be_cut_anywhere(serve, ask, dialect, mode):
    server, adapter = serve(dialect)
    server.next("chat", mode)

    reply, _ = ask(adapter, PROMPT)

    assert whole(reply, server.calls[0])


@pytest.mark.parametrize(("mode", "reason"), [("length", "length"), ("content_filter", "filter")])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_cut_answer_is_kept_and_marked(serve, ask, dialect, mode, reason):
    server, adapter = serve(dialect)
    server.next("chat", mode)

    reply, _ = ask(adapter, PROMPT)

    assert whole(reply, server.calls[0])
    assert reply.stop_reason == reason


@pytest.mark.parametrize(
    ("mode", "code", "kept"),
    [
        ("no_audio", "no_audio", ["I would rather write."]),
        ("refusal", "refused", ["I cannot help with that."]),
        ("filtered_empty", "content_filter", []),
    ],
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_answer_without_sound_is_permanent_and_its_words_are_kept(serve, ask, dialect, mode, code, kept):
    server, adapter = serve(dialect)
    server.next("chat", mode)

    error, stages = ask(adapter, PROMPT)

    assert (type(error), error.code, error.stage) == (PermanentError, code, "answer")
    assert [stage.text for stage in stages] == kept


@pytest.mark.parametrize(
    ("mode", "kind", "code"),
    [
        ("silence", PermanentError, "no_audio"),
        ("wrong_audio", PermanentError, "bad_audio"),
        ("bare", PermanentError, "bad_audio"),
        ("bad_base64", PermanentError, "not_the_protocol"),
        ("html", PermanentError, "not_the_protocol"),
        ("400", PermanentError, "http_400"),
        ("401", PermanentError, "http_401"),
        ("500", TransientError, "http_500"),
        ("close", TransientError, "connection_failed"),
    ],
)
def test_a_fault_of_a_whole_answer_has_a_kind_and_a_code(serve, ask, mode, kind, code):
    server, adapter = serve()
    server.next("chat", mode)

    error, _ = ask(adapter, PROMPT)

    assert (type(error), getattr(error, "code", "")) == (kind, code)
    assert server.key not in error.message


@pytest.mark.parametrize(
    ("mode", "kind", "code"),
    [
        ("mid_close", TransientError, "connection_failed"),
        ("unfinished", TransientError, "connection_failed"),
        ("stream_error", TransientError, "stream_error"),
        ("500", TransientError, "http_500"),
    ],
)
@pytest.mark.parametrize("dialect", STREAMED)
def test_a_stream_that_breaks_off_is_tried_again(serve, ask, dialect, mode, kind, code):
    server, adapter = serve(dialect)
    server.next("chat", mode)

    error, stages = ask(adapter, PROMPT)
    again, _ = ask(adapter, PROMPT)

    assert (type(error), error.code) == (kind, code)
    assert stages == []
    assert whole(again, server.calls[-1])


def test_a_server_that_wants_to_be_left_alone_is(serve, ask):
    server, adapter = serve()
    server.next("chat", "429")

    error, _ = ask(adapter, PROMPT)

    assert (error.code, error.retry_after_seconds) == ("http_429", RETRY_AFTER_SECONDS)


@pytest.mark.parametrize(
    ("dialect", "mode", "limits"),
    [
        ("openai", "hang", {"first_byte": 0.2}),
        ("openai", "drip", {"total": 0.4}),
        ("alibaba", "mid_hang", {"silence": 0.2}),
    ],
)
def test_every_wait_has_a_limit(serve, ask, dialect, mode, limits):
    server, adapter = serve(dialect, limits=limits)
    server.next("chat", mode)

    error, _ = ask(adapter, PROMPT)

    assert (type(error), error.code) == (TransientError, "timeout")


def test_prompts_fly_together_and_their_answers_come_in_order(serve):
    server, adapter = serve()
    server.latency_seconds = 0.05
    prompts = [sounds.noise(0.2 + 0.05 * n, seed=n) for n in range(8)]

    outcomes = list(adapter.respond(prompts, seed=1, stages=[MemoryStages() for _ in prompts]))

    expected = [audio_chat_server.words(prompt.resampled(24_000).wav()) for prompt in prompts]
    assert [outcome.transcript for outcome in outcomes] == expected
    assert server.most_in_flight > 1


def test_the_evidence_names_model_settings_and_usage(serve, ask):
    _, adapter = serve("alibaba", generation={"temperature": 0.5})

    reply, _ = ask(adapter, PROMPT)

    generation = reply.parameters["generation"]
    assert reply.parameters["revision"] == "gpt-audio-1.5-dated"
    assert len(reply.parameters["instructions_sha256"]) == 64
    assert generation["further"] == {"temperature": 0.5}
    assert generation["audio"] == {"voice": "marin", "format": "wav"}
    assert generation["usage"]["prompt_tokens"] == 9
    assert instructions.DEFAULT not in str(reply.parameters)


def test_what_the_adapter_sets_itself_cannot_be_set_beside_it():
    endpoint = {"base_url": "http://127.0.0.1:9/v1", "model": "m"}

    with pytest.raises(ValidationError, match="sets seed, stream itself"):
        AudioChat.model_validate(
            {"endpoint": endpoint, "voice": "marin", "generation": {"stream": True, "seed": 1}}
        )


def test_samples_without_a_header_need_a_rate():
    endpoint = {"base_url": "http://127.0.0.1:9/v1", "model": "m"}

    with pytest.raises(ValidationError, match="say its pcm_rate"):
        AudioChat.model_validate({"endpoint": endpoint, "voice": "marin", "format": "pcm16"})
