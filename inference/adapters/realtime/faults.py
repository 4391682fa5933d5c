"""What goes wrong in a Realtime session, as errors of an adapter (requirements S4, S30)."""

from collections.abc import Mapping
from typing import Any

from inference.adapters import secrets, texts
from inference.adapters.base import AdapterError, PermanentError, TransientError

# The code tells more than the type: a busy model has been seen as an `invalid_request_error`.
# Source: https://github.com/openai/openai-python/issues/2502.
PASSING = ("rate_limit", "server_error", "overload", "unavailable", "timeout", "session_expired", "conflict")
FILTERED = ("content_filter", "content_policy", "moderation")
# The server's words about a key repeat parts of it, in forms that no mask knows.
ABOUT_KEYS = ("api_key", "authentication", "permission")
LONGEST = 300


def told(error: Mapping[str, Any], *, stage: str) -> AdapterError:
    """Turn what an `error` event or a failed response says into an error, by its code and type.

    Args:
        error: `code`, `type` and `message`; any may be missing.
        stage: where it was said.
    """
    name = texts.words(" ".join(str(error[part])[:80] for part in ("type", "code") if error.get(part)))
    message = texts.words(str(error.get("message") or "no reason given"))
    said = secrets.redact(" ".join(message.split()))[:LONGEST]
    if any(word in name for word in FILTERED):
        return PermanentError(f"The server's filter refuses: {said}", code="content_filter", stage=stage)
    if any(word in name for word in PASSING) or not name:
        code = "rate_limited" if "rate_limit" in name else "server_error"
        return TransientError(f"The server cannot answer now: {said}", code=code, stage=stage)
    if any(word in name for word in ABOUT_KEYS):
        message = "The server does not accept the key, or not for this model."
        return PermanentError(message, code="key_refused", stage=stage)
    return PermanentError(f"The server refuses ({name}): {said}", code="request_refused", stage=stage)


def silent(*, filtered: bool, text: bool) -> PermanentError:
    """Say that an answer came without sound.

    Args:
        filtered: whether a filter cut it off.
        text: whether there are words, which a stage keeps.
    """
    if filtered:
        return PermanentError(
            "The server's filter let no sound through.", code="content_filter", stage="answer"
        )
    rest = "; its words are kept" if text else ""
    return PermanentError(f"The answer holds no sound{rest}.", code="no_audio", stage="answer")
