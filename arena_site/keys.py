"""The keys that stored secrets are sealed with, as the environment gives them."""

import base64
from collections.abc import Sequence

KEY_BYTES = 32


def read(entries: Sequence[str]) -> dict[str, bytes]:
    """Read `id:key` entries, the key in base64; the first is the one in use.

    Raises:
        ValueError: an entry is none; its key is not repeated in the message.
    """
    found: dict[str, bytes] = {}
    for number, entry in enumerate(entries, start=1):
        name, _, text = entry.strip().partition(":")
        try:
            key = base64.b64decode(text, validate=True)
        except ValueError:
            key = b""
        if not name or len(key) != KEY_BYTES or name in found:
            raise ValueError(f"Entry {number} of SECRETS_KEYS is no `id:key` with 32 bytes in base64.")
        found[name] = key
    return found
