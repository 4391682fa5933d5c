"""A server on loopback that speaks the GA Realtime protocol, as strictly as the real one."""

import base64
import binascii
import json
import logging
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Response
from websockets.sync.server import ServerConnection, serve

from tests.fakes import realtime_script
from tests.fakes.realtime_rules import (
    DEFAULTS,
    LEAST_BYTES,
    MOST_CHUNK_BYTES,
    SERVER_EVENTS,
    Refusal,
    check_settings,
    checked,
)


@dataclass
class Call:
    """What one client did.

    Attributes:
        headers: of its handshake, names in lower case.
        model: that it asked for.
        session: as it set it up.
        chunks: the bytes of sound in each of its appends.
        heard: what it committed.
        order: the types of its events.
        closed: set once it has hung up.
    """

    headers: dict[str, str]
    model: str
    session: dict[str, Any] = field(default_factory=dict)
    chunks: list[bytes] = field(default_factory=list)
    heard: bytes = b""
    order: list[str] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)


class RealtimeServer:
    """Answers each connection as `mode_of` says; `refusals` are handshakes that it refuses first.

    Attributes:
        calls: all connections so far, in the order of their handshakes.
    """

    def __init__(self, *, key: str = "not-a-real-key-0123456789") -> None:
        self.key = key
        self.calls: list[Call] = []
        self.refusals: deque[tuple[int, Mapping[str, str], str]] = deque()
        self.mode_of: Callable[[bytes], str] = lambda heard: "whole"
        self.open_now = self.most_open = 0
        self.stop = threading.Event()
        self._lock = threading.Lock()

    def __enter__(self) -> "RealtimeServer":
        quiet = logging.getLogger("tests.realtime")
        quiet.setLevel(logging.CRITICAL)
        self._server = serve(
            self._talk,
            "127.0.0.1",
            0,
            process_request=self._admit,
            compression=None,
            logger=quiet,
            max_size=None,
            close_timeout=1,
        )
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._server.shutdown()
        self._thread.join()

    @property
    def url(self) -> str:
        """What a configuration calls the base URL."""
        return f"http://127.0.0.1:{self._server.socket.getsockname()[1]}/v1"

    def config(self, *, secret: str) -> dict[str, Any]:
        """Configure an adapter that finds this server's key under this name."""
        endpoint = {"base_url": self.url, "model": "gpt-realtime-2", "secret": secret}
        return {"endpoint": endpoint, "voice": "marin"}

    def _admit(self, connection: ServerConnection, request: Any) -> Response | None:
        address = urlsplit(request.path)
        if self.refusals:
            status, headers, body = self.refusals.popleft()
            return Response(status, "Refused", Headers(headers), body.encode())
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            told = {"error": {"code": "invalid_api_key", "message": f"Incorrect key: {self.key[:6]}***"}}
            return Response(401, "Unauthorized", Headers(), json.dumps(told).encode())
        if address.path != "/v1/realtime" or "model" not in parse_qs(address.query):
            return Response(404, "Not Found", Headers(), b"{}")
        return None

    def _talk(self, connection: ServerConnection) -> None:
        assert connection.request
        headers = {name.lower(): value for name, value in connection.request.headers.raw_items()}
        model = parse_qs(urlsplit(connection.request.path).query)["model"][0]
        call = Call(headers=headers, model=model)
        with self._lock:
            self.calls.append(call)
            self.open_now += 1
            self.most_open = max(self.most_open, self.open_now)
        try:
            Session(self, connection, call).run()
        except ConnectionClosed:
            pass
        finally:
            call.closed.set()
            with self._lock:
                self.open_now -= 1


