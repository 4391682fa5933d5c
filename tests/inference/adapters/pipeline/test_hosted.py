"""A pipeline whose three stages are all servers: what is asked, kept, repeated, and what goes wrong."""

import json
import threading

import numpy as np
import pytest

from inference.adapters import registry, secrets
from inference.adapters.base import MemoryStages, Reply
from tests.fakes.openai_server import KEY, RETRY_AFTER_SECONDS, OpenAIServer
from tests.inference.adapters import sounds
from tests.inference.adapters.test_imports import loaded

STAGES = ["transcriptions", "chat", "speech"]


@pytest.fixture
def server():
    with OpenAIServer() as server:
        secrets.lend({"loopback": KEY})
        yield server
    secrets.lend({})


def pipeline(server, *, batch_size=1, instructions=None, **stages):
    """Build one; fields of a stage are changed by its name."""
    config = server.config(secret="loopback", batch_size=batch_size)
    for name, changed in stages.items():
        config[name] = {**config[name], **changed}
    return registry.load("pipeline", config | ({"instructions": instructions} if instructions else {}))


def prompts(count):
    """Tell prompts apart by their length: the server hears it, and says it."""
    return [sounds.noise(0.3 + 0.01 * number, seed=number) for number in range(count)]


def ask(adapter, *clips, stores=None, seed=3):
    stores = stores or [MemoryStages() for _ in clips]
    return list(adapter.respond(clips, seed=seed, stages=stores))


def counts(server):
    return [server.count(endpoint) for endpoint in STAGES]


def test_three_stages_are_stored_with_what_came_of_each(server):
    server.hears, server.language = lambda wav: "Good morning.", "en"
    store = MemoryStages()

    (reply,) = ask(pipeline(server), *prompts(1), stores=[store])

    recognised, replied, spoken = store.all()
    assert [one.name for one in store.all()] == ["recognise", "reply", "speak"]
    assert (recognised.text, recognised.tags) == ("Good morning.", {"language": "en"})
    assert replied.text == reply.transcript == "You said: Good morning.."
    assert replied.tags == {"model": "m-dated", "stop_reason": "end"}
    assert spoken.tags == {"rate": 24_000, "seconds": pytest.approx(reply.clip.seconds), "pieces": 1}
    assert reply.total_seconds == pytest.approx(sum(one.seconds for one in store.all()))
    assert 0 < reply.first_audio_seconds <= reply.total_seconds
    assert (reply.clip.rate, reply.stop_reason) == (24_000, "end")


def test_evidence_names_seed_instructions_and_the_model_that_answered(server):
    (reply,) = ask(pipeline(server), *prompts(1), seed=11)

    assert reply.parameters["seed"] == 11
    assert reply.parameters["revision"] == "m-dated"
    assert len(reply.parameters["instructions_sha256"]) == 64
    assert set(reply.parameters["libraries"]) == {"python", "openai"}
    assert json.dumps(reply.parameters)


def test_each_stage_sends_what_it_is_configured_to_send(server):
    server.hears = lambda wav: "Hello"
    adapter = pipeline(
        server,
        recognise={"parameters": {"response_format": "verbose_json", "language": "en"}},
        reply={"parameters": {"temperature": 0.5, "max_tokens": 9}},
        speak={"voices": {"en": "alice"}, "parameters": {"speed": 1}},
    )

    ask(adapter, *prompts(1), seed=2**31 + 5)
    heard, said, spoken = (server.of(endpoint)[0] for endpoint in STAGES)

    assert heard.fields == {"model": "m", "response_format": "verbose_json", "language": "en"}
    assert said.fields["messages"][-1] == {"role": "user", "content": "Hello"}
    assert (said.fields["temperature"], said.fields["max_tokens"], said.fields["seed"]) == (0.5, 9, 5)
    assert spoken.fields["voice"] == "alice"
    keys = [call.headers["Idempotency-Key"] for call in (heard, said, spoken)]
    assert len(set(keys)) == 3
    assert all(keys)


def test_same_prompt_asked_again_carries_the_same_key(server):
    adapter = pipeline(server)

    ask(adapter, *prompts(1))
    ask(adapter, *prompts(1))
    ask(adapter, *prompts(1), seed=4)

    keys = [call.headers["Idempotency-Key"] for call in server.of("chat")]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize("stage", [0, 1, 2])
