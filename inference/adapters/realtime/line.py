"""One websocket to a Realtime server, by the openai package, on which no wait is without a limit."""

import json
import logging
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from socket import SHUT_RDWR, socket
from typing import TYPE_CHECKING, Any, cast

import httpx2
import openai
from openai.resources.realtime.realtime import RealtimeConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection

from inference.adapters import openai_errors, openai_http, secrets
from inference.adapters.base import AdapterError, TransientError
from inference.adapters.endpoint import Endpoint
from inference.outbound import calls, targets

if TYPE_CHECKING:
    from openai.types.realtime import RealtimeSessionCreateRequestParam
    from openai.types.websocket_connection_options import SyncWebSocketConnectionOptions

CONNECT = "connect"
ANSWER = "answer"
# An event holds a second or so of sound; this is what the server itself takes from a client at once.
MOST_MESSAGE_BYTES = 15 * 2**20
CLOSE_SECONDS = 2.0

# websockets shows the request's headers, and with them the key, to whoever listens for debugging.
_discreet = logging.getLogger(f"{__name__}.wire")
_discreet.setLevel(logging.INFO)


class Patient(ClientConnection):
    """A connection whose `recv` waits no longer than its patience; the openai package's has no limit."""

    patience_seconds: float | None = None

    def recv(self, timeout: float | None = None, decode: bool | None = None) -> Any:
        """Wait for the next message.

        Raises:
            TimeoutError: none came in time.
            ConnectionClosed: none will come.
        """
        return super().recv(self.patience_seconds if timeout is None else timeout, decode)


class Line:
    """An open connection to a server that has to come to its end in time."""

    def __init__(self, connection: RealtimeConnection, wire: Patient, *, ends_at: float) -> None:
        self._connection = connection
        self._wire = wire
        self._ends_at = ends_at

    def be_patient(self, seconds: float) -> None:
        """Let each of the next messages take so long."""
        self._wire.patience_seconds = seconds

    def set_up(self, session: "RealtimeSessionCreateRequestParam") -> None:
        """Send the settings. Where the server has hung up, `next` says why."""
        with suppress(ConnectionClosed):
            self._connection.session.update(session=session)

    def ask(self, chunks: Iterable[str]) -> None:
        """Send the prompt and ask for the answer. Where the server hangs up meanwhile, `next` says why."""
        with suppress(ConnectionClosed):
            for chunk in chunks:
                self._connection.input_audio_buffer.append(audio=chunk)
            self._connection.input_audio_buffer.commit()
            self._connection.response.create()

    def next(self) -> bytes:
        """Wait for the next message.

        Raises:
            TransientError: `connection_failed` or `timeout`.
        """
        try:
            return self._connection.recv_bytes()
        except TimeoutError as error:
            message = f"The server said nothing for {self._wire.patience_seconds:g} s."
            raise TransientError(message, code="timeout", stage=ANSWER) from error
        except ConnectionClosed as error:
            raise self._closed(error) from error

    def _closed(self, error: ConnectionClosed) -> TransientError:
        if time.monotonic() >= self._ends_at:
            message = "The answer did not come to its end in the time that a call may take."
            return TransientError(message, code="timeout", stage=ANSWER)
        told = f"{error.rcvd.code} {error.rcvd.reason}".strip() if error.rcvd else "without a word"
        message = f"The server hung up before the end ({secrets.redact(told)})."
        return TransientError(message, code="connection_failed", stage=ANSWER)


@contextmanager
def opened(client: openai.OpenAI, endpoint: Endpoint) -> Iterator[Line]:
    """Connect, and hang up in the end, whatever happened.

    Raises:
        AdapterError: `endpoint_refused_address`, `timeout`, `connection_failed`, `http_…` or
            `not_the_protocol`: there is no connection.
    """
    target = openai_http.target(endpoint.base_url, stage=CONNECT)
    ends_at = time.monotonic() + endpoint.limits.total
    wires: list[Patient] = []

    def made(*given: Any, **options: Any) -> Patient:
        wires.append(Patient(*given, **options))
        return wires[-1]

    options = {
        # Whatever the package reads in the address, and whatever proxy the environment names.
        "sock": _pinned(target, endpoint, ends_at),
        "proxy": None,
        "open_timeout": min(endpoint.limits.connect, max(ends_at - time.monotonic(), 0)),
        "close_timeout": CLOSE_SECONDS,
        "max_size": MOST_MESSAGE_BYTES,
        "compression": None,
        "logger": _discreet,
        "create_connection": made,
    }
    # The package's type names only some of the options that it hands on to websockets.
    declared = cast("SyncWebSocketConnectionOptions", options)
    try:
        connection = client.realtime.connect(
            model=endpoint.model, websocket_connection_options=declared
        ).enter()
    except (InvalidHandshake, OSError) as error:
        raise _refused(error) from error
    with _cut_at(ends_at, wires[-1].socket):
        try:
            yield Line(connection, wires[-1], ends_at=ends_at)
        finally:
            connection.close()


def _pinned(target: targets.Target, endpoint: Endpoint, ends_at: float) -> socket:
    try:
        return calls.opened(target, end=ends_at, seconds=endpoint.limits.connect)
    except targets.NotCalledError as error:
        raise openai_http.refused(error, stage=CONNECT) from error
    except OSError as error:
        raise _refused(error) from error


@contextmanager
def _cut_at(ends_at: float, wire: socket) -> Iterator[None]:
    """End any wait once the time is over: for a message, and for a server that no longer reads."""

    def cut() -> None:
        with suppress(OSError):
            # Not SSLSocket's own, which takes the TLS state away from the thread that reads.
            socket.shutdown(wire, SHUT_RDWR)

    clock = threading.Timer(ends_at - time.monotonic(), cut)
    clock.daemon = True
    clock.start()
    try:
        yield
    finally:
        clock.cancel()


def _refused(error: InvalidHandshake | OSError) -> AdapterError:
    if isinstance(error, InvalidStatus):
        return openai_errors.told(_as_http(error), stage=CONNECT)
    if isinstance(error, TimeoutError):
        return TransientError(
            "The server did not take the connection in time.", code="timeout", stage=CONNECT
        )
    message = f"The connection to the server failed ({type(error).__name__})."
    return TransientError(message, code="connection_failed", stage=CONNECT)


def _as_http(error: InvalidStatus) -> openai.APIStatusError:
    """Bring a refused handshake into the form in which the package raises any other refused call."""
    told = error.response
    # Its body is given apart: what a header says of its form need not be true.
    response = httpx2.Response(
        told.status_code,
        headers=list(told.headers.raw_items()),
        request=httpx2.Request("GET", "https://unnamed"),
    )
    try:
        body = json.loads(told.body or b"")
        body = body.get("error", body)
    except (ValueError, AttributeError, RecursionError):
        body = None
    return openai.APIStatusError("refused", response=response, body=body)
