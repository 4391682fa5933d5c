"""Sounds, and the rows of stored ones."""

import hashlib
import io
import uuid

import numpy as np
import soundfile
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from inference.models import AudioFile
from tests.factories.numbers import NUMBERS


def tone(*, seconds: float = 1.0, hz: float = 440.0, rate: int = 24_000, level: float = 0.1) -> np.ndarray:
    """A sine, float32, shape (seconds × rate,)."""
    return (level * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def wav(samples: np.ndarray | None = None, *, rate: int = 24_000, subtype: str = "PCM_16") -> bytes:
    """A WAV file of these samples, or of a tone that no other call makes."""
    if samples is None:
        samples = tone(hz=200 + next(NUMBERS) % 4000)
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format="WAV", subtype=subtype)
    return buffer.getvalue()


def flac(samples: np.ndarray | None = None, *, rate: int = 24_000) -> bytes:
    """A FLAC file of these samples, or of a tone that no other call makes."""
    buffer = io.BytesIO()
    soundfile.write(
        buffer, tone(hz=200 + next(NUMBERS) % 4000) if samples is None else samples, rate, format="FLAC"
    )
    return buffer.getvalue()


def raw_audio(data: bytes | None = None) -> AudioFile:
    """A stored raw file."""
    data = data or wav()
    samples, rate = soundfile.read(io.BytesIO(data))
    return AudioFile.objects.create(
        kind="raw",
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        media_type="audio/wav",
        sample_rate=rate,
        channels=1,
        duration_ms=round(1000 * len(samples) / rate),
        storage_key=default_storage.save(f"audio/{uuid.uuid4().hex}", ContentFile(data)),
    )


def playback_audio(
    raw: AudioFile, *, target_lufs: int = -23, data: bytes | None = None, duration_ms: int = 1000
) -> AudioFile:
    """A stored playback file that claims to be made from `raw`, and to be so long."""
    data = data or flac()
    return AudioFile.objects.create(
        kind="playback",
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        media_type="audio/flac",
        sample_rate=24_000,
        channels=1,
        duration_ms=duration_ms,
        storage_key=default_storage.save(f"audio/{uuid.uuid4().hex}", ContentFile(data)),
        made_from=raw,
        normaliser_version=1,
        target_lufs=target_lufs,
        loudness_lufs=float(target_lufs),
        true_peak_dbtp=-6.0,
        lead_silence_ms=200,
        trail_silence_ms=200,
    )