def test_finished_stages_are_not_repeated(server, stage):
    store = MemoryStages()
    server.next(STAGES[stage], "500")
    adapter = pipeline(server)

    (failed,) = ask(adapter, *prompts(1), stores=[store])
    (reply,) = ask(adapter, *prompts(1), stores=[store])

    assert (failed.code, failed.transient) == ("http_500", True)
    assert failed.stage == ["recognise", "reply", "speak"][stage]
    assert isinstance(reply, Reply)
    assert counts(server) == [2 if at == stage else 1 for at in range(3)]
    assert reply.total_seconds >= sum(one.seconds for one in store.all()[:2])


def test_failing_prompt_fails_alone_and_order_holds(server):
    clips = prompts(8)
    adapter = pipeline(server, batch_size=4)
    alone = {clip.seconds: ask(adapter, clip)[0].transcript for clip in clips}
    server.says = lambda heard: "" if heard == alone[clips[3].seconds][10:-1] else f"You said: {heard}."

    outcomes = ask(adapter, *clips)

    assert [getattr(one, "transcript", one) for at, one in enumerate(outcomes) if at != 3] == [
        alone[clip.seconds] for at, clip in enumerate(clips) if at != 3
    ]
    assert outcomes[3].code == "no_answer"
    assert len(set(alone.values())) == 8


def test_answers_are_yielded_one_by_one(server):
    stores = [MemoryStages() for _ in range(15)]
    outcomes = pipeline(server).respond(prompts(15), seed=1, stages=stores)

    first = [next(outcomes) for _ in range(7)]
    outcomes.close()

    assert all(isinstance(one, Reply) for one in first)
    assert [len(store.all()) for store in stores] == [3] * 7 + [0] * 8
    assert counts(server) == [7, 7, 7]


def test_calls_in_flight_are_as_many_as_configured(server):
    inside = threading.Barrier(4, timeout=10)

    def said_once_four_ask(heard):
        inside.wait()
        return "Now."

    server.says = said_once_four_ask
    outcomes = ask(pipeline(server, batch_size=4), *prompts(8))

    assert all(isinstance(one, Reply) for one in outcomes)
    assert server.most_in_flight == 4


@pytest.mark.parametrize("stream", [True, False])
def test_cut_answer_is_kept_and_marked(server, stream):
    server.next("chat", "length", "content_filter")
    adapter = pipeline(server, reply={"stream": stream})

    (long,), (filtered,) = ask(adapter, *prompts(1)), ask(adapter, *prompts(1))

    assert (long.stop_reason, filtered.stop_reason) == ("length", "filter")
    assert long.transcript == filtered.transcript != ""


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("mode", "code", "transient"),
    [
        ("refusal", "refused", False),
        ("null", "no_answer", False),
        ("filtered_empty", "content_filter", False),
        ("html", "not_the_protocol", False),
        ("not_json", "not_the_protocol", False),
        ("400", "http_400", False),
        ("429", "http_429", True),
        ("close", "connection_failed", True),
    ],
)
def test_text_model_that_gives_nothing_is_an_error_of_its_stage(server, mode, code, transient, stream):
    server.next("chat", mode)

    (error,) = ask(pipeline(server, reply={"stream": stream}), *prompts(1))

    assert (error.stage, error.code, error.transient) == ("reply", code, transient)
    assert counts(server) == [1, 1, 0]


@pytest.mark.parametrize(("mode", "code"), [("mid_close", "cut_off"), ("stream_error", "stream_error")])
def test_stream_that_breaks_is_no_answer(server, mode, code):
    server.next("chat", mode)

    (error,) = ask(pipeline(server), *prompts(1))

    assert (error.code, error.transient) == (code, True)


@pytest.mark.parametrize("mode", ["odd_keys", "no_done"])
def test_stream_with_unknown_keys_is_read(server, mode):
    server.next("chat", mode)

    (reply,) = ask(pipeline(server), *prompts(1))

    assert reply.transcript.startswith("You said: ")


def test_busy_server_is_left_alone_as_long_as_it_asks(server):
    server.next("speech", "429")

    (error,) = ask(pipeline(server), *prompts(1))

    assert error.retry_after_seconds == RETRY_AFTER_SECONDS


@pytest.mark.parametrize(
    ("sound", "mode", "code"),
    [
        ("wav", "empty", "no_audio"),
        ("pcm", "empty", "no_audio"),
        ("wav", "silence", "no_audio"),
        ("pcm", "silence", "no_audio"),
        ("wav", "wrong_audio", "bad_audio"),
        ("wav", "text_as_sound", "not_the_protocol"),
        ("pcm", "text_as_sound", "not_the_protocol"),
    ],
)
def test_speech_that_is_none_is_refused(server, sound, mode, code):
    server.next("speech", mode)

    (error,) = ask(pipeline(server, speak={"sound": sound}), *prompts(1))

    assert (error.stage, error.code, error.transient) == ("speak", code, False)


