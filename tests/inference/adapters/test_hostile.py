"""Servers that send anything at all: each prompt ends in an answer that can be stored, or in an error.

What leaves an adapter any other way is a crash, which takes the rest of the batch along.
"""

import base64
import json

import pytest

from inference.adapters import evidence, registry, secrets, texts
from inference.adapters.base import AdapterError, MemoryStages, PermanentError
from inference.adapters.realtime.answer import MOST_PARTS, Answer
from inference.host import frames, messages
from inference.worker.records import Record
from tests.fakes.audio_chat_server import samples
from tests.fakes.openai_server import KEY, OpenAIServer
from tests.fakes.raw_server import RawServer
from tests.inference.adapters import sounds

PROMPT = sounds.noise(0.3)
SOUND = base64.b64encode(samples(b"prompt")).decode()
HERE = "@"
# JSON as it stands in the place of what should be there.
VALUES = {
    "no number": "NaN",
    "no end": "1e999",
    "5,000 digits": "9" * 5_000,
    "400 digits": "9" * 400,
    "200,000 deep": "[" * 200_000 + "]" * 200_000,
    "half a letter": r'"a\ud800b"',
    "nothing": r'"a\u0000b"',
    "2 MB": '"' + "w " * 1_000_000 + '"',
    "list": '[1, "x"]',
    "object": '{"a": [NaN]}',
    "number": "-3",
    "true": "true",
    "null": "null",
}
ERROR = {"message": "No.", "type": "invalid_request_error", "param": None, "code": None}


def completion(part):
    """A chat completion by its parts, one of which is somebody's choice."""
    audio = {"id": "a", "data": SOUND, "transcript": "Yes.", "expires_at": 1}
    message = {"role": "assistant", "content": "Yes.", "refusal": None, "audio": audio}
    choice = {"index": 0, "finish_reason": "stop", "message": message, "delta": message}
    whole = {"id": "c", "object": "o", "created": 1, "model": "m", "system_fingerprint": "f"}
    whole |= {"choices": [choice], "usage": {"total_tokens": 3}}
    *way, name = part.split(".")
    for owner in (audio, message, choice, whole["usage"], whole):
        if not way and name in owner:
            owner[name] = HERE
            break
    if way == ["usage"]:
        whole["usage"][name] = HERE
    return HERE if part == "everything" else whole


CHAT = ["data", "transcript", "content", "refusal", "audio", "finish_reason", "message", "delta", "choices"]
CHAT += ["id", "model", "system_fingerprint", "usage", "usage.total_tokens", "everything"]


def is_stored(adapter):
    """Ask, and bring what comes of it through the host's border; say what it was."""
    stages = MemoryStages()
    (outcome,) = adapter.respond([PROMPT], seed=1, stages=[stages])
    for stage in stages.all():
        through(messages.Keep(number=1, prompt=0, stage=messages.finished(stage)))
    message, sound = messages.of_outcome(outcome)
    through(message, sound)
    return outcome


def through(message, sound=None):
    text = json.dumps(message.model_dump(mode="json"), ensure_ascii=False, allow_nan=False).encode()
    assert len(text) <= frames.MOST_TEXT_BYTES
    messages.parse((bytearray(text), bytearray(sound or b"")))


def tried(adapter, server, template, *, streamed=False):
    """Ask once for each value in the place of HERE, and say how each went."""
    ends = {}
    for name, value in VALUES.items():
        body = json.dumps(template).replace(f'"{HERE}"', value).encode()
        server.body = b"data: " + body + b"\n\ndata: [DONE]\n\n" if streamed else body
        outcome = is_stored(adapter)
        ends[name] = outcome.code if isinstance(outcome, AdapterError) else "answered"
    return ends


@pytest.fixture
def server():
    with RawServer() as running:
        yield running


@pytest.fixture
def good(monkeypatch):
    monkeypatch.setenv(secrets.variable("loopback"), KEY)
    with OpenAIServer() as running:
        yield running


