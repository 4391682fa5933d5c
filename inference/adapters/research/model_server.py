"""GLM-4-Voice's model server, called over HTTP: `POST /generate_stream`, a JSON line per token.

Built against `model_server.py` of THUDM/GLM-4-Voice eb00ce9.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from inference.adapters.base import AdapterError, PermanentError, TransientError
from inference.outbound import calls, reach, targets

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
        AdapterError: `endpoint_refused_address`, `timeout`, `connection_lost`, `server_error`, `bad_answer`
            or `http_` and the status.
    """
    most = int(str(asked["max_new_tokens"]))
    request = calls.Request("POST", json.dumps(asked).encode(), {"Content-Type": "application/json"})
    bounds = calls.Limits(
        seconds=limits.total_seconds,
        most_bytes=0,
        connect=CONNECT_SECONDS,
        first_byte=limits.silence_seconds,
        silence=limits.silence_seconds,
    )
    found: list[int] = []
    try:
        target = reach.target(f"{url}/generate_stream")
        with calls.answering(target, request, limits=bounds) as answer:
            for token in _read(answer):
                found.append(token)
                if token == end or len(found) == most:
                    return found
    except targets.NotCalledError as error:
        raise PermanentError(f"Not called: {error}.", code="endpoint_refused_address", stage=STAGE) from error
    except calls.LateError as error:
        raise TransientError("The model server took too long.", code="timeout", stage=STAGE) from error
    except calls.NotAnsweredError as error:
        message = f"The line to the model server broke: {error}."
        raise TransientError(message, code="connection_lost", stage=STAGE) from error
    message = f"The model server hung up after {len(found)} tokens, in the middle of an answer."
    raise TransientError(message, code="connection_lost", stage=STAGE)


def _read(answer: calls.Answering) -> Iterator[int]:
    if answer.status != HTTPStatus.OK:
        raise _refused(answer)
    while text := answer.line(LONGEST_LINE):
        try:
            said = json.loads(text)
            failed, token = said["error_code"], said.get("token_id")
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            message = "The model server sent a line that is not of its format."
            raise PermanentError(message, code="bad_answer", stage=STAGE) from error
        if failed or not isinstance(token, int):
            raise TransientError("The model server reports an error.", code="server_error", stage=STAGE)
        yield token


def _refused(answer: calls.Answering) -> AdapterError:
    message = f"The model server answers with HTTP {answer.status}."
    code = f"http_{answer.status}"
    if answer.status in TRANSIENT or answer.status >= SERVER_ERRORS:
        wait = next((value for name, value in answer.headers if name.lower() == "retry-after"), "")
        seconds = min(float(wait), LONGEST_WAIT_SECONDS) if wait.isdecimal() else None
        return TransientError(message, code=code, stage=STAGE, retry_after_seconds=seconds)
    return PermanentError(message, code=code, stage=STAGE)
