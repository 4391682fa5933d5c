"""What two ears hear in the checks, and what one ear, or the air between two loudspeakers, does not."""

import io

import numpy as np
import pytest
import soundfile

from judging.hearing import stimuli

TARGETS = (1, 2, 3)


def intervals(sound):
    """The three intervals of a trial, each (samples, 2)."""
    step = round((stimuli.INTERVAL_SECONDS + stimuli.GAP_SECONDS) * stimuli.RATE)
    length = round(stimuli.INTERVAL_SECONDS * stimuli.RATE)
    return [sound[start : start + length] for start in range(0, 3 * step, step)]


def rms(sound):
    return float(np.sqrt(np.mean(sound**2)))


def band(sound, *, low, high):
    spectrum = np.abs(np.fft.rfft(sound)) ** 2
    hz = np.fft.rfftfreq(len(sound), 1 / stimuli.RATE)
    return spectrum[(hz >= low) & (hz <= high)].sum() / spectrum.sum()


@pytest.mark.parametrize("target", TARGETS)
def test_only_the_target_of_the_pitch_test_differs_between_the_ears(target):
    parts = intervals(stimuli.huggins(target=target, seed=7))

    differ = [
        number for number, part in enumerate(parts, start=1) if not np.array_equal(part[:, 0], part[:, 1])
    ]
    between = parts[target - 1][:, 0] - parts[target - 1][:, 1]
    assert differ == [target]
    assert band(between, low=560, high=640) > 0.99


def test_one_ear_alone_is_not_told_where_the_pitch_is():
    shares = np.array(
        [
            [band(part[:, 0], low=564, high=636) for part in intervals(stimuli.huggins(target=2, seed=seed))]
            for seed in range(40)
        ]
    ).mean(axis=0)

    assert shares[1] == pytest.approx((shares[0] + shares[2]) / 2, rel=0.15)


@pytest.mark.parametrize("target", TARGETS)
def test_the_target_of_the_loudness_test_is_quieter_in_each_ear(target):
    parts = intervals(stimuli.antiphase(target=target, seed=3))

    levels = [20 * np.log10(rms(part[:, 0])) for part in parts]
    others = [level for number, level in enumerate(levels, start=1) if number != target]
    assert others[0] == pytest.approx(others[1])
    assert levels[target - 1] - others[0] == pytest.approx(-6.0)
    assert [rms(part[:, 0]) for part in parts] == pytest.approx([rms(part[:, 1]) for part in parts])


@pytest.mark.parametrize("seed", range(4))
def test_in_the_air_another_tone_than_the_target_is_the_quietest(seed):
    parts = intervals(stimuli.antiphase(target=2, seed=seed))

    heard = [rms(part.mean(axis=1)) for part in parts]
    assert min(heard) == pytest.approx(0.0)
    assert int(np.argmin(heard)) + 1 != 2


@pytest.mark.parametrize("step_db", stimuli.ROOM_STEPS_DB)
def test_the_target_of_the_room_test_is_louder_by_the_step_and_soft_all_the_same(step_db):
    parts = intervals(stimuli.room(target=3, seed=5, step_db=step_db))

    levels = [20 * np.log10(rms(part)) for part in parts]
    assert levels[2] - levels[0] == pytest.approx(step_db, abs=0.5)
    assert max(levels) < -40


@pytest.mark.parametrize("make", [stimuli.huggins, stimuli.antiphase])
def test_a_seed_makes_the_same_sound_and_another_one_another(make):
    again = {seed: stimuli.flac(make(target=1, seed=seed)) for seed in (1, 2, 3, 4)}

    assert stimuli.flac(make(target=1, seed=1)) == again[1]
    assert len(set(again.values())) > 1


@pytest.mark.parametrize("make", [stimuli.huggins, stimuli.antiphase])
def test_the_file_is_stereo_and_loses_nothing(make):
    sound = make(target=2, seed=9)

    data = stimuli.flac(sound)
    read, rate = soundfile.read(io.BytesIO(data), dtype="int16")
    assert (data[:4], rate, read.shape[1]) == (b"fLaC", 44_100, 2)
    assert np.array_equal(read, np.clip(np.rint(sound * 32768), -32768, 32767))
    assert np.max(np.abs(sound)) == pytest.approx(stimuli.PEAK)
