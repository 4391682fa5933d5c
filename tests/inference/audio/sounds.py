"""Sounds to test with, and files made of them; only tests ever write Ogg or MP3, in small blocks."""

import io
from typing import Any

import numpy as np
import soundfile
from numpy.typing import ArrayLike, NDArray

from inference.audio.clip import Clip

Samples = NDArray[np.float32]
BLOCK = 4096
ENCODINGS = {
    "wav-u8": ("WAV", "PCM_U8", "audio/wav"),
    "wav-16": ("WAV", "PCM_16", "audio/wav"),
    "wav-24": ("WAV", "PCM_24", "audio/wav"),
    "wav-32": ("WAV", "PCM_32", "audio/wav"),
    "wav-float": ("WAV", "FLOAT", "audio/wav"),
    "wav-double": ("WAV", "DOUBLE", "audio/wav"),
    "wav-extensible": ("WAVEX", "PCM_24", "audio/wav"),
    "flac-8": ("FLAC", "PCM_S8", "audio/flac"),
    "flac-16": ("FLAC", "PCM_16", "audio/flac"),
    "flac-24": ("FLAC", "PCM_24", "audio/flac"),
    "mp3": ("MP3", "MPEG_LAYER_III", "audio/mpeg"),
    "vorbis": ("OGG", "VORBIS", "audio/ogg"),
    "opus": ("OGG", "OPUS", "audio/ogg"),
}


def babble(seconds: float = 1.0, rate: int = 24_000, *, level: float = 0.5, seed: int = 1) -> Samples:
    """A breathy buzz that swells and fades as syllables do: shape (n,), float32, crests at `level`."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    buzz = sum(np.sin(2 * np.pi * (140 * k * time + rng.random())) / k for k in range(1, 24))
    sound = np.sin(2 * np.pi * 2 * time) ** 2 * (buzz + 0.3 * rng.standard_normal(len(time)))
    return np.asarray(level * sound / np.abs(sound).max(), dtype=np.float32)


def sine(
    hertz: float, *, seconds: float = 1.0, rate: int = 24_000, dbfs: float = -6.0, phase: float = 0.0
) -> Samples:
    """Shape (n,), float32; the level is that of the crests."""
    time = np.arange(round(seconds * rate)) / rate
    wave = np.sin(2 * np.pi * hertz * time + np.deg2rad(phase))
    return np.asarray(10 ** (dbfs / 20) * wave, dtype=np.float32)


def encoded(
    samples: NDArray[Any], rate: int, container: str = "WAV", subtype: str = "PCM_16", **options: Any
) -> bytes:
    """Write samples of shape (n,) or (n, channels); the options are soundfile's."""
    out = io.BytesIO()
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    with soundfile.SoundFile(
        out, "w", samplerate=rate, channels=channels, format=container, subtype=subtype, **options
    ) as file:
        for start in range(0, len(samples), BLOCK):
            file.write(samples[start : start + BLOCK])
    return out.getvalue()


def decoded(raw: bytes) -> tuple[NDArray[np.float64], int]:
    """Read a file that we made ourselves: samples of shape (n,), float64, and the rate."""
    samples, rate = soundfile.read(io.BytesIO(raw))
    return samples, rate


def wav(samples: ArrayLike, rate: int = 24_000) -> bytes:
    """Sixteen-bit mono, by the code under test."""
    return Clip(samples=np.asarray(samples, dtype=np.float32), rate=rate).wav()
