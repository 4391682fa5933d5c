"""A loopback server that speaks three OpenAI endpoints as strictly as the real one, and fails on request.

    with OpenAIServer() as server:
        server.next("chat", "429", "odd_keys")  # how its next calls go; all others go well
        server.says = lambda heard: f"You said {heard}"

It counts calls and keeps every request. Endpoints: `transcriptions`, `chat`, `speech`.
"""

import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.fakes.openai_rules import PATHS, RejectedError, checked
from tests.fakes.openai_sound import spoken

KEY = "sk-loopback-0123456789abcdef"
RETRY_AFTER_SECONDS = 7
WHOLE_STATUS = {
    "400": 400,
    "401": 401,
    "404": 404,
    "413": 413,
    "422": 422,
    "429": 429,
    "500": 500,
    "503": 503,
}


@dataclass(frozen=True)
class Call:
    """One request as it came.

    Attributes:
        endpoint: transcriptions, chat or speech.
        headers: as sent.
        fields: the JSON body or the form.
        file: the uploaded bytes; empty for the others.
    """

    endpoint: str
    headers: Message
    fields: dict[str, Any]
    file: bytes = b""


@dataclass
class Behaviour:
    """What the server says when all goes well; tests replace what they need."""

    hears: Callable[[bytes], str] = lambda wav: f"{len(wav)} bytes"
    language: str | None = None
    says: Callable[[str], str] = lambda heard: f"You said: {heard}."
    sound: Callable[[str, int], bytes] = spoken
    rate: int = 24_000
    latency_seconds: float = 0.0
    modes: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))


