"""The way in for sound: a stranger's bytes are only touched in a child, and a no is an AudioRefused."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import numpy as np

from inference.audio import checks, children
from inference.audio.checks import Limits
from inference.audio.children import Allowance
from inference.audio.clip import Clip
from inference.audio.errors import AudioRefused, Code
from inference.audio.normalise import Playback

DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class RawAudio:
    """What a file turned out to be.

    Attributes:
        media_type: audio/wav, audio/flac, audio/mpeg or audio/ogg, told by content.
        sample_rate: Hz, as stored.
        channels: as stored.
        duration_ms: counted, not promised.
        sha256: of the bytes, hexadecimal.
        size: bytes.
    """

    media_type: str
    sample_rate: int
    channels: int
    duration_ms: int
    sha256: str
    size: int


@dataclass(frozen=True)
class Ingested:
    """A file that came in, and the playback file made from it."""

    raw: RawAudio
    playback: Playback


def ingest(raw: bytes, *, limits: Limits = DEFAULT_LIMITS, allowance: Allowance | None = None) -> Ingested:
    """Recognise, decode, check, measure and normalise a file.

    Raises:
        AudioRefused: with the code and sentence of docs/audio.md; nothing is left behind.
    """
    checks.check_size(raw, limits)
    answer, flac = children.run(
        "inference.audio.work:take_in", raw, options={"limits": asdict(limits)}, allowance=allowance
    )
    with _believing():
        described = RawAudio(**answer["raw"], sha256=hashlib.sha256(raw).hexdigest(), size=len(raw))
        return Ingested(raw=described, playback=Playback(flac=flac, **answer["playback"]))


def normalise_at(raw: bytes, *, target_lufs: int, limits: Limits = DEFAULT_LIMITS) -> Playback:
    """Make a playback file at exactly this loudness, for a ballot whose other clips do not reach -23 LUFS.

    Args:
        raw: a file that was ingested before.
        target_lufs: -40 to whatever the clip's peak allows.
        limits: as at its ingest.

    Raises:
        AudioRefused: `target_not_reached` where the peak forbids it, and as `ingest`.
    """
    checks.check_size(raw, limits)
    options = {"limits": asdict(limits), "target_lufs": target_lufs}
    answer, flac = children.run("inference.audio.work:copy_at", raw, options=options)
    with _believing():
        return Playback(flac=flac, **answer)


def decode(raw: bytes, *, limits: Limits = DEFAULT_LIMITS) -> Clip:
    """Decode a file to one mono clip at its own rate; silence and clipping pass.

    Raises:
        AudioRefused: as `ingest`, but for those two.
    """
    checks.check_size(raw, limits)
    answer, samples = children.run("inference.audio.work:samples", raw, options={"limits": asdict(limits)})
    with _believing():
        return Clip(samples=np.frombuffer(samples, dtype="<f4").astype(np.float32), rate=int(answer["rate"]))


@contextmanager
def _believing() -> Iterator[None]:
    """Refuse an answer of the wrong shape: a child that was taken over could send anything."""
    try:
        yield
    except (TypeError, ValueError, KeyError) as error:
        raise AudioRefused("The file could not be decoded.", Code.DECODER_FAILED) from error
