"""Stored sound: bytes under random keys first, the row afterwards, so that a row never lacks its file."""

import contextlib
import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone

from inference.audio import ingest
from inference.audio.ingest import RawAudio
from inference.audio.normalise import NORMALISER_VERSION, Playback
from inference.models import AudioFile
from inference.services import owner

ROOT = "audio"
ORPHAN_AGE = timedelta(days=1)
CHUNK = 500


def write(data: bytes) -> str:
    """Store bytes under a new random key and return it; they are on the disk when this returns."""
    key = _new_key()
    if not isinstance(default_storage, FileSystemStorage):
        # An object store takes a file whole or not at all, and answers when it has it.
        return default_storage.save(key, ContentFile(data))
    path = Path(default_storage.path(key))
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix="half-", delete=False) as half:
        try:
            half.write(data)
            half.flush()
            os.fsync(half.fileno())
            Path(half.name).rename(path)
        except BaseException:
            Path(half.name).unlink(missing_ok=True)
            raise
    _sync(path.parent)
    return key


def record_raw(key: str, facts: RawAudio) -> AudioFile:
    """Make the row of stored raw bytes."""
    return AudioFile.objects.create(
        kind=AudioFile.Kind.RAW,
        storage_key=key,
        sha256=facts.sha256,
        bytes=facts.size,
        media_type=facts.media_type,
        sample_rate=facts.sample_rate,
        channels=facts.channels,
        duration_ms=facts.duration_ms,
    )


def record_playback(key: str, playback: Playback, *, made_from: AudioFile) -> AudioFile:
    """Make the row of stored playback bytes."""
    return AudioFile.objects.create(
        kind=AudioFile.Kind.PLAYBACK,
        storage_key=key,
        sha256=hashlib.sha256(playback.flac).hexdigest(),
        bytes=len(playback.flac),
        media_type="audio/flac",
        sample_rate=24_000,
        channels=1,
        duration_ms=playback.duration_ms,
        made_from=made_from,
        normaliser_version=playback.normaliser_version,
        target_lufs=playback.target_lufs,
        loudness_lufs=playback.loudness_lufs,
        true_peak_dbtp=playback.true_peak_dbtp,
        lead_silence_ms=playback.lead_silence_ms,
        trail_silence_ms=playback.trail_silence_ms,
    )


def read(file: AudioFile) -> bytes:
    """Fetch a file's bytes.

    Raises:
        OSError: the store does not have them now.
    """
    with default_storage.open(file.storage_key) as stored:
        return bytes(stored.read())


def playback_at(raw: AudioFile, target_lufs: int) -> AudioFile:
    """Get the playback file of `raw` at exactly this loudness, made now if there is none yet.

    The clips of one ballot are all served at the highest target that each of them reaches, so a clip needs a
    quieter copy where another one cannot reach the usual level.

    Raises:
        AudioRefused: `target_not_reached`, the clip's peak forbids that loudness.
    """
    wanted = {
        "made_from": raw,
        "target_lufs": target_lufs,
        "normaliser_version": NORMALISER_VERSION,
        "kind": AudioFile.Kind.PLAYBACK,
    }
    if there := AudioFile.objects.filter(**wanted).first():
        return there
    playback = ingest.normalise_at(read(raw), target_lufs=target_lufs)
    key = write(playback.flac)
    try:
        with transaction.atomic():
            return record_playback(key, playback, made_from=raw)
    except IntegrityError:
        # Somebody else made it meanwhile.
        discard(key)
        return AudioFile.objects.get(**wanted)


def discard(*keys: str) -> None:
    """Delete bytes that got no row; where a row names them after all, they stay."""
    kept = set(AudioFile.objects.filter(storage_key__in=keys).values_list("storage_key", flat=True))
    for key in keys:
        if key not in kept:
            with contextlib.suppress(OSError):
                default_storage.delete(key)


def discard_orphans() -> int:
    """Delete bytes that lie here for a day without a row, and return how many files that were.

    They are what a process leaves that dies between writing a file and recording it. Nothing is deleted
    where the folder may be another database's.
    """
    if not owner.owns(ROOT):
        return 0
    found = 0
    keys: list[str] = []
    for key in _old_keys():
        keys.append(key)
        if len(keys) == CHUNK:
            found += _discard_unrecorded(keys)
            keys = []
    return found + _discard_unrecorded(keys)


def _discard_unrecorded(keys: list[str]) -> int:
    kept = set(AudioFile.objects.filter(storage_key__in=keys).values_list("storage_key", flat=True))
    orphans = [key for key in keys if key not in kept]
    discard(*orphans)
    return len(orphans)


def _old_keys() -> Iterator[str]:
    before = timezone.now() - ORPHAN_AGE
    with contextlib.suppress(FileNotFoundError):
        for shard in default_storage.listdir(ROOT)[0]:
            for name in default_storage.listdir(f"{ROOT}/{shard}")[1]:
                key = f"{ROOT}/{shard}/{name}"
                # A file may go between the listing and the look.
                with contextlib.suppress(FileNotFoundError):
                    if default_storage.get_modified_time(key) < before:
                        yield key


def _new_key() -> str:
    name = secrets.token_hex(16)
    return f"{ROOT}/{name[:2]}/{name}"


def _sync(folder: Path) -> None:
    """Bring a rename in this folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