class OpenAIServer(Behaviour):
    """The server as a context manager; leaving it ends every call that hangs."""

    def __init__(self, *, key: str = KEY) -> None:
        super().__init__()
        self.key = key
        self.calls: list[Call] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.closing = threading.Event()
        self.lock = threading.Lock()
        self._server = _Listener(("127.0.0.1", 0), _Handler)
        self._server.arena = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def config(self, *, secret: str, **changed: Any) -> dict[str, Any]:
        """Return the configuration of a pipeline whose three stages are all here."""
        where = {"kind": "hosted", "base_url": self.base_url, "model": "m", "secret": secret}
        stages = {"recognise": where, "reply": where, "speak": {**where, "voice": "tone"}}
        return {**stages, **changed}

    def next(self, endpoint: str, *modes: str) -> None:
        """Let the next calls of an endpoint go like this, one mode a call."""
        self.modes[endpoint].extend(modes)

    def count(self, endpoint: str) -> int:
        return sum(call.endpoint == endpoint for call in self.calls)

    def of(self, endpoint: str) -> list[Call]:
        return [call for call in self.calls if call.endpoint == endpoint]

    def __enter__(self) -> "OpenAIServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    arena: OpenAIServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listener

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class's name
        """Say nothing."""

    def do_GET(self) -> None:
        self._json(404, _error("Unknown request URL.", "invalid_request_error"))

    def do_POST(self) -> None:
        arena = self.server.arena
        with arena.lock:
            arena.in_flight += 1
            arena.most_in_flight = max(arena.most_in_flight, arena.in_flight)
        try:
            self._answer(arena)
        finally:
            with arena.lock:
                arena.in_flight -= 1

    def _answer(self, arena: OpenAIServer) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        endpoint = PATHS.get(self.path, "")
        try:
            fields, file = checked(endpoint, self.headers, body, key=arena.key)
        except RejectedError as no:
            self._json(no.status, _error(no.message, "invalid_request_error", no.code))
            return
        with arena.lock:
            arena.calls.append(Call(endpoint, self.headers, fields, file))
            modes = arena.modes[endpoint]
            mode = modes.popleft() if modes else "ok"
        # Not a synchronisation: the time that a real server takes to think.
        time.sleep(arena.latency_seconds)
        if mode in WHOLE_STATUS:
            self._fail(mode)
        elif hasattr(self, f"_mode_{mode}"):
            getattr(self, f"_mode_{mode}")()
        else:
            getattr(self, f"_{endpoint}")(arena, fields, file, mode)

    # What goes wrong whatever the endpoint.

    def _fail(self, mode: str) -> None:
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if mode in {"429", "503"} else {}
        said = f"Invalid with {self.headers.get('Authorization')}." if mode in {"400", "401"} else "Not now."
        self._json(WHOLE_STATUS[mode], _error(said, "server_error"), headers=headers)

    def _mode_hang(self) -> None:
        self.server.arena.closing.wait()
        self.close_connection = True

    def _mode_drip(self) -> None:
        """Begin an answer and go on for ever, a byte at a time."""
        self._head(200, "application/json", {"Connection": "close"})
        self._for_ever(b" ", pause_seconds=0.01)

    def _mode_drip_headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        self._for_ever(b"a", pause_seconds=0.01)

    def _mode_endless(self) -> None:
        self._head(200, "application/json", {"Connection": "close"})
        self._for_ever(b" " * 65_536, pause_seconds=0)

    def _mode_close(self) -> None:
        """Close the connection before a word is said."""
        self.close_connection = True

    def _mode_redirect(self) -> None:
        self._head(307, "text/plain", {"Location": f"http://127.0.0.2:9{self.path}", "Content-Length": "0"})

    def _mode_gzip(self) -> None:
        self._head(200, "application/json", {"Content-Encoding": "gzip", "Content-Length": "4"})
        self.wfile.write(b"\x1f\x8b\x08\x00")

    def _mode_html(self) -> None:
        self._send(200, "text/html", b"<html><body>Welcome to nginx!</body></html>")

    def _mode_not_json(self) -> None:
        self._send(200, "application/json", b'{"choices": [')

    def _mode_filtered(self) -> None:
        self._json(400, _error("Your request was rejected.", "invalid_request_error", "content_filter"))

    # The three endpoints.

    def _transcriptions(self, arena: OpenAIServer, fields: dict[str, Any], file: bytes, mode: str) -> None:
        text = "" if mode == "empty" else arena.hears(file)
        answer: dict[str, Any] = {"text": text, "usage": {"type": "duration", "seconds": 1}}
        if fields.get("response_format") == "verbose_json":
            answer |= {"task": "transcribe", "language": arena.language or "english", "duration": 1.0}
        elif arena.language:
            answer["languages"] = [{"code": arena.language}]
        self._json(200, answer)

    def _chat(self, arena: OpenAIServer, fields: dict[str, Any], file: bytes, mode: str) -> None:
        text = arena.says(fields["messages"][-1]["content"])
        if fields.get("stream"):
            self._stream(_chunks(text, mode, fields), mode)
            return
        message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
        finish = mode if mode in {"length", "content_filter"} else "stop"
        if mode == "refusal":
            message |= {"content": None, "refusal": "I cannot help with that."}
        elif mode in {"null", "filtered_empty"}:
            message["content"] = None
            finish = "content_filter" if mode == "filtered_empty" else "stop"
        choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
        whole = _completion(fields, "chat.completion") | {"choices": [choice], "usage": _usage(text)}
        self._json(200, whole)

    def _stream(self, chunks: Iterator[dict[str, Any]], mode: str) -> None:
        self._head(200, "text/event-stream", {"Connection": "close"})
        self.close_connection = True
        for sent, chunk in enumerate(chunks):
            if mode == "mid_close" and sent == 2:
                return
            if mode == "mid_hang" and sent == 2:
                self._mode_hang()
                return
            if mode == "stream_error" and sent == 2:
                self._event(_error("The model overheated.", "server_error"))
                return
            self._event(chunk)
        if mode != "no_done":
            self.wfile.write(b"data: [DONE]\n\n")

    def _speech(self, arena: OpenAIServer, fields: dict[str, Any], file: bytes, mode: str) -> None:
        if mode == "text_as_sound":
            self._json(200, _error("Out of voices.", "server_error"))
            return
        sound = b"" if mode == "empty" else arena.sound(fields["input"], arena.rate)
        if mode == "silence":
            sound = sound[:44] + bytes(len(sound) - 44)
        if mode == "wrong_audio":
            sound = b"MThd" + bytes(2_000)
        if fields.get("response_format") == "pcm":
            sound = sound[44:]
        if mode == "mid_close":
            self._head(200, "audio/wav", {"Content-Length": str(len(sound))})
            self.wfile.write(sound[: len(sound) // 2])
            self.close_connection = True
            return
        self._send(200, f"audio/{fields.get('response_format', 'mp3')}", sound)

    # How it is written.

    def _event(self, payload: dict[str, Any]) -> None:
        self.wfile.write(b"data: " + json.dumps(payload).encode() + b"\n\n")
        self.wfile.flush()

    def _json(self, status: int, payload: dict[str, Any], *, headers: dict[str, str] | None = None) -> None:
        self._send(status, "application/json", json.dumps(payload).encode(), headers=headers)

    def _send(self, status: int, kind: str, body: bytes, *, headers: dict[str, str] | None = None) -> None:
        self._head(status, kind, {"Content-Length": str(len(body)), **(headers or {})})
        self.wfile.write(body)

    def _head(self, status: int, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _for_ever(self, piece: bytes, *, pause_seconds: float) -> None:
        self.close_connection = True
        while not self.server.arena.closing.wait(pause_seconds):
            self.wfile.write(piece)
            self.wfile.flush()


def _chunks(text: str, mode: str, fields: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Cut an answer into deltas, as odd as they were seen in the wild."""

    def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return _completion(fields, "chat.completion.chunk") | {"choices": [choice]}

    yield chunk({"role": "assistant", "content": "", "refusal": None})
    if mode == "odd_keys":
        yield chunk({"content": None, "tool_calls": None, "reasoning_content": "Hm.", "mood": ["calm"]})
        yield _completion(fields, "chat.completion.chunk") | {"choices": []}
    if mode == "refusal":
        yield chunk({"refusal": "I cannot "})
        yield chunk({"refusal": "help with that."})
    elif mode not in {"null", "filtered_empty"}:
        for start in range(0, len(text), 5):
            yield chunk({"content": text[start : start + 5]})
    finish = {"length": "length", "content_filter": "content_filter", "filtered_empty": "content_filter"}
    yield chunk({"content": None} if mode == "odd_keys" else {}, finish.get(mode, "stop"))
    if (fields.get("stream_options") or {}).get("include_usage"):
        yield _completion(fields, "chat.completion.chunk") | {"choices": [], "usage": _usage(text)}


def _completion(fields: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1_760_000_000, "model": f"{fields['model']}-dated"}


def _usage(text: str) -> dict[str, Any]:
    return {"prompt_tokens": 9, "completion_tokens": len(text), "total_tokens": 9 + len(text)}


def _error(message: str, kind: str, code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}
