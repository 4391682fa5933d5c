"""What goes wrong at a hosted model, in our words: whether it is worth another try, and when (S4)."""

import email.utils
import math
import time
from collections.abc import Mapping
from http import HTTPStatus

import httpx2
import openai

from inference.adapters import secrets, texts
from inference.adapters.base import AdapterError, PermanentError, TransientError

# All that may leave a call of the library; everything else is a mistake of ours and counts as a crash.
# The library reads JSON without limits of its own: numbers of any length, lists of any depth.
ERRORS = (openai.OpenAIError, httpx2.HTTPError, httpx2.StreamError, ValueError, RecursionError)

WORTH_ANOTHER_TRY = frozenset({408, 409, 425, 429})
# The server's words about a key repeat parts of it, in forms that no mask knows.
ABOUT_KEYS = frozenset({401, 403})
FILTERED = frozenset({"content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation"})
# Errors inside a stream that already began with 200.
LASTING = frozenset({"invalid_request_error", "authentication_error", "permission_error", "not_found_error"})
MOST_CHARACTERS = 300
LONGEST_WAIT_SECONDS = 86_400.0


def told(error: Exception, *, stage: str) -> AdapterError:
    """Translate what the library raised.

    Args:
        error: one of `ERRORS`.
        stage: the step that made the call.
    """
    if isinstance(error, openai.APIStatusError):
        return _status(error, stage)
    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        return TransientError("The server did not answer in time.", code="timeout", stage=stage)
    if isinstance(error, openai.APIConnectionError | httpx2.HTTPError | httpx2.StreamError):
        why = error.__cause__ or error
        message = f"The connection to the server failed ({type(why).__name__})."
        return TransientError(message, code="connection_failed", stage=stage)
    if isinstance(error, openai.APIResponseValidationError) or not isinstance(error, openai.APIError):
        return unreadable(stage=stage)
    return _streamed(error, stage)


def unreadable(*, stage: str) -> PermanentError:
    """Return the error for an answer that does not follow the protocol."""
    message = "The server's answer is not what an OpenAI-compatible server sends."
    return PermanentError(message, code="not_the_protocol", stage=stage)


def retry_after_seconds(headers: Mapping[str, str], *, now: float) -> float | None:
    """Read how long a server wants to be left alone; None where it does not say so in any known form.

    Args:
        headers: names in lower case, or a mapping that ignores case.
        now: seconds since 1970.

    Source: RFC 9110, section 10.2.3; `retry-after-ms` is OpenAI's and Azure's.
    """
    for name, scale in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) / scale
        except (KeyError, ValueError):
            continue
        if math.isfinite(seconds):
            return min(max(seconds, 0.0), LONGEST_WAIT_SECONDS)
    try:
        date = email.utils.parsedate_to_datetime(headers["retry-after"])
        return min(max(date.timestamp() - now, 0.0), LONGEST_WAIT_SECONDS)
    except (KeyError, ValueError, OverflowError):
        return None


def _status(error: openai.APIStatusError, stage: str) -> AdapterError:
    status = error.status_code
    code = "content_filter" if _word(error.code) in FILTERED else f"http_{status}"
    if status in WORTH_ANOTHER_TRY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        wait = retry_after_seconds(error.response.headers, now=time.time())
        message = f"The server answered {status}{_quoted(error)}"
        return TransientError(message, code=code, stage=stage, retry_after_seconds=wait)
    if status in ABOUT_KEYS:
        message = f"The server answered {status}: it does not accept the key, or not for this model."
    elif status < HTTPStatus.BAD_REQUEST:
        message = f"The server answered {status} and points elsewhere; addresses are not followed."
    else:
        message = f"The server answered {status}{_quoted(error)}"
    return PermanentError(message, code=code, stage=stage)


def _streamed(error: openai.APIError, stage: str) -> AdapterError:
    if _word(error.code) in FILTERED:
        return PermanentError("The server's filter ended the answer.", code="content_filter", stage=stage)
    kind = PermanentError if _word(error.type) in LASTING else TransientError
    return kind(f"The server broke its answer off{_quoted(error)}", code="stream_error", stage=stage)


def _word(value: object) -> str:
    """Read what should be a word; a server may send anything in its place."""
    return value if isinstance(value, str) else ""


def _quoted(error: openai.APIError) -> str:
    """Repeat the server's own sentence, without what looks like markup, keys or a whole page."""
    body = error.body if isinstance(error.body, Mapping) else {}
    said = body.get("message")
    if not isinstance(said, str) or not said.strip():
        return "."
    line = secrets.redact(texts.words(" ".join(said.split())))
    return f": {line[:MOST_CHARACTERS]}{'…' if len(line) > MOST_CHARACTERS else ''}"
