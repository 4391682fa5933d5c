"""Values sealed with AES-256-GCM: each with a key of its own, which is sealed with the site's."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
# Source: NIST SP 800-38D, 8.2.2: 96 random bits, each key used for far less than 2**32 values.
NONCE_BYTES = 12


class NotOpenedError(Exception):
    """A seal that no key of ours opens; the text names no value."""


@dataclass(frozen=True)
class Envelope:
    """What is stored.

    Attributes:
        ciphertext: nonce and value, under the value's own key.
        wrapped_key: nonce and that key, under the site's.
        key_id: which of the site's.
    """

    ciphertext: bytes
    wrapped_key: bytes
    key_id: str


def seal(value: str, *, about: str, keys: Mapping[str, bytes]) -> Envelope:
    """Seal a value.

    Args:
        value: what nobody may read.
        about: whose it is; it opens under the same words only, so that rows cannot be exchanged.
        keys: the site's, the one in use first.
    """
    own = AESGCM.generate_key(bit_length=8 * KEY_BYTES)
    key_id = next(iter(keys))
    return Envelope(_sealed(own, value.encode(), about), _sealed(keys[key_id], own, about), key_id)


def opened(envelope: Envelope, *, about: str, keys: Mapping[str, bytes]) -> str:
    """Return the value.

    Raises:
        NotOpenedError: its key is none of the site's, or the row was changed.
    """
    return _opened(_own_key(envelope, about, keys), envelope.ciphertext, about).decode()


def sealed_anew(envelope: Envelope, *, about: str, keys: Mapping[str, bytes]) -> Envelope:
    """Seal a value's own key with the site's key in use; the value itself stays as it is.

    Raises:
        NotOpenedError: as `opened`.
    """
    own = _own_key(envelope, about, keys)
    key_id = next(iter(keys))
    return Envelope(envelope.ciphertext, _sealed(keys[key_id], own, about), key_id)


def _own_key(envelope: Envelope, about: str, keys: Mapping[str, bytes]) -> bytes:
    if envelope.key_id not in keys:
        raise NotOpenedError(f"The key {envelope.key_id} is not among SECRETS_KEYS.")
    return _opened(keys[envelope.key_id], envelope.wrapped_key, about)


def _sealed(key: bytes, data: bytes, about: str) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, about.encode())


def _opened(key: bytes, data: bytes, about: str) -> bytes:
    try:
        return AESGCM(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], about.encode())
    except (InvalidTag, ValueError) as error:
        raise NotOpenedError("The row was changed, or sealed with another key of the same name.") from error
