"""What a child does with a stranger's bytes: each function takes them and returns (a JSON object, bytes)."""

from dataclasses import asdict
from typing import Any

import numpy as np

from inference.audio import checks
from inference.audio.checks import Limits
from inference.audio.clip import Clip
from inference.audio.decode import Decoded, decode
from inference.audio.normalise import Playback, normalise

Answer = tuple[dict[str, Any], bytes]


def take_in(raw: bytes, *, limits: dict[str, Any]) -> Answer:
    """Decode, check everything, measure and normalise; answers both descriptions and the playback file.

    Raises:
        AudioRefused: any code.
    """
    decoded = decode(raw, limits=Limits(**limits))
    checks.check_audible(decoded.clip.samples)
    checks.check_unclipped(decoded.flat, decoded.total)
    answer, flac = _played(normalise(decoded.clip))
    return {"raw": _described(decoded), "playback": answer}, flac


def copy_at(raw: bytes, *, limits: dict[str, Any], target_lufs: int) -> Answer:
    """Normalise to one given loudness; answers the description and the playback file.

    Raises:
        AudioRefused: any code.
    """
    decoded = decode(raw, limits=Limits(**limits))
    checks.check_audible(decoded.clip.samples)
    return _played(normalise(decoded.clip, target_lufs=target_lufs))


def samples(raw: bytes, *, limits: dict[str, Any]) -> Answer:
    """Decode only; answers the rate, and the samples as little-endian float32.

    Raises:
        AudioRefused: every code but those of silence, clipping and loudness.
    """
    clip = decode(raw, limits=Limits(**limits)).clip
    return {"rate": clip.rate}, clip.samples.astype("<f4").tobytes()


def warm() -> None:
    """Run every library once over a sound of our own, so that children find all of them loaded."""
    rate = 16_000
    tone = np.sin(np.arange(rate) * 0.1).astype(np.float32) / 2
    for raw in (Clip(samples=tone, rate=rate).wav(), Clip(samples=tone, rate=rate).flac()):
        take_in(raw, limits=asdict(Limits()))


def _described(decoded: Decoded) -> dict[str, Any]:
    return {
        "media_type": decoded.header.media_type,
        "sample_rate": decoded.clip.rate,
        "channels": decoded.header.channels,
        "duration_ms": round(1000 * decoded.clip.seconds),
    }


def _played(playback: Playback) -> Answer:
    answer = asdict(playback)
    return answer, answer.pop("flac")