def test_speech_cut_in_the_middle_is_worth_another_try(server):
    server.next("speech", "mid_close")

    (error,) = ask(pipeline(server), *prompts(1))

    assert (error.stage, error.code, error.transient) == ("speak", "connection_failed", True)


def test_sound_is_taken_for_what_it_is_and_not_for_what_was_asked(server):
    whole = server.sound
    server.rate = 22_050
    (bare,) = ask(pipeline(server, speak={"sound": "pcm", "pcm_rate": 22_050}), *prompts(1))
    # A server that sends a file although bare samples were asked for: their own 44 bytes are cut off again.
    server.sound = lambda text, rate: bytes(44) + whole(text, rate)

    (file,) = ask(pipeline(server, speak={"sound": "pcm", "pcm_rate": 8_000}), *prompts(1))

    assert bare.clip.rate == file.clip.rate == 22_050
    assert np.array_equal(bare.clip.samples, file.clip.samples)


@pytest.mark.parametrize("sentences", [1, 2, 5])
def test_long_answer_is_spoken_in_pieces_and_joined_in_order(server, sentences):
    said = [f"Sentence number {number} " + "goes on " * 30 for number in range(sentences)]
    server.says = lambda heard: ". ".join(said)
    store = MemoryStages()

    (reply,) = ask(pipeline(server, speak={"most_characters": 300}), *prompts(1), stores=[store])

    inputs = [call.fields["input"] for call in server.of("speech")]
    assert "".join(inputs) == ". ".join(said).strip()
    assert len(inputs) == sentences == store.all()[-1].tags["pieces"]
    assert reply.clip.seconds == pytest.approx(0.3 * sentences + 0.02 * sum(map(len, inputs)), abs=0.01)


@pytest.mark.parametrize(
    ("style", "input_", "instructions"),
    [
        ("ignore", "Oh.", None),
        ("instructions", "Oh.", "happy"),
        ("prefix", "happy<endofprompt>Oh.", None),
    ],
)
def test_style_goes_where_the_synthesiser_reads_it(server, style, input_, instructions):
    server.says = lambda heard: "生成风格: happy.;播报内容: [laughter]Oh."
    adapter = pipeline(server, instructions={"form": "two-field"}, speak={"style": style})

    (reply,) = ask(adapter, *prompts(1))
    (call,) = server.of("speech")

    assert (call.fields["input"], call.fields.get("instructions")) == (input_, instructions)
    assert reply.transcript == "[laughter]Oh."


def test_markup_is_kept_for_a_voice_that_performs_it(server):
    server.says = lambda heard: "[laughter]Oh."

    ask(pipeline(server, speak={"markup": "keep"}), *prompts(1))

    assert server.of("speech")[0].fields["input"] == "[laughter]Oh."


def test_answer_without_the_form_is_asked_for_once_more(server):
    replies = iter(["No fields at all", "生成风格: sad;播报内容: Better."])
    server.says = lambda heard: next(replies)
    store = MemoryStages()

    (reply,) = ask(pipeline(server, instructions={"form": "two-field"}), *prompts(1), stores=[store])

    assert [one.name for one in store.all()] == ["recognise", "reply", "repair", "speak"]
    assert reply.transcript == "Better."
    messages = server.of("chat")[1].fields["messages"]
    assert [one["role"] for one in messages] == ["system", "user", "assistant", "user"]
    assert messages[2]["content"] == "No fields at all"


def test_answer_that_never_has_the_form_ends_after_one_repair(server):
    server.says = lambda heard: "Never any fields"
    store = MemoryStages()
    adapter = pipeline(server, instructions={"form": "two-field"})

    (error,) = ask(adapter, *prompts(1), stores=[store])
    (again,) = ask(adapter, *prompts(1), stores=[store])

    assert (error.stage, error.code, error.transient) == ("repair", "unparsable_answer", False)
    assert again.code == "unparsable_answer"
    assert counts(server) == [1, 2, 0]


@pytest.mark.parametrize("words", ["All plain words with full stops. And more", "没有任何标点的回答", "ok"])
def test_answer_without_strong_marks_is_spoken_all_the_same(server, words):
    server.says = lambda heard: f"生成风格: happy;播报内容: {words}"

    ask(pipeline(server, instructions={"form": "two-field"}), *prompts(1))

    assert server.of("speech")[0].fields["input"] == words


