"""GLM-4-Voice's model server on loopback: the same request and lines, and what can go wrong with them."""

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.fakes.research.glm4_voice import answered

FIELDS = {"prompt", "temperature", "top_p", "max_new_tokens"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.path == "/generate_stream"
        assert set(asked) == FIELDS
        self.server.asked.append(asked)
        mode = self.server.mode
        if mode.isdecimal():
            self.send_response(int(mode))
            self.send_header("Retry-After", "7")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        tokens = answered(asked["prompt"].count("<|audio_"), asked["max_new_tokens"])
        for place, token in enumerate(tokens):
            if place == 5 and mode != "whole":
                self._spoil(mode)
                return
            self._line({"token_id": token, "error_code": 0})
        self._chunk(b"")

    def _spoil(self, mode):
        if mode == "error":
            self._line({"text": "Server Error", "error_code": 1})
        elif mode == "garbage":
            self._chunk(b"<html>\n")
        elif mode == "silence":
            self.server.over.wait(30)
        self.close_connection = True
        if mode != "cut":
            with contextlib.suppress(OSError):
                self._chunk(b"")

    def _line(self, said):
        self._chunk(json.dumps(said).encode() + b"\n")

    def _chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def serving(mode):
    """Serve in a mode: `whole`, a status, or what happens after five tokens."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.mode, server.asked, server.over = mode, [], threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
