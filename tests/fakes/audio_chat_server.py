"""A loopback server of chat completions with sound, in the dialects of three real ones, strict as they are.

    with AudioChatServer(dialect="alibaba") as server:
        server.mode_of = lambda heard: "odd"

`openai` answers whole, or streamed as pcm16; `alibaba` only streams, wants a data URI, and sends bare samples
as wav; `vllm` answers whole with text and sound in two choices.
"""

import base64
import binascii
import io
import json
import wave
from collections.abc import Callable, Iterator
from typing import Any

from tests.fakes import realtime_script
from tests.fakes.openai_rules import RejectedError
from tests.fakes.openai_server import (
    KEY,
    WHOLE_STATUS,
    Call,
    OpenAIServer,
    _completion,
    _error,
    _Handler,
    _usage,
)

FIELDS = {"model", "messages", "modalities", "audio", "stream", "stream_options", "seed", "temperature"}
FIELDS |= {"max_completion_tokens", "top_p"}
URI = "data:;base64,"
FORMATS = {"openai": {"wav", "flac", "mp3", "pcm16"}, "alibaba": {"wav"}, "vllm": {"wav"}}
RATE = 24_000


class AudioChatServer(OpenAIServer):
    """The server as a context manager.

    Attributes:
        mode_of: how the call about a prompt goes, whose WAV file it is given.
    """

    def __init__(self, *, dialect: str = "openai", key: str = KEY) -> None:
        super().__init__(key=key)
        self.dialect = dialect
        self.mode_of: Callable[[bytes], str] = lambda heard: "ok"
        self._server.RequestHandlerClass = _AudioHandler

    def config(self, *, secret: str, **changed: Any) -> dict[str, Any]:
        """Configure an adapter that finds this server's key under this name."""
        endpoint = {"base_url": self.base_url, "model": "gpt-audio-1.5", "secret": secret}
        return {"endpoint": endpoint, "voice": "marin", **changed}


class _AudioHandler(_Handler):
    def _answer(self, arena: Any) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            sent = self.headers.get("Authorization")
            _insist(sent == f"Bearer {arena.key}", f"Incorrect API key: {sent}.", status=401)
            fields = json.loads(body)
            heard = checked(fields, dialect=arena.dialect)
        except RejectedError as no:
            self._json(no.status, _error(no.message, "invalid_request_error", no.code))
            return
        with arena.lock:
            arena.calls.append(Call("chat", self.headers, fields, heard))
            modes = arena.modes["chat"]
            mode = modes.popleft() if modes else arena.mode_of(heard)
        if mode in WHOLE_STATUS:
            self._fail(mode)
        elif hasattr(self, f"_mode_{mode}"):
            getattr(self, f"_mode_{mode}")()
        elif fields.get("stream"):
            self._stream(_pieces(fields, heard, mode), mode)
        else:
            self._json(200, _whole(fields, heard, mode, dialect=arena.dialect))


def checked(fields: dict[str, Any], *, dialect: str) -> bytes:
    """Return the WAV file of the prompt, where the request follows the dialect's rules.

    Raises:
        RejectedError: it does not.
    """
    for name in fields:
        _insist(name in FIELDS, f"Unrecognized request argument supplied: {name}")
    _insist(fields.get("modalities") == ["text", "audio"], "modalities: text and audio.")
    audio = fields.get("audio") or {}
    _insist(set(audio) == {"voice", "format"}, "audio: voice and format.")
    _insist(audio["format"] in FORMATS[dialect], f"audio.format: {FORMATS[dialect]}.")
    streamed = bool(fields.get("stream"))
    _insist(streamed or "stream_options" not in fields, "stream_options needs stream.")
    if dialect == "alibaba":
        _insist(streamed, "This model supports only streaming output.")
    elif dialect == "openai" and streamed:
        _insist(audio["format"] == "pcm16", "audio.format must be pcm16 when stream is true.")
    _insist(0 <= fields.get("seed", 0) < 2**31, "seed: 0 to 2147483647.")
    *before, user = fields["messages"]
    _insist(all(one["role"] == "system" and isinstance(one["content"], str) for one in before), "messages")
    _insist(user["role"] == "user", "messages: the last is the user's.")
    return _prompt(user["content"], dialect)


def _prompt(parts: list[dict[str, Any]], dialect: str) -> bytes:
    sounds = [part["input_audio"] for part in parts if part["type"] == "input_audio"]
    _insist(len(sounds) == 1, "One sound a message.")
    data, kind = sounds[0]["data"], sounds[0]["format"]
    _insist(data.startswith(URI) == (dialect == "alibaba"), "input_audio.data: not in this form.")
    try:
        heard = base64.b64decode(data.removeprefix(URI), validate=True)
        with wave.open(io.BytesIO(heard)) as sound:
            _insist(sound.getnframes() > 0 and kind == "wav", "input_audio: empty, or not what it says.")
    except (binascii.Error, wave.Error, EOFError) as error:
        raise RejectedError("input_audio: the sound cannot be decoded.") from error
    return heard