def test_tags_of_the_recogniser_are_stored_and_shown_to_the_text_model(server):
    server.hears = lambda wav: "<|en|><|ANGRY|><|Speech|><|woitn|>so noisy here"
    server.says = lambda heard: "<speaking calmly>Let us go."
    adapter = pipeline(
        server,
        recognise={"tags": "sensevoice"},
        speak={"style": "instructions", "voices": {"en": "english-male"}},
        instructions={"preset": "funaudiollm-described", "form": "angle-bracket", "transcript": "tagged"},
    )
    store = MemoryStages()

    (reply,) = ask(adapter, *prompts(1), stores=[store])

    assert store.all()[0].text == "so noisy here"
    assert store.all()[0].tags == {"language": "en", "emotion": "ANGRY", "events": ["Speech"]}
    assert server.of("chat")[0].fields["messages"][-1]["content"] == "<|ANGRY|><|Speech|>so noisy here"
    spoken = server.of("speech")[0].fields
    assert (spoken["input"], spoken["instructions"]) == ("Let us go.", "speaking calmly")
    assert spoken["voice"] == "english-male"
    assert reply.transcript == "Let us go."
    again = ask(adapter, *prompts(1), stores=[store])[0]
    assert counts(server) == [1, 1, 2]
    assert again.parameters["generation"]["language"] == "en"


@pytest.mark.parametrize(("seconds", "pieces"), [(29.9, 1), (30.1, 2), (65, 3)])
def test_long_prompt_is_heard_in_pieces_and_whole(server, seconds, pieces):
    server.hears = lambda wav: f"<|en|><|NEUTRAL|><|Speech|><|woitn|>{len(wav) - 44}."
    store = MemoryStages()
    adapter = pipeline(server, recognise={"tags": "sensevoice", "longest_seconds": 30})

    ask(adapter, sounds.noise(seconds), stores=[store])

    heard = [int(part.rstrip(".")) for part in store.all()[0].text.split()]
    assert len(heard) == pieces
    assert sum(heard) == 2 * round(seconds * 16_000)


def test_prompt_over_a_declared_limit_is_refused_before_any_call(server):
    adapter = registry.load("pipeline", server.config(secret="loopback", longest_seconds=30))

    (error,) = ask(adapter, sounds.noise(30.1))

    assert (error.code, error.transient) == ("prompt_too_long", False)
    assert counts(server) == [0, 0, 0]


def test_full_scale_sine_reaches_the_recogniser_without_turning_over(server):
    heard = []
    server.hears = lambda wav: heard.append(wav) or "A tone."

    ask(pipeline(server), sounds.sine())

    samples = np.frombuffer(heard[0][44:], dtype="<i2").astype(int)
    assert heard[0][24:28] == (16_000).to_bytes(4, "little")
    assert len(samples) == pytest.approx(16_000, abs=2)
    # A 440 Hz sine at 16 kHz never moves further than this between two samples; a flipped sign does.
    assert np.abs(np.diff(samples)).max() < 8_000


def test_silence_is_asked_about_in_words(server):
    server.hears = lambda wav: ""

    (reply,) = ask(pipeline(server), sounds.silence(1))

    assert isinstance(reply, Reply)
    assert server.of("chat")[0].fields["messages"][-1]["content"] == "(The recording holds no words.)"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"reply": {"parameters": {"model": "other"}}}, "model: the adapter sets that itself"),
        ({"instructions": {"user": "No place"}}, "{transcript} does not occur in it"),
        ({"reply": {"kind": "remote"}}, "does not match any of the expected tags"),
        ({"speak": {"voices": "x"}}, "speak.hosted.voices"),
    ],
)
def test_wrong_configuration_is_refused_with_its_field(server, changed, sentence):
    with pytest.raises(Exception, match="not accepted") as refused:
        pipeline(server, **changed)

    assert sentence in refused.value.message


def test_only_named_secrets_are_asked_for(server):
    adapter = pipeline(server, reply={"secret": "another"}, speak={"secret": None})

    assert adapter.secret_names == ("another", "loopback")
    assert adapter.queue == "api"


def test_process_that_only_calls_servers_loads_no_torch():
    code = (
        "from inference.adapters import registry, secrets\n"
        "from inference.adapters.base import MemoryStages, Reply\n"
        "from tests.fakes.openai_server import KEY, OpenAIServer\n"
        "from tests.inference.adapters import sounds\n"
        "secrets.lend({'loopback': KEY})\n"
        "with OpenAIServer() as server:\n"
        "    adapter = registry.load('pipeline', server.config(secret='loopback'))\n"
        "    (reply,) = adapter.respond([sounds.noise(1)], seed=1, stages=[MemoryStages()])\n"
        "assert isinstance(reply, Reply), reply"
    )

    assert loaded(code, ["torch", "transformers", "django", "openai"]) == "openai"
