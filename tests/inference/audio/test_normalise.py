"""The playback file: its level, its peak, its silences, its blocks, and one gain in between."""

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from inference.audio import flac, loudness
from inference.audio.clip import Clip
from inference.audio.errors import AudioRefused, Code
from inference.audio.normalise import LOWEST_TARGET_LUFS, NORMALISER_VERSION, RATE, normalise
from tests.inference.audio import sounds

LEAD = round(0.2 * RATE)
FADE = round(0.005 * RATE)


def clip(samples: ArrayLike, rate: int = 24_000) -> Clip:
    return Clip(samples=np.asarray(samples, np.float32), rate=rate)


def crack(seconds: float = 1.0, rate: int = 24_000) -> sounds.Samples:
    """Quiet babble with one loud crack: it cannot reach -23 LUFS below the peak limit."""
    samples = sounds.babble(seconds, rate, level=0.01)
    samples[len(samples) // 2] = 0.9
    return samples


SOURCES = {
    "babble": clip(sounds.babble(3.0)),
    "quiet": clip(sounds.babble(2.0, level=0.002)),
    "loud": clip(sounds.babble(2.0, 44_100, level=1.0), 44_100),
    "overshooting": clip(sounds.babble(2.0, 44_100, level=1.3), 44_100),
    "telephone": clip(sounds.babble(2.0, 8000), 8000),
    "shortest": clip(sounds.babble(0.2, 48_000), 48_000),
    "click": clip(np.eye(1, 24_000, 500).ravel() * 0.5),
    "crack": clip(crack()),
    "pauses": clip(np.concatenate([sounds.babble(1.0), np.zeros(48_000, np.float32), sounds.babble(1.0)])),
    "framed": clip(np.pad(sounds.babble(1.0), 30_000)),
    "sine": clip(sounds.sine(440, seconds=2)),
}


@pytest.mark.parametrize("name", SOURCES)
def test_playback_meets_its_target_its_peak_and_its_silences(name):
    made = normalise(SOURCES[name])

    samples, rate = sounds.decoded(made.flac)
    assert rate == RATE
    assert samples.ndim == 1
    assert made.loudness_lufs == pytest.approx(made.target_lufs, abs=0.1)
    theirs = pyloudnorm.Meter(RATE, filter_class="DeMan").integrated_loudness(samples)
    assert theirs == pytest.approx(made.target_lufs, abs=0.5)
    assert made.true_peak_dbtp <= -1.0
    assert loudness.true_peak(samples, RATE) == pytest.approx(made.true_peak_dbtp, abs=0.001)
    assert not samples[:LEAD].any()
    assert not samples[-LEAD:].any()
    assert 200 <= made.lead_silence_ms <= 206
    assert 200 <= made.trail_silence_ms <= 206
    assert made.duration_ms == round(1000 * len(samples) / RATE)
    assert made.normaliser_version == NORMALISER_VERSION


@given(
    seconds=st.floats(0.2, 3),
    level=st.floats(0.002, 1.2),
    rate=st.sampled_from([8000, 22_050, 48_000]),
    seed=st.integers(0, 99),
)
@settings(max_examples=25, deadline=None)
def test_any_sound_comes_out_at_its_target_and_below_the_peak(seconds, level, rate, seed):
    made = normalise(clip(sounds.babble(seconds, rate, level=level, seed=seed), rate))

    assert abs(made.loudness_lufs - made.target_lufs) <= 0.5
    assert made.true_peak_dbtp <= -1.0
    assert LOWEST_TARGET_LUFS <= made.target_lufs <= -23


def test_the_highest_target_that_keeps_the_peak_is_taken():
    made = normalise(SOURCES["crack"])

    assert made.target_lufs < -23
    with pytest.raises(AudioRefused) as refused:
        normalise(SOURCES["crack"], target_lufs=made.target_lufs + 1)
    assert refused.value.code == Code.TARGET_NOT_REACHED


def test_the_gain_is_one_number_over_the_whole_clip():
    source = SOURCES["pauses"]

    made, _ = sounds.decoded(normalise(source).flac)

    sound, heard = made[LEAD:-LEAD], np.abs(source.samples) >= np.abs(source.samples).max() * 10 ** (-50 / 20)
    start = np.flatnonzero(heard)[0] - FADE
    original = source.samples[start : start + len(sound)]
    inner = slice(FADE, -FADE)
    assert np.corrcoef(sound[inner], original[inner])[0, 1] > 0.9999
    gain = np.vdot(sound[inner], original[inner]) / np.vdot(original[inner], original[inner])
    assert np.abs(sound[inner] - gain * original[inner]).max() <= 1 / 32768


def test_a_pause_inside_keeps_its_length():
    made, _ = sounds.decoded(normalise(SOURCES["pauses"]).flac)

    zeros = np.flatnonzero(np.diff(np.flatnonzero(made)) > RATE)
    gap = np.diff(np.flatnonzero(made))[zeros]
    assert gap.tolist() == [pytest.approx(48_000, abs=200)]


def test_silence_around_the_sound_is_replaced_whatever_its_length():
    bare, framed = normalise(clip(sounds.babble(1.0))), normalise(SOURCES["framed"])

    assert framed.flac == bare.flac


def test_a_lower_target_is_exactly_a_lower_gain():
    usual, _ = sounds.decoded(normalise(SOURCES["babble"]).flac)
    lower, _ = sounds.decoded(normalise(SOURCES["babble"], target_lufs=-29).flac)

    assert np.abs(lower - usual * 10 ** (-6 / 20)).max() <= 1 / 32768


def test_the_same_clip_gives_the_same_bytes():
    assert normalise(SOURCES["babble"]).flac == normalise(clip(sounds.babble(3.0))).flac


def test_all_files_have_one_and_the_same_metadata_structure():
    files = [normalise(source).flac for source in SOURCES.values()]

    assert {tuple((kind, len(body)) for kind, body in flac.blocks(raw)) for raw in files} == {((0, 34),)}
    infos = [flac.stream_info(raw) for raw in files]
    assert {(info.rate, info.channels, info.bits) for info in infos} == {(24_000, 1, 16)}
    assert {raw[8:12] for raw in files} == {files[0][8:12]}
    assert all(b"libFLAC" not in raw and b"reference" not in raw for raw in files)


@pytest.mark.parametrize("target", [LOWEST_TARGET_LUFS - 1, -10])
def test_a_target_out_of_reach_is_refused(target):
    with pytest.raises(AudioRefused) as refused:
        normalise(SOURCES["babble"], target_lufs=target)

    assert refused.value.code == Code.TARGET_NOT_REACHED


def test_what_only_moves_the_membrane_is_refused():
    rumble = sounds.sine(1.0, seconds=4, dbfs=-1)

    with pytest.raises(AudioRefused) as refused:
        normalise(clip(rumble))

    assert refused.value.code in {Code.TARGET_NOT_REACHED, Code.SILENT}