class Session:
    """One connection from its handshake to its end."""

    def __init__(self, server: RealtimeServer, connection: ServerConnection, call: Call) -> None:
        self.server = server
        self.connection = connection
        self.call = call
        self.settings = json.loads(json.dumps(DEFAULTS | {"model": f"{call.model}-2026-11-01"}))
        self.sound = bytearray()
        self.item: str | None = None
        self.sent = 0

    def run(self) -> None:
        """Answer events until the client hangs up."""
        if "openai-beta" in self.call.headers:
            told = {"type": "invalid_request_error", "code": "beta_api_shape_disabled", "message": "Use GA."}
            self.send({"type": "error", "error": told})
            return
        self.send({"type": "session.created", "session": self.settings})
        for message in self.connection:
            try:
                self._take(message)
            except Refusal as refusal:
                self.send({"type": "error", "error": refusal.error})

    def send(self, event: dict[str, Any], *, pieces: int = 1) -> None:
        """Send an event, once it is found to be one of the protocol's; in pieces where that is asked."""
        self.sent += 1
        event = {"event_id": f"event_{self.sent}", **event}
        kind = SERVER_EVENTS.get(event["type"])
        if kind:
            assert set(event) <= set(kind.model_fields), event
            kind.model_validate(event)
        self.send_text(json.dumps(event), pieces=pieces)

    def send_text(self, text: str, *, pieces: int = 1) -> None:
        """Send a message; several pieces go as fragments with a moment between them."""
        size = -(-len(text) // pieces)
        if pieces == 1:
            self.connection.send(text)
        else:
            cut = [text[at : at + size] for at in range(0, len(text), size)]
            self.connection.send(self._dripped(cut))

    def drop(self) -> None:
        """Tear the connection down without a word."""
        self.connection.socket.shutdown(socket.SHUT_RDWR)

    def wait(self, seconds: float) -> bool:
        """Do nothing for a while; whether the test is over."""
        return self.server.stop.wait(seconds)

    def wait_for_end(self) -> None:
        """Say nothing until the client hangs up."""
        for _ in self.connection:
            pass

    def _dripped(self, pieces: list[str]) -> Iterator[str]:
        for piece in pieces:
            yield piece
            self.wait(0.0002)

    def _take(self, message: str | bytes) -> None:
        event = checked(message)
        self.call.order.append(event["type"])
        match event["type"]:
            case "session.update":
                self._set_up(event["session"])
            case "input_audio_buffer.append":
                self._append(event["audio"])
            case "input_audio_buffer.commit":
                self._commit()
            case "response.create":
                self._respond()
            case other:
                raise Refusal(f"This server is never asked for {other}.", code="unknown_event")

    def _set_up(self, session: dict[str, Any]) -> None:
        check_settings(session)
        audio = session.get("audio", {})
        for side in ("input", "output"):
            self.settings["audio"][side].update(audio.get(side, {}))
        self.settings.update({name: value for name, value in session.items() if name != "audio"})
        self.call.session = session
        realtime_script.updated(self)

    def _append(self, audio: str) -> None:
        try:
            chunk = base64.b64decode(audio, validate=True)
        except binascii.Error as error:
            raise Refusal("No base64.", code="invalid_value", param="audio") from error
        if not 0 < len(chunk) <= MOST_CHUNK_BYTES:
            raise Refusal("1 byte to 15 MiB.", code="invalid_value", param="audio")
        if len(self.sound) % 2:
            raise Refusal("A chunk ended within a sample.", code="invalid_value", param="audio")
        self.call.chunks.append(chunk)
        self.sound += chunk

    def _commit(self) -> None:
        if len(self.sound) < LEAST_BYTES:
            message = (
                "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, "
                f"but buffer only has {len(self.sound) / 48:.2f}ms of audio."
            )
            raise Refusal(message, code="input_audio_buffer_commit_empty")
        if self.settings["audio"]["input"].get("turn_detection") is not None:
            raise Refusal("The server detects turns itself.", code="input_audio_buffer_commit_empty")
        self.call.heard, self.sound = bytes(self.sound), bytearray()
        self.item = "item_user"
        self.send({"type": "input_audio_buffer.committed", "item_id": self.item, "previous_item_id": None})
        content = [{"type": "input_audio", "transcript": None}]
        item = {"id": self.item, "object": "realtime.item", "type": "message", "role": "user"}
        for when in ("added", "done"):
            told = item | {"status": "completed", "content": content}
            self.send({"type": f"conversation.item.{when}", "item": told, "previous_item_id": None})

    def _respond(self) -> None:
        if self.item is None:
            raise Refusal("There is nothing to answer.", code="conversation_empty")
        realtime_script.play(self, self.server.mode_of(self.call.heard))
