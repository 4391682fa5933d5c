"""Secrets by name: a configuration names one, and only the process that answers is lent its value.

Where nothing was lent (the pull worker, `--try`), the value comes from the environment: the secret `openai`
from the variable ARENA_SECRET_OPENAI.
"""

import os
import threading
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from inference.adapters.base import PermanentError

PREFIX = "ARENA_SECRET_"
MASK = "[secret]"
# Shorter values would also mask ordinary words.
SHORTEST = 6
# So much of the beginning of a longer one is masked too: messages are cut, and some servers repeat a part.
FRAGMENT = 12

SecretName = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$", description="The name of a stored secret.")
]

_lent: dict[str, str] = {}
# Every value this process ever knew: an old one may still be on its way into a message.
_known: set[str] = set()
_lock = threading.Lock()


def lend(values: Mapping[str, str]) -> None:
    """Give this process the secrets of the order it works on; those of the order before are taken back."""
    with _lock:
        _lent.clear()
        _lent.update(values)
        _known.update(value for value in values.values() if len(value) >= SHORTEST)


def variable(name: str) -> str:
    """Say which environment variable holds a secret."""
    return PREFIX + name.upper().replace("-", "_")


def value(name: str) -> str:
    """Return a secret.

    Raises:
        PermanentError: `secret_missing`.
    """
    with _lock:
        found = _lent.get(name) or os.environ.get(variable(name), "")
        if len(found) >= SHORTEST:
            _known.add(found)
    if not found:
        raise PermanentError(
            f"There is no secret {name}: store it, or set {variable(name)} where you run this yourself.",
            code="secret_missing",
        )
    return found


def redact(text: str) -> str:
    """Mask every secret that this process knows, and what is left of one where a text was cut."""
    with _lock:
        known = sorted(_known, key=len, reverse=True)
    for one in known:
        text = text.replace(one, MASK)
        while len(one) > FRAGMENT and (at := text.find(one[:FRAGMENT])) >= 0:
            length = next(n for n in range(len(one), 0, -1) if text.startswith(one[:n], at))
            text = text[:at] + MASK + text[at + length :]
    return text
