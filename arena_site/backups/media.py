"""Stored sounds, into a backup and out of it: each under its own key, checked by its hash on the way."""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from django.core.files.storage import default_storage

from arena_site.backups.manifest import BLOCK, sha256
from inference.errors import Refused
from inference.models import AudioFile

Tick = Callable[[], None]


def rows() -> Iterator[tuple[str, str, int]]:
    """Yield key, SHA-256 and bytes of every stored sound that a row names."""
    named = AudioFile.objects.order_by("pk").values_list("storage_key", "sha256", "bytes")
    yield from named.iterator(chunk_size=2000)


def save(folder: Path, *, tick: Tick) -> tuple[int, int]:
    """Copy what is not in the backup yet; a key's bytes never change.

    Returns:
        The number of sounds, and their bytes, that the backup now holds for these rows.

    Raises:
        Refused: a sound is not there, or not what its row says.
    """
    files = total = 0
    for key, expected, size in rows():
        path = folder / key
        if not (path.exists() and path.stat().st_size == size):
            path.parent.mkdir(parents=True, exist_ok=True)
            with _stored(key) as source:
                _copy(source, path, expected=expected, key=key)
        files, total = files + 1, total + size
        tick()
    return files, total


def bring_back(folder: Path, *, tick: Tick) -> int:
    """Put every sound that a row names back where the site stores them; what is there already stays.

    Raises:
        Refused: the backup lacks one, or holds other bytes than its row says.
    """
    files = 0
    for key, expected, _size in rows():
        path = folder / key
        if not path.exists():
            raise Refused(f"The backup has no sound {key}.", "media_missing")
        if sha256(path) != expected:
            raise Refused(f"The sound {key} in the backup is not what its row says.", "media_changed")
        if not default_storage.exists(key):
            with path.open("rb") as source:
                kept = default_storage.save(key, source)
            if kept != key:
                raise Refused(f"The sound {key} could only be stored as {kept}.", "media_renamed")
        files += 1
        tick()
    return files


def _stored(key: str) -> IO[bytes]:
    try:
        return default_storage.open(key)
    except FileNotFoundError as error:
        raise Refused(
            f"The stored sound {key} is not there, though a row names it.", "media_missing"
        ) from error


def _copy(source: IO[bytes], path: Path, *, expected: str, key: str) -> None:
    draft, digest = path.with_name(f"{path.name}.part"), hashlib.sha256()
    with draft.open("wb") as out:
        while block := source.read(BLOCK):
            digest.update(block)
            out.write(block)
        out.flush()
        os.fsync(out.fileno())
    if digest.hexdigest() != expected:
        draft.unlink()
        raise Refused(f"The stored sound {key} is not what its row says.", "media_changed")
    draft.rename(path)