@pytest.mark.parametrize("part", CHAT)
@pytest.mark.parametrize("streamed", [False, True])
def test_a_chat_completion_may_hold_anything_anywhere(server, part, streamed):
    server.kind = "text/event-stream" if streamed else "application/json"
    endpoint = {"base_url": server.base_url, "model": "m"}
    config = {"endpoint": endpoint, "voice": "v", "stream": streamed, "format": "pcm16", "pcm_rate": 24_000}

    ends = tried(registry.load("audio_chat", config), server, completion(part), streamed=streamed)

    assert ends["5,000 digits"] == ends["200,000 deep"] == "not_the_protocol"


@pytest.mark.parametrize("part", [one for one in CHAT if one not in {"data", "transcript", "audio"}])
@pytest.mark.parametrize("streamed", [False, True])
def test_a_text_models_answer_may_hold_anything_anywhere(server, good, part, streamed):
    server.kind = "text/event-stream" if streamed else "application/json"
    reply = {"kind": "hosted", "base_url": server.base_url, "model": "m", "stream": streamed}
    adapter = registry.load("pipeline", good.config(secret="loopback", reply=reply))

    ends = tried(adapter, server, completion(part), streamed=streamed)

    assert ends["5,000 digits"] == ends["200,000 deep"] == "not_the_protocol"


@pytest.mark.parametrize(
    "template",
    [
        {"text": HERE},
        {"text": "Yes.", "language": HERE},
        {"text": "Yes.", "languages": HERE},
        {"text": "Yes.", "languages": [HERE]},
        {"text": "Yes.", "languages": [{"code": HERE}]},
        HERE,
    ],
)
@pytest.mark.parametrize("tags", ["none", "sensevoice"])
def test_a_transcription_may_hold_anything_anywhere(server, good, template, tags):
    recognise = {"kind": "hosted", "base_url": server.base_url, "model": "m", "tags": tags}
    adapter = registry.load("pipeline", good.config(secret="loopback", recognise=recognise))

    assert tried(adapter, server, template)["5,000 digits"] == "not_the_protocol"


@pytest.mark.parametrize("part", [*ERROR, "error"])
@pytest.mark.parametrize("status", [200, 400, 401, 429, 500])
def test_an_error_may_hold_anything_anywhere(server, part, status):
    server.status, server.kind = status, "text/event-stream" if status == 200 else "application/json"
    endpoint = {"base_url": server.base_url, "model": "m"}
    config = {"endpoint": endpoint, "voice": "v", "stream": True, "pcm_rate": 24_000}
    template = {"error": HERE if part == "error" else ERROR | {part: HERE}}

    ends = tried(registry.load("audio_chat", config), server, template, streamed=status == 200)

    assert "answered" not in ends.values()


PLACE = {"output_index": 0, "content_index": 0}
EVENTS = [
    {"type": HERE},
    {"type": "session.updated", "session": HERE},
    {"type": "session.updated", "session": {"model": HERE}},
    {"type": "session.updated", "session": {"audio": {"output": {"format": {"rate": HERE}}}}},
    {"type": "session.updated", "session": {"audio": {"output": {"format": {"type": HERE}}}}},
    {"type": "conversation.item.input_audio_transcription.completed", "transcript": HERE},
    {"type": "conversation.item.input_audio_transcription.failed", "error": {"code": HERE}},
    {"type": "response.content_part.added", **PLACE, "part": HERE},
    {"type": "response.output_audio.delta", **PLACE, "delta": HERE},
    {"type": "response.output_audio.delta", "output_index": HERE, "content_index": HERE, "delta": ""},
    {"type": "response.output_audio_transcript.delta", **PLACE, "delta": HERE},
    {"type": "response.output_audio_transcript.done", **PLACE, "transcript": HERE},
    {"type": "response.output_text.done", **PLACE, "text": HERE},
    {"type": "error", "error": HERE},
    {"type": "error", "error": {"type": HERE, "code": HERE, "message": HERE}},
    {"type": "response.done", "response": HERE},
    {"type": "response.done", "response": {"status": HERE}},
    {"type": "response.done", "response": {"status": "completed", "id": HERE, "usage": HERE}},
    {"type": "response.done", "response": {"status": "incomplete", "status_details": {"reason": HERE}}},
    {"type": "response.done", "response": {"status": "cancelled", "status_details": {"reason": HERE}}},
    {"type": "response.done", "response": {"status": "completed", "output": HERE}},
    {"type": "response.done", "response": {"status": "completed", "output": [{"content": HERE}]}},
]


