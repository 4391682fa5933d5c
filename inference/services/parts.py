"""Bytes of uploads on their way: streamed to the store under random keys, never held in memory as a whole."""

import base64
import binascii
import contextlib
import hashlib
import re
import secrets
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import IO

from django.core.files import File
from django.core.files.storage import default_storage
from django.utils import timezone

from inference.errors import Refused
from inference.models import Submission, Upload, UploadPart
from s2s_arena.content import HEAD_BYTES

ROOT = "uploads"
CHUNK = 256 * 1024
KEPT_AFTER_END = timedelta(days=14)
DIGEST = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]+):\s*(?:,|$)")


@dataclass(frozen=True)
class Stored:
    """Bytes in the store.

    Attributes:
        key: where.
        size: how many.
        sha256: hexadecimal.
        head: the first of them.
    """

    key: str
    size: int
    sha256: str
    head: bytes


def digest_of(header: str) -> str:
    """Read the SHA-256 of a `Content-Digest` header (RFC 9530) as hexadecimal digits.

    Raises:
        Refused: `part_digest_mismatch`, where there is none.
    """
    found = DIGEST.search(header)
    with contextlib.suppress(binascii.Error, ValueError):
        if found and len(digest := base64.b64decode(found[1], validate=True)) == hashlib.sha256().digest_size:
            return digest.hex()
    raise Refused("Send the part's Content-Digest: sha-256=:…:.", "part_digest_mismatch")


def store(stream: IO[bytes], *, size: int, sha256: str) -> Stored:
    """Stream a part to the store, and compare it with what was promised.

    Raises:
        Refused: `part_digest_mismatch`, or `malformed` where it has not so many bytes.
    """
    stored = _write(_chunks(stream, most=size + 1))
    if stored.size != size:
        discard(stored.key)
        message = f"The part has to have {size:,} bytes; {stored.size:,} came."
        raise Refused(message, "malformed", status=400)
    if stored.sha256 != sha256:
        discard(stored.key)
        raise Refused("The part is not what its Content-Digest says.", "part_digest_mismatch")
    return stored


def join(keys: Sequence[str]) -> Stored:
    """Put parts together under a new key; a single one stays where it is."""
    if len(keys) == 1:
        with default_storage.open(keys[0]) as part:
            return _summed(keys[0], _chunks(part, most=None))

    def all_of_them() -> Iterator[bytes]:
        for key in keys:
            with default_storage.open(key) as part:
                yield from _chunks(part, most=None)

    return _write(all_of_them())


def put(data: bytes) -> Stored:
    """Store bytes of our own making."""
    return _write([data])


def read(key: str) -> bytes:
    """Fetch a whole file, 25 MB at most."""
    with default_storage.open(key) as stored:
        return bytes(stored.read())


def discard(*keys: str) -> None:
    """Delete bytes; those that are gone already are no error."""
    for key in keys:
        if key:
            with contextlib.suppress(OSError):
                default_storage.delete(key)


def discard_old() -> int:
    """Delete the bytes of uploads whose submission ended two weeks ago; return how many those were."""
    before = timezone.now() - KEPT_AFTER_END
    ended = Upload.objects.filter(
        submission__state__in=Submission.CLOSED, submission__state_since__lt=before
    ).exclude(state=Upload.State.DISCARDED)
    found = list(ended.order_by("pk")[:500])
    for upload in found:
        keys = list(UploadPart.objects.filter(upload=upload).values_list("storage_key", flat=True))
        Upload.objects.filter(pk=upload.pk).update(state=Upload.State.DISCARDED)
        shared = Upload.objects.filter(storage_key=upload.storage_key).exclude(state=Upload.State.DISCARDED)
        if upload.storage_key and shared.exists():
            keys = [key for key in keys if key != upload.storage_key]
        else:
            keys += [upload.storage_key, upload.ready.get("key", "")]
        UploadPart.objects.filter(upload=upload).delete()
        discard(*keys)
    return len(found)


def _write(chunks: Iterable[bytes]) -> Stored:
    """Write to a file beside first: what breaks off leaves nothing in the store."""
    digest, size, head = hashlib.sha256(), 0, b""
    with tempfile.TemporaryFile() as half:
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            if len(head) < HEAD_BYTES:
                head += chunk[: HEAD_BYTES - len(head)]
            half.write(chunk)
        half.seek(0)
        name = secrets.token_hex(16)
        key = default_storage.save(f"{ROOT}/{name[:2]}/{name}", File(half))
    return Stored(key=key, size=size, sha256=digest.hexdigest(), head=head)


def _summed(key: str, chunks: Iterable[bytes]) -> Stored:
    digest, size, head = hashlib.sha256(), 0, b""
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
        head = head or chunk[:HEAD_BYTES]
    return Stored(key=key, size=size, sha256=digest.hexdigest(), head=head)


def _chunks(stream: IO[bytes], *, most: int | None) -> Iterator[bytes]:
    left = most
    while left is None or left > 0:
        chunk = stream.read(CHUNK if left is None else min(CHUNK, left))
        if not chunk:
            return
        if left is not None:
            left -= len(chunk)
        yield chunk
