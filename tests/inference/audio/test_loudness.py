"""The meter against the standard's own signals, and against a meter of other people."""

import numpy as np
import pyloudnorm
import pytest

from inference.audio import loudness
from tests.inference.audio import sounds

RATE = 48_000


def steps(*parts):
    """A 1 kHz sine in parts of (dBFS, seconds), equal in both channels of a stereo signal."""
    mono = np.concatenate([sounds.sine(1000, seconds=s, rate=RATE, dbfs=level) for level, s in parts])
    return np.stack([mono, mono], axis=1)


# EBU Tech 3341 (2023), table 1, signals 1 to 5: all but the second read -23 LUFS, within 0.1 LU.
@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(-23, 20)], -23.0),
        ([(-33, 20)], -33.0),
        ([(-36, 10), (-23, 60), (-36, 10)], -23.0),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0),
    ],
)
def test_integrated_loudness_of_the_ebu_signals(parts, expected):
    assert loudness.integrated(steps(*parts), RATE) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 24_000, 44_100, 48_000])
def test_integrated_loudness_of_one_channel_is_three_lu_lower_at_any_rate(rate):
    mono = sounds.sine(1000, seconds=5, rate=rate, dbfs=-23)

    assert loudness.integrated(mono, rate) == pytest.approx(-26.01, abs=0.1)


@pytest.mark.parametrize("rate", [16_000, 24_000, 48_000])
@pytest.mark.parametrize("seconds", [0.4, 1.0, 7.0])
def test_integrated_loudness_agrees_with_pyloudnorm(rate, seconds):
    sound = sounds.babble(seconds, rate)

    theirs = pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(sound.astype(np.float64))

    assert loudness.integrated(sound, rate) == pytest.approx(theirs, abs=0.01)


def test_integrated_loudness_is_minus_infinity_for_silence_and_defined_below_one_block():
    assert loudness.integrated(np.zeros(RATE), RATE) == -np.inf
    assert loudness.integrated(np.zeros(0), RATE) == -np.inf
    short = sounds.sine(1000, seconds=0.2, rate=RATE, dbfs=-23)
    assert loudness.integrated(short, RATE) == pytest.approx(-26.01 - 3.01, abs=0.2)


# EBU Tech 3341 (2023), table 1, signals 15 to 19: within +0.2 and -0.4 dB. Peaks lie between the samples.
@pytest.mark.parametrize(
    ("divisor", "phase", "level", "expected"),
    [(4, 0, 0.5, -6.0), (4, 45, 0.5, -6.0), (6, 60, 0.5, -6.0), (8, 67.5, 0.5, -6.0), (4, 45, 1.41, 3.0)],
)
def test_true_peak_of_the_ebu_signals(divisor, phase, level, expected):
    signal = sounds.sine(RATE / divisor, rate=RATE, dbfs=20 * np.log10(level), phase=phase)
    faded = signal * np.minimum(1, np.minimum(np.arange(RATE), np.arange(RATE)[::-1]) / 500)

    peak = loudness.true_peak(faded, RATE)

    assert expected - 0.4 <= peak <= expected + 0.2


def test_true_peak_of_silence_is_minus_infinity():
    assert loudness.true_peak(np.zeros(1000), RATE) == -np.inf
