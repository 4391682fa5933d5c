"""The one way from a clip to the file that people hear: trimmed, framed by silence, at one loudness."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.audio import loudness
from inference.audio.clip import Clip, encode_flac
from inference.audio.errors import AudioRefused, Code

# Raise it with any change below that changes a byte: stored files name the version that made them.
NORMALISER_VERSION = 1
RATE = 24_000
TARGET_LUFS = -23
# Even one lone impulse reaches this with its peak at the limit; what does not is a rumble or an offset.
LOWEST_TARGET_LUFS = -40
PEAK_DBTP = -1.0
# The gain is chosen a hair lower, so that rounding to 16 bit cannot lift the peak over the limit.
PEAK_MARGIN_DB = 0.01
# Rounding to 16 bit moves a peak near the limit by less than this.
ROUNDING_DB = 0.01
SILENCE_SECONDS = 0.2
# Sound is from the first to the last sample that comes so near the clip's peak, and one fade's length more.
TRIM_DB = -50.0
FADE_SECONDS = 0.005


@dataclass(frozen=True)
class Playback:
    """A file that may be served, and what was measured on it, not on its source.

    Attributes:
        flac: mono, 24 kHz, 16 bit; STREAMINFO is its only metadata block.
        target_lufs: the loudness that was aimed at.
        loudness_lufs: integrated loudness of the whole file with its silences, as any meter shows it.
        true_peak_dbtp: of the whole file.
        lead_silence_ms: digital silence in front.
        trail_silence_ms: digital silence behind.
        duration_ms: with both silences.
        normaliser_version: which rules made it.
    """

    flac: bytes
    target_lufs: int
    loudness_lufs: float
    true_peak_dbtp: float
    lead_silence_ms: int
    trail_silence_ms: int
    duration_ms: int
    normaliser_version: int = NORMALISER_VERSION


def normalise(clip: Clip, *, target_lufs: int | None = None) -> Playback:
    """Make the playback file at -23 LUFS, or at the highest whole level below it that keeps the peak.

    Loudness is measured over the whole file with its silences. That needs no rule of its own for clips
    shorter than a gating block of 0.4 s, and any meter held against the served file shows the stored figure.

    Args:
        clip: what was decoded, not silent.
        target_lufs: exactly this level and no other, for a copy that matches a quieter clip; None chooses.

    Raises:
        AudioRefused: `target_not_reached` where the peak forbids it, `silent` where nothing can be measured.
    """
    framed = _framed(clip.resampled(RATE).samples)
    loud = loudness.integrated(framed, RATE)
    if not np.isfinite(loud):
        raise AudioRefused(
            "The clip holds nothing that can be heard, only an offset or a rumble.", Code.SILENT
        )
    target = TARGET_LUFS if target_lufs is None else target_lufs
    if target >= LOWEST_TARGET_LUFS:
        # Most clips fit. Then the peak measured on the file says so, and the source's needs no measuring.
        made = _measured(_amplified(framed, target - loud), target)
        if made.true_peak_dbtp <= PEAK_DBTP - PEAK_MARGIN_DB - ROUNDING_DB:
            return made
    highest = int(np.floor(loud + PEAK_DBTP - PEAK_MARGIN_DB - loudness.true_peak(framed, RATE)))
    target = min(TARGET_LUFS, highest) if target_lufs is None else target_lufs
    if target > highest or target < LOWEST_TARGET_LUFS:
        raise AudioRefused(
            f"The clip's loudest moment stands so far above the rest that it can be played at {highest} LUFS "
            f"at most, not at {max(target, LOWEST_TARGET_LUFS)}. Take off an offset, a rumble or a click.",
            Code.TARGET_NOT_REACHED,
        )
    return _measured(_amplified(framed, target - loud), target)


def _amplified(framed: NDArray[np.float64], gain_db: float) -> NDArray[np.int16]:
    louder = Clip(samples=(framed * 10 ** (gain_db / 20)).astype(np.float32), rate=RATE)
    return louder.to_int16()


def _framed(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Scale to a peak of 1 (far from the absolute gate), trim, fade both ends and put silence around."""
    level = np.abs(samples)
    peak = float(level.max())
    audible = np.flatnonzero(level >= peak * 10 ** (TRIM_DB / 20))
    fade = round(FADE_SECONDS * RATE)
    start, stop = max(0, audible[0] - fade), min(len(samples), audible[-1] + 1 + fade)
    sound = samples[start:stop].astype(np.float64) / peak
    length = min(fade, len(sound) // 2)
    ramp = np.sin(np.pi / 2 * (np.arange(length) + 1) / (length + 1)) ** 2
    sound[:length] *= ramp
    sound[len(sound) - length :] *= ramp[::-1]
    return np.pad(sound, round(SILENCE_SECONDS * RATE))


def _measured(pcm: NDArray[np.int16], target_lufs: int) -> Playback:
    samples = pcm.astype(np.float64) / 32768
    heard = np.flatnonzero(pcm)
    return Playback(
        flac=encode_flac(pcm, RATE),
        target_lufs=target_lufs,
        loudness_lufs=round(loudness.integrated(samples, RATE), 3),
        true_peak_dbtp=round(loudness.true_peak(samples, RATE), 3),
        lead_silence_ms=round(1000 * int(heard[0]) / RATE),
        trail_silence_ms=round(1000 * (len(pcm) - 1 - int(heard[-1])) / RATE),
        duration_ms=round(1000 * len(pcm) / RATE),
    )
