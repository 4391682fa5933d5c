"""Sound as a model or a server returned it, as one clip; what holds none is refused (S7, S24–26)."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from inference.adapters.base import PermanentError
from inference.audio import checks, ingest
from inference.audio.clip import Clip
from inference.audio.containers import mpeg
from inference.audio.errors import AudioRefused, Code

FILE_MARKERS = (b"RIFF", b"OggS", b"fLaC", b"ID3")


def from_bytes(raw: bytes, *, pcm_rate: int | None, stage: str) -> Clip:
    """Read an answer's bytes by what they are, whatever was asked for.

    Args:
        raw: a file, or bare 16-bit little-endian mono samples.
        pcm_rate: Hz of bare samples; None where none are expected.
        stage: the step that returned them.

    Raises:
        PermanentError: `no_audio`, `bad_audio`.
    """
    if not raw:
        raise nothing(stage=stage)
    if pcm_rate is not None and not _is_file(raw):
        return audible(_samples(raw[: len(raw) // 2 * 2]), rate=pcm_rate, stage=stage)
    try:
        clip = ingest.decode(raw)
    except AudioRefused as refused:
        code = "no_audio" if refused.code in {Code.NO_SAMPLES, Code.EMPTY} else "bad_audio"
        raise PermanentError(f"What came as sound: {refused.message}", code=code, stage=stage) from refused
    return audible(clip.samples, rate=clip.rate, stage=stage)


def joined(pieces: Iterable[Any], *, rate: int, stage: str) -> Clip:
    """Join all pieces that a synthesiser gave, in order: (n,), (1, n) or (1, 1, n), arrays or tensors.

    Raises:
        PermanentError: `no_audio`.
    """
    flat = [_flat(piece) for piece in pieces]
    if not flat:
        raise nothing(stage=stage)
    return audible(np.concatenate(flat), rate=rate, stage=stage)


def audible(samples: Any, *, rate: int, stage: str) -> Clip:
    """Make a clip of samples that are there, are numbers, and are more than silence.

    Raises:
        PermanentError: `no_audio`.
    """
    if samples.size == 0:
        raise nothing(stage=stage)
    if not np.isfinite(samples).all():
        raise PermanentError("The answer holds samples that are not numbers.", code="no_audio", stage=stage)
    try:
        checks.check_audible(samples)
    except AudioRefused as refused:
        raise PermanentError(refused.message, code="no_audio", stage=stage) from refused
    return Clip(samples=samples, rate=rate)


def nothing(*, stage: str) -> PermanentError:
    """Return the error for an answer without sound."""
    return PermanentError("The answer holds no sound.", code="no_audio", stage=stage)


def _is_file(raw: bytes) -> bool:
    """Tell a file from bare samples; an MP3 needs two frames in a row, as chance makes one."""
    return raw.startswith(FILE_MARKERS) or mpeg.starts_here(raw, 0)


def _samples(raw: bytes) -> Any:
    return np.frombuffer(raw, dtype="<i2").astype(np.float32) / 32768


def _flat(piece: Any) -> Any:
    array = piece.detach().float().cpu().numpy() if hasattr(piece, "detach") else np.asarray(piece)
    if array.ndim > 1 and array.size != array.shape[-1]:
        raise ValueError(f"One mono sound was due, not an array of shape {array.shape}.")
    return array.reshape(-1).astype(np.float32)
