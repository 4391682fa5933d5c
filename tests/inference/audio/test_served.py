"""Served clips: what the normaliser makes passes, and what is not like the others does not."""

import numpy as np
import pytest

from inference.audio import served
from inference.audio.clip import Clip, encode_flac
from inference.audio.normalise import TARGET_LUFS, normalise
from tests import factories


def recording(*, rate: int = 48_000) -> Clip:
    """Two seconds that rise and fall, with silence before."""
    length = 2 * rate
    level = np.interp(np.arange(length), np.linspace(0, length, 9), [0.1, 1, 0.4, 0.8, 0.2, 0.9, 0.3, 1, 0.1])
    sound = factories.tone(seconds=2, hz=220, rate=rate) * level
    return Clip(samples=np.concatenate([np.zeros(rate // 4), sound]).astype(np.float32), rate=rate)


@pytest.mark.parametrize("rate", [8_000, 24_000, 44_100])
def test_what_the_normaliser_makes_is_changed_by_gain_alone(rate):
    source = recording(rate=rate)

    found = served.measure(normalise(source).flac, source=source)

    assert found.problems(target_lufs=TARGET_LUFS) == []
    assert found.correlation > 0.999


def test_a_clip_whose_loud_parts_were_pressed_down_is_told_from_one_that_was_only_made_louder():
    source = recording()
    pressed = Clip(samples=np.tanh(20 * source.samples).astype(np.float32), rate=source.rate)

    found = served.measure(normalise(pressed).flac, source=source)

    assert found.problems(target_lufs=TARGET_LUFS) == ["more than gain"]


def test_a_clip_at_another_loudness_rate_and_without_silence_is_told():
    source = recording(rate=16_000)

    found = served.measure(encode_flac(source.to_int16(), 16_000), source=source)

    assert {"form", "loudness", "silence"} <= set(found.problems(target_lufs=TARGET_LUFS))
