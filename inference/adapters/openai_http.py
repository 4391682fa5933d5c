"""Calls of hosted models by the openai library: bounded in time and size, never repeated behind our back.

    with openai_http.calling(endpoint, stage="reply") as client:
        answer = client.chat.completions.create(...)

All errors of the library leave the block as AdapterErrors. Import it inside functions: the library takes a
second to load.
"""

import http.cookiejar
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from typing import Any

import httpx2
import openai

from inference.adapters import openai_errors, secrets
from inference.adapters.base import PermanentError, TransientError
from inference.adapters.endpoint import Endpoint, TimeLimits

# Two minutes of 48 kHz stereo WAV, twice over as base64, with room for the words.
MOST_BYTES = 64_000_000
# The library insists on a key; servers that ask for none ignore it.
NO_KEY = "none"


@contextmanager
def calling(endpoint: Endpoint, *, stage: str, most_bytes: int = MOST_BYTES) -> Iterator[openai.OpenAI]:
    """Lend a client for one call, whose time begins now and whose answer is at most so long.

    The client repeats nothing, follows no redirection, keeps no cookie, and takes no key, organisation or
    header from the environment. The answer has to be read inside the block. One thread, one call at a time.

    Raises:
        AdapterError: `secret_missing`, `timeout`, `connection_failed`, `http_…`, `content_filter`,
            `stream_error`, `answer_too_large` or `not_the_protocol`.
    """
    client = _client(endpoint)
    call = _Call(endpoint.limits, stage=stage, most_bytes=most_bytes)
    token = _current.set(call)
    call.clock.start()
    try:
        yield client
    except openai_errors.ERRORS as error:
        call.insist_on_time()
        raise openai_errors.told(error, stage=stage) from error
    else:
        # An answer whose length nobody announced ends well where its connection is cut.
        call.insist_on_time()
    finally:
        call.clock.cancel()
        _current.reset(token)


class _Call:
    """One call: its limits, its connection, and the clock that cuts it.

    The library's own limits are per read, so a server that drips holds a caller for ever; closing the socket
    from outside ends any wait, in headers as in the body.
    """

    def __init__(self, limits: TimeLimits, *, stage: str, most_bytes: int) -> None:
        self.limits = limits
        self.stage = stage
        self.most_bytes = most_bytes
        self.over = False
        self.clock = threading.Timer(limits.total, self._cut)
        self.clock.daemon = True
        self._socket: socket.socket | None = None

    def watch(self, event: str, info: dict[str, Any]) -> None:
        """Take note of each connection as it is made (httpx's extension `trace`)."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._socket = info["return_value"].get_extra_info("socket")
            if self.over:
                self._cut()

    def insist_on_time(self) -> None:
        """Raise `timeout` where the clock cut the call."""
        if self.over:
            message = f"The call took longer than {self.limits.total:g} s in all and was ended."
            raise TransientError(message, code="timeout", stage=self.stage)

    def _cut(self) -> None:
        self.over = True
        if self._socket is not None:
            # Not SSLSocket's own, which takes the TLS state away from the thread that reads.
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


_current: ContextVar[_Call] = ContextVar("call")


class _Bounded(httpx2.SyncByteStream):
    """The body of an answer, which ends in an error where it grows too long."""

    def __init__(self, stream: Any, call: _Call) -> None:
        self._stream = stream
        self._call = call

    def __iter__(self) -> Iterator[bytes]:
        left = self._call.most_bytes
        for piece in self._stream:
            left -= len(piece)
            if left < 0:
                message = f"The answer is longer than {self._call.most_bytes / 1e6:g} MB."
                raise PermanentError(message, code="answer_too_large", stage=self._call.stage)
            yield piece

    def close(self) -> None:
        self._stream.close()


def _asked(request: httpx2.Request) -> None:
    request.extensions["trace"] = _current.get().watch


def _answering(response: httpx2.Response) -> None:
    call = _current.get()
    if response.headers.get("content-encoding", "identity") != "identity":
        # We ask for none, and a small answer could unpack to any size.
        raise openai_errors.unreadable(stage=call.stage)
    response.request.extensions["timeout"]["read"] = call.limits.silence
    response.stream = _Bounded(response.stream, call)


@cache
def _transport() -> httpx2.Client:
    """Build the client below the library's, once per process: reading the certificates takes its time.

    No connection is kept for a second call. One that the other side has closed meanwhile would cost a job one
    of its tries, since nothing is repeated here.
    """
    nobody = http.cookiejar.CookieJar(policy=http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    return httpx2.Client(
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
        event_hooks={"request": [_asked], "response": [_answering]},
        follow_redirects=False,
        cookies=nobody,
    )


def _client(endpoint: Endpoint) -> openai.OpenAI:
    limits = endpoint.limits
    client = openai.OpenAI(
        base_url=endpoint.base_url,
        api_key=secrets.value(endpoint.secret) if endpoint.secret else NO_KEY,
        max_retries=0,
        timeout=httpx2.Timeout(limits.first_byte, connect=limits.connect),
        http_client=_transport(),
        default_headers={"Accept-Encoding": "identity"},
    )
    # Where these are not given, the library reads them from the environment.
    client.organization = client.project = client.admin_api_key = None
    return client
