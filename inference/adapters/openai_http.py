"""Calls of hosted models by the openai library: bounded in time and size, never repeated behind our back.

    with openai_http.calling(endpoint, stage="reply") as client:
        answer = client.chat.completions.create(...)

All errors of the library leave the block as AdapterErrors. Import it inside functions: the library takes a
second to load.
"""

import http.cookiejar
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache

import httpx2
import openai

from inference.adapters import openai_errors, secrets
from inference.adapters.base import AdapterError, PermanentError, TransientError
from inference.adapters.endpoint import Endpoint, TimeLimits
from inference.outbound import calls, reach, targets

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
        AdapterError: `secret_missing`, `endpoint_refused_address`, `timeout`, `connection_failed`, `http_…`,
            `content_filter`, `stream_error`, `answer_too_large` or `not_the_protocol`.
    """
    target(endpoint.base_url, stage=stage)
    # What nobody read to its end would keep its connection until it is collected as garbage.
    lines = ExitStack()
    token = _current.set(_Call(endpoint.limits, stage=stage, most_bytes=most_bytes, lines=lines))
    try:
        with lines:
            yield _client(endpoint)
    except httpx2.InvalidURL as error:
        message = "The address cannot be read."
        raise PermanentError(message, code="endpoint_refused_address", stage=stage) from error
    except openai_errors.ERRORS as error:
        raise openai_errors.told(error, stage=stage) from error
    finally:
        _current.reset(token)


def target(url: str, *, stage: str) -> targets.Target:
    """Read whom to call; nothing is looked up.

    Raises:
        PermanentError: `endpoint_refused_address`: this process may not call there.
    """
    try:
        return reach.target(url)
    except targets.NotCalledError as error:
        raise refused(error, stage=stage) from error


def refused(error: targets.NotCalledError, *, stage: str) -> PermanentError:
    """Say in an adapter's words that an address is not called."""
    return PermanentError(
        f"The address is not called: {error}.", code="endpoint_refused_address", stage=stage
    )


@dataclass(frozen=True)
class _Call:
    limits: TimeLimits
    stage: str
    most_bytes: int
    lines: ExitStack

    def bounds(self) -> calls.Limits:
        limits = self.limits
        return calls.Limits(
            seconds=limits.total,
            most_bytes=0,
            connect=limits.connect,
            first_byte=limits.first_byte,
            silence=limits.silence,
        )

    def told(self, error: calls.NotAnsweredError) -> AdapterError:
        if isinstance(error, calls.LateError):
            message = "The server did not answer in time."
            if error.in_all:
                message = f"The call took longer than {self.limits.total:g} s in all and was ended."
            return TransientError(message, code="timeout", stage=self.stage)
        message = f"The connection to the server failed ({error})."
        return TransientError(message, code="connection_failed", stage=self.stage)


_current: ContextVar[_Call] = ContextVar("call")


class _Pinned(httpx2.BaseTransport):
    """Sends the library's requests through the site's one client, to the address that was tested."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        call = _current.get()
        sent = calls.Request(request.method, request.read(), dict(request.headers))
        held = call.lines.enter_context(ExitStack())
        try:
            where = target(str(request.url), stage=call.stage)
            answer = held.enter_context(calls.answering(where, sent, limits=call.bounds()))
        except targets.NotCalledError as error:
            raise refused(error, stage=call.stage) from error
        except calls.NotAnsweredError as error:
            raise call.told(error) from error
        return httpx2.Response(answer.status, headers=answer.headers, stream=_Bounded(answer, call, held))


class _Bounded(httpx2.SyncByteStream):
    """The body of an answer, which ends in an error where it grows too long."""

    def __init__(self, answer: calls.Answering, call: _Call, held: ExitStack) -> None:
        self._answer = answer
        self._call = call
        self._held = held

    def __iter__(self) -> Iterator[bytes]:
        left = self._call.most_bytes
        try:
            for piece in self._answer.pieces():
                left -= len(piece)
                if left < 0:
                    message = f"The answer is longer than {self._call.most_bytes / 1e6:g} MB."
                    raise PermanentError(message, code="answer_too_large", stage=self._call.stage)
                yield piece
        except calls.NotAnsweredError as error:
            raise self._call.told(error) from error

    def close(self) -> None:
        self._held.close()


def _answering(response: httpx2.Response) -> None:
    if response.headers.get("content-encoding", "identity") != "identity":
        # We ask for none, and a small answer could unpack to any size.
        raise openai_errors.unreadable(stage=_current.get().stage)


@cache
def _transport() -> httpx2.Client:
    """Build the client below the library's, once per process.

    No connection is kept for a second call. One that the other side has closed meanwhile would cost a job one
    of its tries, since nothing is repeated here.
    """
    nobody = http.cookiejar.CookieJar(policy=http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    return httpx2.Client(
        transport=_Pinned(),
        event_hooks={"response": [_answering]},
        follow_redirects=False,
        cookies=nobody,
        trust_env=False,
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
