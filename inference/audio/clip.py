"""One mono recording in memory, its resampling and its 16-bit files."""

import io
import wave
from dataclasses import dataclass
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from inference.audio import flac
from inference.audio.errors import AudioRefused, Code


@dataclass(frozen=True, eq=False)
class Clip:
    """Mono sound.

    Attributes:
        samples: shape (n,), float32, full scale [-1, 1]. Lossy codecs may overshoot it a little.
        rate: samples per second, Hz.
    """

    samples: NDArray[np.float32]
    rate: int

    def __post_init__(self) -> None:
        if self.samples.ndim != 1 or self.samples.dtype != np.float32:
            raise ValueError(
                f"A Clip needs float32 of shape (n,), not {self.samples.dtype} of {self.samples.shape}."
            )
        if self.rate <= 0:
            raise ValueError(f"A Clip needs a positive rate, not {self.rate}.")

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return len(self.samples) / self.rate

    def resampled(self, rate: int) -> "Clip":
        """Convert to another rate in Hz, band-limited, so that nothing folds back below half of it."""
        if rate == self.rate:
            return self
        return Clip(samples=soxr.resample(self.samples, self.rate, rate, quality="HQ"), rate=rate)

    def to_int16(self) -> NDArray[np.int16]:
        """Quantise to 16 bit; what lies beyond full scale is clipped and never wraps to the other sign.

        Raises:
            AudioRefused: `not_finite` where a sample is NaN or infinite.
        """
        if not np.isfinite(self.samples).all():
            raise AudioRefused(
                "The clip holds samples that are not numbers (NaN or infinity).", Code.NOT_FINITE
            )
        quantised: NDArray[np.int16] = np.clip(np.rint(self.samples * 32768), -32768, 32767).astype(np.int16)
        return quantised

    def wav(self) -> bytes:
        """Encode as 16-bit WAV.

        Raises:
            AudioRefused: `not_finite`.
        """
        out = io.BytesIO()
        with wave.open(out, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(self.rate)
            file.writeframes(self.to_int16().astype("<i2").tobytes())
        return out.getvalue()

    def flac(self) -> bytes:
        """Encode as 16-bit FLAC whose only metadata block is STREAMINFO.

        Raises:
            AudioRefused: `not_finite`.
        """
        return encode_flac(self.to_int16(), self.rate)


def encode_flac(pcm: NDArray[np.int16], rate: int) -> bytes:
    """Write 16-bit mono samples as FLAC; equal samples give equal bytes, and no block but STREAMINFO is kept.

    Only WAV and FLAC are ever written: libsndfile 1.2.2 crashes on writing long Ogg Vorbis, and leaks on
    writing MP3.

    Source: https://github.com/bastibe/python-soundfile/issues/233, CVE-2025-56226.
    """
    out = io.BytesIO()
    options: dict[str, Any] = {"samplerate": rate, "channels": 1, "format": "FLAC", "subtype": "PCM_16"}
    with soundfile.SoundFile(out, "w", compression_level=0.6, **options) as file:
        file.write(pcm)
    return flac.stripped(out.getvalue())