def samples(heard: bytes) -> bytes:
    """Say something that shows which prompt it answers."""
    return realtime_script.voice(heard)


def words(heard: bytes) -> str:
    """Say in words what `samples` sounds like."""
    return realtime_script.words(heard)


def as_wav(sound: bytes, *, streamed: bool = False) -> bytes:
    """Put samples into a file; one that was written to a pipe does not know its length."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound)
    made = out.getvalue()
    if streamed:
        made = made[:4] + b"\xff" * 4 + made[8:40] + b"\xff" * 4 + made[44:]
    return made


def _sound(fields: dict[str, Any], heard: bytes, mode: str) -> bytes:
    """What is sent as sound, right or wrong."""
    bare = samples(heard)
    if mode == "silence":
        bare = bytes(len(bare))
    if mode == "wrong_audio":
        return b"MThd" + bytes(2_000)
    if mode == "piped":
        return as_wav(bare, streamed=True)
    if mode == "bare" or fields["audio"]["format"] == "pcm16" or fields.get("stream"):
        return bare
    return as_wav(bare)


def _whole(fields: dict[str, Any], heard: bytes, mode: str, *, dialect: str) -> dict[str, Any]:
    data = base64.b64encode(_sound(fields, heard, mode)).decode()
    audio: Any = {"id": "audio_1", "data": data, "expires_at": 1_790_000_000, "transcript": words(heard)}
    message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None, "audio": audio}
    if mode == "no_audio":
        message |= {"audio": None, "content": "I would rather write."}
    elif mode == "refusal":
        message |= {"audio": None, "refusal": "I cannot help with that."}
    elif mode == "filtered_empty":
        message |= {"audio": None}
    elif mode == "bad_base64":
        message["audio"] = audio | {"data": "!!!!"}
    finish = {"length": "length", "content_filter": "content_filter", "filtered_empty": "content_filter"}
    choice = {"index": 0, "message": message, "finish_reason": finish.get(mode, "stop"), "logprobs": None}
    choices = [choice]
    if dialect == "vllm" and message["audio"]:
        text = {"role": "assistant", "content": words(heard), "audio": None, "reasoning_content": None}
        message |= {"audio": message["audio"] | {"transcript": ""}}
        choices = [choice | {"message": text}, choice | {"index": 1}]
    whole = _completion(fields, "chat.completion") | {"choices": choices, "usage": _usage(words(heard))}
    return whole if mode != "odd_keys" else whole | {"mood": ["calm"], "service_tier": None}


def _pieces(fields: dict[str, Any], heard: bytes, mode: str) -> Iterator[dict[str, Any]]:
    """Cut an answer into chunks."""

    def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return _completion(fields, "chat.completion.chunk") | {"choices": [choice]}

    yield chunk({"role": "assistant", "content": "" if mode != "odd_keys" else None, "refusal": None})
    if mode == "odd_keys":
        yield chunk({"content": None, "tool_calls": None, "mood": ["calm"], "audio": {"expires_at": 1}})
        yield _completion(fields, "chat.completion.chunk") | {"choices": []}
    if mode == "no_audio":
        yield chunk({"content": "I would rather "})
        yield chunk({"content": "write."})
    elif mode == "refusal":
        yield chunk({"refusal": "I cannot help with that."})
    elif mode != "filtered_empty":
        for spoken in words(heard).split(" "):
            yield chunk({"audio": {"id": "audio_1", "transcript": f"{spoken} "}})
        for data in _cut(_sound(fields, heard, mode), mode):
            yield chunk({"audio": {"data": data}})
    finish = {"length": "length", "content_filter": "content_filter", "filtered_empty": "content_filter"}
    if mode != "unfinished":
        yield chunk({}, finish.get(mode, "stop"))
    if (fields.get("stream_options") or {}).get("include_usage"):
        yield _completion(fields, "chat.completion.chunk") | {"choices": [], "usage": _usage(words(heard))}


def _cut(sound: bytes, mode: str) -> Iterator[str]:
    """Cut sound into base64: piece by piece, within samples, or the letters of one long text anywhere."""
    if mode == "odd_letters":
        letters = base64.b64encode(sound).decode()
        yield from (letters[at : at + 4_999] for at in range(0, len(letters), 4_999))
        return
    size = 3_333 if mode == "odd" else 4_800
    yield from (base64.b64encode(sound[at : at + size]).decode() for at in range(0, len(sound), size))


def _insist(right: object, message: str, *, status: int = 400) -> None:
    if not right:
        raise RejectedError(message, status=status)
