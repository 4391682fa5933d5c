"""A loopback server that answers every call with the bytes it was told to, whatever was asked.

with RawServer(json.dumps(answer).encode()) as server:
    server.body = b"data: {}\n\n"
"""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class RawServer:
    """The server as a context manager.

    Attributes:
        body: what it answers.
        kind: the type that it gives to that.
        status: of the answer.
    """

    def __init__(self, body: bytes = b"", *, kind: str = "application/json", status: int = 200) -> None:
        self.body, self.kind, self.status = body, kind, status
        self._server = _Listener(("127.0.0.1", 0), _Handler)
        self._server.arena = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> "RawServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    arena: RawServer


class _Handler(BaseHTTPRequestHandler):
    server: _Listener

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
        """Say nothing."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        arena = self.server.arena
        self.send_response(arena.status)
        self.send_header("Content-Type", arena.kind)
        self.send_header("Content-Length", str(len(arena.body)))
        self.end_headers()
        self.wfile.write(arena.body)
