"""GLM-4-Voice's model server, called over HTTP: `POST /generate_stream`, a JSON line per token.

Built against `model_server.py` of THUDM/GLM-4-Voice eb00ce9.
"""

import http.client
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from inference.adapters.base import AdapterError, PermanentError, TransientError

STAGE = "reply"
CONNECT_SECONDS = 10.0
TRANSIENT = {408, 409, 429}
SERVER_ERRORS = 500
LONGEST_LINE = 65_536
LONGEST_WAIT_SECONDS = 86_400.0


@dataclass(frozen=True)
class Limits:
    """How long to wait.

    Attributes:
        silence_seconds: for the first line, and between two.
        total_seconds: for the whole answer.
    """

    silence_seconds: float
    total_seconds: float


def tokens(url: str, asked: Mapping[str, object], *, end: int, limits: Limits) -> list[int]:
    """Ask, and collect the ids up to the end token, or to as many as were allowed.

    Raises:
        AdapterError: `timeout`, `connection_lost`, `server_error`, `bad_answer` or `http_` and the status.
    """
    where = urlsplit(url)
    line = http.client.HTTPConnection(where.hostname or "", where.port, timeout=CONNECT_SECONDS)
    most = int(str(asked["max_new_tokens"]))
    try:
        line.connect()
        line.sock.settimeout(limits.silence_seconds)
        with _cut_after(limits.total_seconds, line.sock):
            line.request("POST", "/generate_stream", json.dumps(asked), {"Content-Type": "application/json"})
            found: list[int] = []
            for token in _read(line.getresponse()):
                found.append(token)
                if token == end or len(found) == most:
                    return found
    except TimeoutError as error:
        raise TransientError("The model server fell silent.", code="timeout", stage=STAGE) from error
    except (OSError, http.client.HTTPException) as error:
        message = f"The line to the model server broke: {type(error).__name__}."
        raise TransientError(message, code="connection_lost", stage=STAGE) from error
    finally:
        line.close()
    message = f"The model server hung up after {len(found)} tokens, in the middle of an answer."
    raise TransientError(message, code="connection_lost", stage=STAGE)


@contextmanager
def _cut_after(seconds: float, line: socket.socket) -> Iterator[None]:
    """End any wait once the time is over: limits of single reads hold nobody up who sends byte by byte.

    Raises:
        TransientError: `timeout`: it was over.
    """
    over = threading.Event()

    def cut() -> None:
        over.set()
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    clock = threading.Timer(seconds, cut)
    clock.daemon = True
    clock.start()
    try:
        yield
    finally:
        clock.cancel()
        if over.is_set():
            raise TransientError("The model server took too long.", code="timeout", stage=STAGE)


def _read(response: http.client.HTTPResponse) -> Iterator[int]:
    if response.status != http.client.OK:
        raise _refused(response)
    while text := response.readline(LONGEST_LINE):
        try:
            said = json.loads(text)
            failed, token = said["error_code"], said.get("token_id")
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            message = "The model server sent a line that is not of its format."
            raise PermanentError(message, code="bad_answer", stage=STAGE) from error
        if failed or not isinstance(token, int):
            raise TransientError("The model server reports an error.", code="server_error", stage=STAGE)
        yield token


def _refused(response: http.client.HTTPResponse) -> AdapterError:
    message = f"The model server answers with HTTP {response.status}."
    code = f"http_{response.status}"
    if response.status in TRANSIENT or response.status >= SERVER_ERRORS:
        wait = response.getheader("Retry-After", "")
        seconds = min(float(wait), LONGEST_WAIT_SECONDS) if wait.isdecimal() else None
        return TransientError(message, code=code, stage=STAGE, retry_after_seconds=seconds)
    return PermanentError(message, code=code, stage=STAGE)
