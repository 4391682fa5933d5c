"""Every accepted format comes in, whatever its rate, channels, depth and tags."""

import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest

from inference.audio import checks
from inference.audio.checks import Limits
from inference.audio.errors import AudioRefused, Code
from inference.audio.ingest import decode, ingest, normalise_at
from tests.inference.audio import sounds

PROMPTS = Path(__file__).resolve().parents[4] / "shared" / "data" / "prompts"
RATES = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000]
OPUS_RATES = [8_000, 12_000, 16_000, 24_000, 48_000]


def file(kind: str, *, rate: int = 24_000, channels: int = 1, seconds: float = 0.6) -> bytes:
    container, subtype, _ = sounds.ENCODINGS[kind]
    mono = sounds.babble(seconds, rate)
    return sounds.encoded(
        mono if channels == 1 else np.stack([mono] * channels, axis=1), rate, container, subtype
    )


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("kind", sounds.ENCODINGS)
def test_each_format_comes_in_by_its_content(kind, channels):
    raw = file(kind, channels=channels)

    taken = ingest(raw)

    assert taken.raw.media_type == sounds.ENCODINGS[kind][2]
    assert (taken.raw.sample_rate, taken.raw.channels) == (24_000, channels)
    assert taken.raw.duration_ms == pytest.approx(600, abs=60)
    assert (taken.raw.size, taken.raw.sha256) == (len(raw), hashlib.sha256(raw).hexdigest())
    assert taken.playback.loudness_lufs == pytest.approx(taken.playback.target_lufs, abs=0.5)
    assert taken.playback.true_peak_dbtp <= -1


@pytest.mark.parametrize(
    ("kind", "rate"),
    [(kind, rate) for kind in ["wav-16", "flac-16", "mp3", "vorbis"] for rate in RATES]
    + [("opus", rate) for rate in OPUS_RATES],
)
def test_each_rate_comes_in_and_is_kept_by_decode(kind, rate):
    clip = decode(file(kind, rate=rate))

    assert clip.rate == rate
    assert clip.seconds == pytest.approx(0.6, abs=0.15)
    assert clip.samples.std() == pytest.approx(sounds.babble(0.6, rate).std(), rel=0.15)


@pytest.mark.parametrize(
    "kind", ["wav-16", "wav-24", "wav-32", "wav-float", "wav-double", "flac-16", "flac-24"]
)
def test_lossless_formats_decode_to_the_samples_that_were_written(kind):
    clip = decode(file(kind))

    assert np.abs(clip.samples - sounds.babble(0.6)).max() <= 1 / 32768


def test_stereo_is_the_mean_of_both_channels():
    left, right = sounds.sine(440, dbfs=-12), sounds.sine(660, dbfs=-12)

    clip = decode(sounds.encoded(np.stack([left, right], axis=1), 24_000, "WAV", "FLOAT"))

    assert np.abs(clip.samples - (left + right) / 2).max() < 1e-6


def test_a_full_scale_stereo_sine_passes_as_it_is():
    full = sounds.sine(997, rate=44_100, dbfs=0)

    taken = ingest(sounds.encoded(np.stack([full, full], axis=1), 44_100))

    assert taken.playback.target_lufs == -23


def test_a_peak_limited_mp3_at_full_scale_is_not_clipped():
    limited = np.tanh(3 * sounds.babble(1.0) / 0.5) / np.tanh(3)

    assert (
        ingest(sounds.encoded(limited.astype(np.float32), 24_000, "MP3", "MPEG_LAYER_III")).raw.media_type
        == "audio/mpeg"
    )


def test_a_bark_is_a_right_answer():
    time = np.arange(6000) / 24_000
    bark = np.sin(2 * np.pi * 500 * time) * np.exp(-30 * time) * 0.8
    two = np.concatenate([bark, np.zeros(6000), bark])

    assert ingest(sounds.wav(two)).playback.target_lufs <= -23


def id3(size: int = 50) -> bytes:
    return b"ID3\x04\x00\x00" + bytes([0, 0, 0, size]) + bytes(size)


