"""Loopback listeners for a client that must not trust: one that counts who came, one that misbehaves.

with Listener() as listener, Hostile(endless) as server: ...
"""

import re
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress

OK = b"HTTP/1.1 200 OK\r\n"


class Listener:
    """Accepts, answers 200 and counts; `script` says otherwise.

    Attributes:
        accepted: how many connections there were.
        heads: what came with them, up to the empty line.
    """

    def __init__(
        self,
        script: Callable[[socket.socket], None] | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.accepted = 0
        self.heads: list[bytes] = []
        self._script = script or _polite
        self._tls = tls
        self._line = socket.create_server((host, port))
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def port(self) -> int:
        return self._line.getsockname()[1]

    def __enter__(self) -> "Listener":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Closing alone would not wake the one that accepts.
        self._line.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._line.close()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._line.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with suppress(OSError):
            line.settimeout(30)
            if self._tls:
                line = self._tls.wrap_socket(line, server_side=True)
            self.heads.append(_request(line))
            self._script(line)
        line.close()


def _request(line: socket.socket) -> bytes:
    """Read a request and return its head; what stays unread would reset the connection at its end."""
    head, gap, body = b"", b"", b""
    while not gap and (piece := line.recv(65_536)):
        head, gap, body = (head + piece).partition(b"\r\n\r\n")
    length = re.search(rb"\r\nContent-Length: (\d+)", head)
    while length and len(body) < int(length[1]) and (piece := line.recv(65_536)):
        body += piece
    return head + b"\r\n"


def _polite(line: socket.socket) -> None:
    line.sendall(OK + b"Content-Length: 2\r\n\r\nok")
