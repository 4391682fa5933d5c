"""One HTTP call to a pinned address, bounded in time and size.

No redirect is followed, no proxy used, no cookie kept, nothing unpacked.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache

from inference.outbound.addresses import Address
from inference.outbound.targets import Resolver, Target, located, looked_up

PIECE = 65_536
# What we say ourselves about a request.
OURS = frozenset({"host", "accept-encoding", "content-length", "transfer-encoding", "connection"})


class NotAnsweredError(Exception):
    """A call without an answer that we keep; the text says why, without an address of ours."""


class LateError(NotAnsweredError):
    """A wait that was too long.

    Attributes:
        in_all: the whole call was; otherwise one wait in it.
    """

    def __init__(self, *, in_all: bool) -> None:
        super().__init__("no answer in time")
        self.in_all = in_all


@dataclass(frozen=True)
class Limits:
    """What one call may take.

    Attributes:
        seconds: from the look-up to the end of the answer.
        most_bytes: the longest body; 0 leaves it unread.
        connect: until the connection stands, in seconds; as all below, None for no limit of its own.
        first_byte: from the request to the beginning of the answer.
        silence: between two pieces of the answer.
    """

    seconds: float
    most_bytes: int
    connect: float | None = None
    first_byte: float | None = None
    silence: float | None = None


@dataclass(frozen=True)
class Request:
    """What is sent."""

    method: str
    body: bytes
    headers: Mapping[str, str]


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
    request = Request(method, body, headers)
    with answering(target, request, limits=limits, resolve=resolve, tls=tls) as answer:
        kept = bytearray()
        for piece in answer.pieces() if limits.most_bytes else ():
            kept += piece
            if len(kept) > limits.most_bytes:
                raise NotAnsweredError(f"the answer is longer than {limits.most_bytes} bytes")
        return Answer(answer.status, bytes(kept))


@contextmanager
def answering(
    target: Target,
    request: Request,
    *,
    limits: Limits,
    resolve: Resolver = looked_up,
    tls: ssl.SSLContext | None = None,
) -> Iterator["Answering"]:
    """Send a request and lend its answer, to be read piece by piece; `most_bytes` is left to the reader.

    Raises:
        NotCalledError: the target may not be called; nothing was sent.
        NotAnsweredError: no connection, no HTTP, or not in time.
    """
    end = time.monotonic() + limits.seconds
    with ExitStack() as held:
        with _told(end):
            plain = held.enter_context(
                closing(opened(target, end=end, seconds=limits.connect, resolve=resolve))
            )
            clock = held.enter_context(_cut_at(end, plain))
        with _told(end, clock):
            line = held.enter_context(closing(_secured(plain, target, tls)))
            _patient(line, limits.first_byte, end)
            answer = held.enter_context(closing(_asked(line, target, request)))
            _patient(line, limits.silence, end)
        yield Answering(answer, end, clock)


class Answering:
    """An answer that is being read.

    Attributes:
        status: of HTTP.
        headers: as they were sent, in order.
    """

    def __init__(self, answer: http.client.HTTPResponse, end: float, over: threading.Event) -> None:
        self.status = answer.status
        self.headers = answer.getheaders()
        self._answer = answer
        self._end = end
        self._over = over

    def pieces(self) -> Iterator[bytes]:
        """Yield the body as it comes.

        Raises:
            NotAnsweredError: it broke off or took too long.
        """
        while piece := self._read():
            yield piece

    def line(self, longest: int) -> bytes:
        """Return the body's next line, up to a length; empty at the end.

        Raises:
            NotAnsweredError: as `pieces`.
        """
        with _told(self._end, self._over):
            return self._answer.readline(longest)

    def _read(self) -> bytes:
        with _told(self._end, self._over):
            piece = self._answer.read1(PIECE)
        if not piece and self._answer.length:
            raise NotAnsweredError("the answer broke off")
        return piece


def opened(
    target: Target, *, end: float, seconds: float | None = None, resolve: Resolver = looked_up
) -> socket.socket:
    """Look a target up, once, and connect to what was found, by the clock of `time.monotonic`.

    Args:
        target: whom to call.
        end: when it is too late.
        seconds: what the connection may take, if less.
        resolve: finds the addresses.

    Raises:
        NotCalledError: the target may not be called.
        OSError: nobody took us in time.
    """
    left = end - time.monotonic()
    left = left if seconds is None else min(left, seconds)
    until = time.monotonic() + left
    return connected(located(target, seconds=left, resolve=resolve), target.port, end=until)


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


def _patient(line: socket.socket, seconds: float | None, end: float) -> None:
    left = max(end - time.monotonic(), 0.001)
    line.settimeout(left if seconds is None else min(seconds, left))


def _asked(line: socket.socket, target: Target, request: Request) -> http.client.HTTPResponse:
    link = http.client.HTTPConnection(target.host, target.port)
    # It would look the host up again.
    link.sock = line
    own = {
        "Host": _host_header(target),
        "Accept-Encoding": "identity",
        "Content-Length": str(len(request.body)),
        "Connection": "close",
    }
    others = {name: value for name, value in request.headers.items() if name.lower() not in OURS}
    try:
        link.putrequest(request.method, target.path, skip_host=True, skip_accept_encoding=True)
        for name, value in {**others, **own}.items():
            link.putheader(name, value)
        link.endheaders(request.body)
    except ValueError as error:
        # A header that holds a line of its own.
        raise NotAnsweredError(type(error).__name__) from error
    return link.getresponse()


def _host_header(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    usual = target.port == (443 if target.tls else 80)
    return host if usual else f"{host}:{target.port}"


@contextmanager
def _told(end: float, over: threading.Event | None = None) -> Iterator[None]:
    """Say what went wrong in our words."""
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError) as error:
        in_all = time.monotonic() >= end
        if in_all or isinstance(error, TimeoutError):
            raise LateError(in_all=in_all) from error
        raise NotAnsweredError(type(error).__name__) from error
    if over is not None and over.is_set():
        # An answer whose length nobody announced ends well where its connection is cut.
        raise LateError(in_all=True)


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
