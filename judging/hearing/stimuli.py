"""Three intervals, one of which is to be found: the sounds of the headphone and room checks.

Every function returns stereo sound, shape (n, 2), float64, full scale [-1, 1], at RATE.
"""

import io
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

Stereo = NDArray[np.float64]

RATE = 44_100
"""Samples per second, Hz, as in both papers."""
INTERVAL_SECONDS = 1.0
GAP_SECONDS = 0.5
RAMP_SECONDS = 0.1
INTERVALS = 3
PEAK = 0.5
# Source: Milne et al. 2020, "An online headphone screening test based on dichotic pitch": 600 Hz, ±6 %.
PITCH_HZ = 600.0
PITCH_WIDTH = 0.06
# Source: Woods et al. 2017, "Headphone screening to facilitate web-based experiments": 200 Hz, −6 dB.
TONE_HZ = 200.0
QUIETER_DB = -6.0
LOWEST_HZ = 50.0
ROOM_DB = -50.0
"""Level of the room check's noises in dB below full scale (power), some 27 dB below a normalised clip."""
ROOM_STEPS_DB = (6.0, 4.5, 3.5, 2.5)
"""How much louder the target is, trial by trial."""


def huggins(*, target: int, seed: int) -> Stereo:
    """Make noise of which one interval holds a pitch that only two separate ears can hear.

    In the target interval the noise of the left ear is turned by half a period in a narrow band round
    PITCH_HZ; through loudspeakers, where both ears hear both sides, nothing of it is left.

    Args:
        target: 1 to 3, which interval holds the pitch.
        seed: the same seed gives the same noise.
    """
    rng = np.random.default_rng(seed)
    intervals = []
    for number in range(1, INTERVALS + 1):
        right = rng.standard_normal(_samples(INTERVAL_SECONDS))
        left = _turned(right) if number == target else right
        intervals.append(np.column_stack([left, right]))
    return _sequence(intervals)


def antiphase(*, target: int, seed: int) -> Stereo:
    """Make three tones, one quieter (the target) and one whose ears are opposed.

    Through loudspeakers the opposed tone cancels itself out in the air and passes for the quietest.

    Args:
        target: 1 to 3, which tone is quieter.
        seed: decides which of the other two is opposed.
    """
    others = [number for number in range(1, INTERVALS + 1) if number != target]
    opposed = others[int(np.random.default_rng(seed).integers(len(others)))]
    times = np.arange(_samples(INTERVAL_SECONDS)) / RATE
    tone = np.sin(2 * np.pi * TONE_HZ * times)
    intervals = []
    for number in range(1, INTERVALS + 1):
        level = 10 ** (QUIETER_DB / 20) if number == target else 1.0
        other_ear = -1.0 if number == opposed else 1.0
        intervals.append(np.column_stack([level * tone, other_ear * level * tone]))
    return _sequence(intervals)


def room(*, target: int, seed: int, step_db: float) -> Stereo:
    """Make three soft noises, of which the target is a little louder: a noisy room covers the difference.

    Args:
        target: 1 to 3, which noise is louder.
        seed: the same seed gives the same noise.
        step_db: by how much it is louder.
    """
    rng = np.random.default_rng(seed)
    intervals = []
    for number in range(1, INTERVALS + 1):
        noise = _pink(rng, _samples(INTERVAL_SECONDS))
        level = 10 ** ((ROOM_DB + (step_db if number == target else 0.0)) / 20)
        # Each of the same power, so that chance in the noise gives nothing away.
        noise *= level / np.sqrt(np.mean(noise**2))
        intervals.append(np.column_stack([noise, noise]))
    return _shaped(intervals)


def flac(sound: Stereo) -> bytes:
    """Encode as 16-bit stereo FLAC, without loss."""
    out = io.BytesIO()
    pcm = np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16)
    options: dict[str, Any] = {"format": "FLAC", "subtype": "PCM_16"}
    soundfile.write(out, pcm, RATE, **options)
    return out.getvalue()


def _samples(seconds: float) -> int:
    return round(seconds * RATE)


def _turned(noise: NDArray[np.float64]) -> NDArray[np.float64]:
    """The noise with the phase of the band round PITCH_HZ turned by π."""
    spectrum = np.fft.rfft(noise)
    hz = np.fft.rfftfreq(len(noise), 1 / RATE)
    spectrum[np.abs(hz - PITCH_HZ) <= PITCH_WIDTH * PITCH_HZ] *= -1
    turned: NDArray[np.float64] = np.fft.irfft(spectrum, len(noise))
    return turned


def _pink(rng: np.random.Generator, samples: int) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    hz = np.fft.rfftfreq(samples, 1 / RATE)
    # Nothing below: no headphone plays it, and it would take most of the power.
    spectrum *= np.where(hz < LOWEST_HZ, 0.0, 1 / np.sqrt(np.maximum(hz, LOWEST_HZ)))
    noise: NDArray[np.float64] = np.fft.irfft(spectrum, samples)
    return noise


def _sequence(intervals: list[Stereo]) -> Stereo:
    """Ramp the intervals, set gaps between them, and bring the whole to PEAK."""
    whole = _shaped(intervals)
    loudest = float(np.max(np.abs(whole)))
    return whole * (PEAK / loudest)


def _shaped(intervals: list[Stereo]) -> Stereo:
    ramp = np.ones(_samples(INTERVAL_SECONDS))
    rise = np.sin(np.linspace(0, np.pi / 2, _samples(RAMP_SECONDS))) ** 2
    ramp[: len(rise)], ramp[-len(rise) :] = rise, rise[::-1]
    gap = np.zeros((_samples(GAP_SECONDS), 2))
    parts = [part for interval in intervals for part in (gap, interval * ramp[:, None])]
    return np.concatenate([*parts[1:], gap])