def streamed(raw: bytes) -> bytes:
    return raw[:4] + b"\xff" * 4 + raw[8:40] + b"\xff" * 4 + raw[44:]


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    "raw",
    [
        lambda: id3() + file("mp3"),
        lambda: id3() + id3(9) + file("mp3"),
        lambda: file("mp3") + b"TAG" + bytes(125),
        lambda: file("mp3") + b"APETAGEX" + bytes(64),
        lambda: file("mp3") + bytes(3000),
        lambda: id3() + file("flac-16"),
        lambda: streamed(file("wav-16")),
        lambda: file("wav-16") + chunk(b"LIST", b"INFOIART" + bytes(2000)),
        lambda: (raw := file("wav-16"))[:12] + chunk(b"JUNK", bytes(28)) + raw[12:],
        lambda: file("wav-16") + b"\0" * 16,
    ],
    ids=["id3", "two id3", "id3v1", "ape", "padding", "flac id3", "streamed", "list", "junk", "stray"],
)
def test_tags_and_padding_do_no_harm(raw):
    assert ingest(raw()).raw.duration_ms == pytest.approx(600, abs=60)


def test_a_flac_of_unknown_length_comes_in():
    raw = file("flac-16")

    assert ingest(raw[:21] + bytes([raw[21] & 0xF0]) + bytes(4) + raw[26:]).raw.duration_ms == 600


def test_two_systems_cannot_be_told_apart_by_the_files_around_equal_sound():
    plain = file("wav-16")
    tagged = plain + chunk(b"LIST", b"INFOISFTsecret-model 4.1" + bytes(2000))

    assert ingest(tagged).playback.flac == ingest(plain).playback.flac


def test_the_same_file_gives_the_same_playback():
    raw = file("mp3")

    assert ingest(raw) == ingest(raw)


def test_a_copy_at_a_lower_level_is_the_same_sound():
    raw = file("opus")

    usual, lower = ingest(raw).playback, normalise_at(raw, target_lufs=-27)

    assert lower.target_lufs == -27
    assert lower.loudness_lufs == pytest.approx(-27, abs=0.1)
    assert lower.duration_ms == usual.duration_ms
    one, other = sounds.decoded(usual.flac)[0], sounds.decoded(lower.flac)[0]
    assert np.corrcoef(one, other)[0, 1] > 0.999


def test_limits_are_the_callers_to_set():
    raw = file("wav-16", seconds=3)

    assert ingest(raw, limits=Limits(most_seconds=3)).raw.duration_ms == 3000
    with pytest.raises(AudioRefused) as refused:
        ingest(raw, limits=Limits(least_seconds=4))
    assert refused.value.code == Code.TOO_SHORT


def test_decode_takes_silence_and_clipping():
    assert not decode(sounds.wav(np.zeros(24_000))).samples.any()
    assert decode(sounds.wav(np.ones(24_000))).seconds == 1


def test_flat_runs_count_only_at_full_scale_and_only_when_long():
    samples = np.array([[1, 1, 1, 1, 0, -1, -1, -1, 0, 0.5, 0.5, 0.5, 0.5, 0.5]], np.float32).T

    assert checks.flat_samples(samples) == 4


@pytest.mark.skipif(
    not PROMPTS.is_dir(), reason="the real prompts lie beside the project's own checkout only"
)
def test_all_real_prompts_come_in():
    files = sorted(PROMPTS.glob("*/*.mp3"))

    taken = [ingest(path.read_bytes()) for path in files]

    assert len(taken) == 15
    assert {(t.raw.media_type, t.raw.sample_rate, t.raw.channels) for t in taken} == {
        ("audio/mpeg", 24_000, 1)
    }
    assert sum(t.raw.duration_ms for t in taken) == pytest.approx(47_400, abs=100)
    assert {t.playback.target_lufs for t in taken} == {-23}
    assert all(abs(t.playback.loudness_lufs + 23) <= 0.5 and t.playback.true_peak_dbtp <= -1 for t in taken)
