"""A hosted system on the loopback that answers well, or in six bad ways."""

import contextlib
import threading
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LONGEST_HANG_SECONDS = 60.0


class Answer(StrEnum):
    """What it does with a call."""

    WELL = "well"
    HANG = "hang"
    BROKEN = "500"
    BUSY = "429"
    ENDLESS = "endless body"
    WRONG_TYPE = "wrong type"
    REDIRECT = "redirect"


BAD = [answer for answer in Answer if answer is not Answer.WELL]


class Endpoint:
    """The server; `answer` may be changed at any time.

    Attributes:
        calls: how often it was asked.
        followed: how often somebody went where a redirect pointed: never, one hopes.
    """

    def __init__(self) -> None:
        self.answer = Answer.WELL
        self.calls = 0
        self.followed = 0
        self.over = threading.Event()
        handler = type("Handler", (_Handler,), {"endpoint": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="endpoint", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Listen."""
        self._thread.start()

    def close(self) -> None:
        """Stop, with all calls that hang."""
        self.over.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing where a line is cut off: that is what the rig does to it."""


class _Handler(BaseHTTPRequestHandler):
    endpoint: Endpoint
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.endpoint.calls += 1
        body = self.rfile.read(int(self.headers["Content-Length"]))
        # Whoever asked may be gone by now.
        with contextlib.suppress(OSError):
            self._answer(body)

    def do_GET(self) -> None:
        self.endpoint.followed += 1
        self._send(200, "audio/flac", b"")

    def _answer(self, body: bytes) -> None:
        answer = self.endpoint.answer
        if answer is Answer.HANG:
            self.endpoint.over.wait(LONGEST_HANG_SECONDS)
            self.close_connection = True
        elif answer is Answer.BROKEN:
            self._send(500, "text/plain", b"broken")
        elif answer is Answer.BUSY:
            self._send(429, "text/plain", b"busy", **{"Retry-After": "1"})
        elif answer is Answer.REDIRECT:
            self._send(302, "text/plain", b"", Location="/elsewhere")
        elif answer is Answer.WRONG_TYPE:
            self._send(200, "text/html", b"<p>Welcome")
        elif answer is Answer.ENDLESS:
            self.close_connection = True
            self.send_response(200)
            self.send_header("Content-Type", "audio/flac")
            self.end_headers()
            while not self.endpoint.over.is_set():
                self.wfile.write(bytes(65_536))
        else:
            self.endpoint.over.wait(0.15)
            self._send(200, "audio/flac", body)

    def _send(self, status: int, kind: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
