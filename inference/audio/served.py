"""Is a playback file like any other: in form, in loudness, and changed by gain alone (J39, J92; X2, Y8)."""

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from inference.audio import flac, loudness
from inference.audio.clip import Clip

RATE, CHANNELS, BITS = 24_000, 1, 16
# Source: reliability Y8; J98.2.
LOUDNESS_LU: Final = 0.5
PEAK_DBTP: Final = -1.0
SILENCE_SECONDS, SILENCE_WITHIN = 0.2, 0.02
LEAST_CORRELATION: Final = 0.999
BLOCK_SECONDS = 0.1


@dataclass(frozen=True)
class Measures:
    """What was measured on a playback file.

    Attributes:
        form: its STREAMINFO's block sizes, rate, channels and bits; equal for all.
        blocks: its metadata blocks' types.
        loudness_lufs, true_peak_dbtp: integrated, and the peak of the four times oversampled signal.
        lead_seconds, trail_seconds: silence before and after the sound.
        correlation: of its loudness by tenths of a second with that of the source.
    """

    form: tuple[bytes, int, int, int]
    blocks: tuple[int, ...]
    loudness_lufs: float
    true_peak_dbtp: float
    lead_seconds: float
    trail_seconds: float
    correlation: float

    def problems(self, *, target_lufs: int) -> list[str]:
        """List what is not as it has to be."""
        silent = [abs(each - SILENCE_SECONDS) for each in (self.lead_seconds, self.trail_seconds)]
        wrong = {
            "blocks": self.blocks != (flac.STREAMINFO,),
            "form": self.form[1:] != (RATE, CHANNELS, BITS),
            "loudness": abs(self.loudness_lufs - target_lufs) > LOUDNESS_LU,
            "peak": self.true_peak_dbtp > PEAK_DBTP,
            "silence": max(silent) > SILENCE_WITHIN,
            "more than gain": self.correlation < LEAST_CORRELATION,
        }
        return [name for name, so in wrong.items() if so]


def measure(playback: bytes, *, source: Clip) -> Measures:
    """Measure a playback file beside the recording that it was made from."""
    blocks, info = flac.blocks(playback), flac.stream_info(playback)
    samples, rate = soundfile.read(io.BytesIO(playback), dtype="float32")
    heard = np.flatnonzero(samples)
    return Measures(
        form=(blocks[0][1][:4], info.rate, info.channels, info.bits),
        blocks=tuple(kind for kind, _ in blocks),
        loudness_lufs=loudness.integrated(samples, rate),
        true_peak_dbtp=loudness.true_peak(samples, rate),
        lead_seconds=float(heard[0]) / rate,
        trail_seconds=float(len(samples) - 1 - heard[-1]) / rate,
        correlation=_correlation(samples[heard[0] : heard[-1] + 1], source.resampled(rate).samples, rate),
    )


def _correlation(sound: NDArray[np.float32], source: NDArray[np.float32], rate: int) -> float:
    """Correlate the levels of a sound with those of the stretch of its source that it is."""
    start = _place(sound, source)
    stretch = source[start : start + len(sound)]
    block = round(BLOCK_SECONDS * rate)
    one, other = (_levels(each, block) for each in (sound[: len(stretch)], stretch))
    if len(one) < 3 or one.std() == 0 or other.std() == 0:  # noqa: PLR2004 -- two points always lie on a line
        return float(np.corrcoef(sound[: len(stretch)], stretch)[0, 1])
    return float(np.corrcoef(one, other)[0, 1])


def _place(sound: NDArray[np.float32], source: NDArray[np.float32]) -> int:
    """Find where in its source a sound begins: the largest of the cross-correlation."""
    size = 1 << int(np.ceil(np.log2(len(sound) + len(source))))
    spectrum = np.fft.rfft(source, size) * np.conj(np.fft.rfft(sound, size))
    lags = np.fft.irfft(spectrum, size)[: max(1, len(source) - len(sound) + 1)]
    return int(np.argmax(lags))


def _levels(samples: NDArray[np.float32], block: int) -> NDArray[np.float64]:
    whole = samples[: len(samples) // block * block].astype(np.float64).reshape(-1, block)
    return np.asarray(np.sqrt(np.mean(whole**2, axis=1)))
