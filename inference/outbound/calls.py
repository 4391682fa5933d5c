"""One HTTP call to a pinned address, bounded in time and size.

No redirect is followed, no proxy used, no cookie kept, nothing unpacked.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache

from inference.outbound.addresses import Address
from inference.outbound.targets import Resolver, Target, located, looked_up

PIECE = 65_536


class NotAnsweredError(Exception):
    """A call without an answer that we keep; the text says why, without an address of ours."""


@dataclass(frozen=True)
class Limits:
    """What one call may take.

    Attributes:
        seconds: from the look-up to the end of the answer.
        most_bytes: the longest body; 0 leaves it unread.
    """

    seconds: float
    most_bytes: int


@dataclass(frozen=True)
class Answer:
    """What came back: the status and the body as it was sent, packed or not."""

    status: int
    body: bytes


def call(  # noqa: PLR0913 -- the last two are for those who bring their own names or certificates
    method: str,
    target: Target,
    *,
    body: bytes,
    headers: Mapping[str, str],
    limits: Limits,
    resolve: Resolver = looked_up,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Send a request and return its answer.

    Raises:
        NotCalledError: the target may not be called; nothing was sent.
        NotAnsweredError: no connection, no HTTP, not in time, or an answer that is too long.
    """
    end = time.monotonic() + limits.seconds
    addresses = located(target, seconds=limits.seconds, resolve=resolve)
    try:
        plain = connected(addresses, target.port, end=end)
        with closing(plain), _cut_at(end, plain) as cut, closing(_secured(plain, target, tls)) as line:
            try:
                return _exchange(line, target, (method, body, headers), limits.most_bytes)
            finally:
                # An answer whose length nobody announced ends well where its connection is cut.
                if cut.is_set():
                    raise NotAnsweredError("no answer in time")
    except (OSError, http.client.HTTPException, ValueError) as error:
        late = time.monotonic() >= end
        raise NotAnsweredError("no answer in time" if late else type(error).__name__) from error


def connected(addresses: list[Address], port: int, *, end: float) -> socket.socket:
    """Connect to the first of some addresses that takes us, by the clock of `time.monotonic`.

    Raises:
        OSError: none did in time, or somebody else is at the other end.
    """
    failure: OSError = TimeoutError("no time left")
    for address in addresses:
        left = end - time.monotonic()
        if left <= 0:
            break
        try:
            line = socket.create_connection((str(address), port), timeout=left)
        except OSError as error:
            failure = error
            continue
        if line.getpeername()[:2] != (str(address), port):
            line.close()
            raise ConnectionAbortedError("somebody else is at the other end")
        return line
    raise failure


@cache
def trust() -> ssl.SSLContext:
    """Return the rules of TLS: the system's certificates, read once."""
    return ssl.create_default_context()


def _secured(plain: socket.socket, target: Target, tls: ssl.SSLContext | None) -> socket.socket:
    """Speak TLS under the target's own name, whatever the address."""
    if not target.tls:
        return plain
    return (tls or trust()).wrap_socket(plain, server_hostname=target.host)


def _exchange(
    line: socket.socket, target: Target, request: tuple[str, bytes, Mapping[str, str]], most_bytes: int
) -> Answer:
    method, body, headers = request
    link = http.client.HTTPConnection(target.host, target.port)
    # It would look the host up again.
    link.sock = line
    link.putrequest(method, target.path, skip_host=True, skip_accept_encoding=True)
    own = {
        "Host": _host_header(target),
        "Accept-Encoding": "identity",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    for name, value in {**headers, **own}.items():
        link.putheader(name, value)
    link.endheaders(body)
    with closing(link.getresponse()) as answer:
        kept = bytearray()
        while most_bytes and (piece := answer.read1(PIECE)):
            kept += piece
            if len(kept) > most_bytes:
                raise NotAnsweredError(f"the answer is longer than {most_bytes} bytes")
        if most_bytes and answer.length:
            raise NotAnsweredError("the answer broke off")
        return Answer(answer.status, bytes(kept))


def _host_header(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    usual = target.port == (443 if target.tls else 80)
    return host if usual else f"{host}:{target.port}"


@contextmanager
def _cut_at(end: float, line: socket.socket) -> Iterator[threading.Event]:
    """Shut a connection down when its time is over: a limit per read would let a server drip for ever."""
    over = threading.Event()
    # TLS takes the socket's own handle away.
    handle = line.dup()

    def cut() -> None:
        over.set()
        with suppress(OSError):
            handle.shutdown(socket.SHUT_RDWR)

    clock = threading.Timer(max(end - time.monotonic(), 0), cut)
    clock.daemon = True
    clock.start()
    try:
        yield over
    finally:
        clock.cancel()
        clock.join()
        handle.close()
