"""The clip: its shape, its resampling, its files."""

import io

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.audio.clip import Clip
from inference.audio.errors import AudioRefused, Code
from tests.inference.audio import sounds


def test_clip_refuses_other_shapes_types_and_rates():
    for samples, rate in [
        (np.zeros((4, 2), np.float32), 8000),
        (np.zeros(4), 8000),
        (np.zeros(4, np.float32), 0),
    ]:
        with pytest.raises(ValueError, match="A Clip needs"):
            Clip(samples=samples, rate=rate)


def test_clip_knows_its_seconds():
    assert Clip(samples=np.zeros(12_000, np.float32), rate=24_000).seconds == 0.5


def test_resampling_keeps_what_fits_and_lets_nothing_fold_back():
    rate = 48_000
    low, high = sounds.sine(1000, rate=rate), sounds.sine(11_000, rate=rate)

    kept = Clip(samples=low, rate=rate).resampled(16_000)
    gone = Clip(samples=high, rate=rate).resampled(16_000)

    assert (kept.rate, len(kept.samples)) == (16_000, 16_000)
    middle = slice(2000, 14_000)
    assert np.abs(kept.samples[middle]).max() == pytest.approx(10 ** (-6 / 20), abs=0.002)
    assert np.abs(gone.samples[middle]).max() < 10 ** (-80 / 20)


def test_resampling_to_the_same_rate_is_the_same_clip():
    clip = Clip(samples=sounds.babble(0.3), rate=24_000)

    assert clip.resampled(24_000) is clip


def test_integers_clip_and_never_wrap():
    samples = np.array([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.00001, 2.0], np.float32)

    integers = Clip(samples=samples, rate=8000).to_int16()

    assert integers.tolist() == [-32768, -32768, -16384, 0, 16384, 32767, 32767, 32767]


@given(st.lists(st.floats(min_value=-8, max_value=8, width=32), min_size=1, max_size=50))
@settings(deadline=None)
def test_integers_never_change_sign(values):
    samples = np.array(values, np.float32)

    integers = Clip(samples=samples, rate=8000).to_int16()

    assert (np.sign(integers) * np.sign(samples) >= 0).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_encoding_refuses_what_is_not_finite(bad):
    clip = Clip(samples=np.array([0.1, bad], np.float32), rate=8000)

    for encode in (clip.wav, clip.flac):
        with pytest.raises(AudioRefused) as refused:
            encode()
        assert refused.value.code == Code.NOT_FINITE


@pytest.mark.parametrize("encode", ["wav", "flac"])
def test_encoding_keeps_every_sixteen_bit_sample(encode):
    clip = Clip(samples=sounds.babble(0.5, 16_000), rate=16_000)

    samples, rate = soundfile.read(io.BytesIO(getattr(clip, encode)()), dtype="int16")

    assert rate == 16_000
    assert samples.tolist() == clip.to_int16().tolist()