@pytest.mark.parametrize("event", EVENTS, ids=json.dumps)
@pytest.mark.parametrize("value", VALUES)
def test_a_realtime_event_may_hold_anything_anywhere(event, value):
    answer = Answer()
    answer.take(json.dumps({"type": "response.output_audio.delta", **PLACE, "delta": SOUND}))
    try:
        answer.take(json.dumps(event).replace(f'"{HERE}"', VALUES[value]))
        clip = answer.clip()
    except AdapterError as error:
        through(*messages.of_outcome(error))
        return

    found = evidence.parameters(
        seed=1,
        libraries=(),
        revision=answer.model,
        response=answer.id,
        usage=answer.usage,
        incomplete=answer.reason,
        unknown=answer.unknown,
        error=answer.heard_error,
    )
    kept = {"total_seconds": 1.0, "first_audio_seconds": None, "stop_reason": answer.stop_reason}
    through(messages.Answered(rate=clip.rate, transcript=answer.text, parameters=found, **kept))
    assert len(answer.heard or "") <= texts.MOST_LETTERS


def test_a_realtime_answer_of_ever_new_parts_ends():
    answer = Answer()

    for place in range(MOST_PARTS):
        answer.take(json.dumps({"type": "response.output_audio.done", **PLACE, "output_index": place}))
    with pytest.raises(PermanentError) as told:
        answer.take(json.dumps({"type": "response.output_audio.done", **PLACE, "output_index": -1}))

    assert told.value.code == "answer_too_long"


def test_letters_that_a_stream_cut_in_half_are_joined():
    assert texts.words("so \ud83d" + "\ude00 and \ud83d.\0") == "so 😀 and \N{REPLACEMENT CHARACTER}."


def test_a_servers_account_of_itself_is_stored_as_far_as_there_is_room():
    deep = []
    for _ in range(30):
        deep = [deep]
    found = evidence.parameters(seed=1, libraries=(), usage={"words": "w" * 2_000, "deep": deep, "tokens": 3})
    many = evidence.storable({str(n): ["w"] * 9 for n in range(100_000)})

    usage = found["generation"]["usage"]
    assert usage["words"] == "w" * evidence.LONGEST_TEXT + evidence.LEFT_OUT
    assert usage["tokens"] == 3
    assert evidence.LEFT_OUT in str(usage["deep"])
    assert 10_000 < len(json.dumps(many)) < 500_000


@pytest.mark.parametrize("said", [KEY, KEY[:20], f"Bearer {KEY}", f"{KEY[:15]}…{KEY[-3:]}", KEY * 3])
def test_a_key_is_masked_wherever_it_was_said_and_cut(monkeypatch, said, tmp_path):
    monkeypatch.setenv(secrets.variable("loopback"), KEY)
    secrets.value("loopback")
    answered = messages.Answered(
        rate=24_000,
        total_seconds=1.0,
        transcript=f"I was told {said}.",
        first_audio_seconds=None,
        parameters={"usage": [said]},
        stop_reason="end",
    )
    Record(tmp_path).write({"answered": True, "transcript": said, "parameters": {"usage": said}})

    assert KEY[:12] not in answered.model_dump_json()
    assert secrets.MASK in answered.model_dump_json()
    assert KEY[:12] not in (tmp_path / "answer.json").read_text()


def test_a_record_of_half_a_letter_is_written(tmp_path):
    Record(tmp_path).write({"answered": False, "message": "so \ud83d"})

    assert json.loads((tmp_path / "answer.json").read_text())["message"] == "so ?"
