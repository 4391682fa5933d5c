"""Each kind of bad audio gets the answer that docs/audio.md prints, and no other."""

from pathlib import Path

import pytest

from inference.audio.children import Allowance
from inference.audio.containers import mpeg
from inference.audio.errors import AudioRefused, Code
from inference.audio.ingest import ingest
from tests.inference.audio import bad, sounds

PAGE = Path(__file__).resolve().parents[3] / "docs" / "audio.md"


def table() -> list[tuple[str, ...]]:
    """The rows below the heading: (code, what was sent, the answer, what to do)."""
    section = PAGE.read_text(encoding="utf-8").split("## Bad audio\n")[1]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return [(code.strip("`"), *rest) for code, *rest in rows]


def test_the_table_has_a_row_for_each_code_and_a_maker_for_each_row():
    rows = table()

    assert {code for code, *_ in rows} == set(Code)
    assert sorted(sent for _, sent, *_ in rows) == sorted(bad.SENT)
    assert all(advice for *_, advice in rows)


@pytest.mark.parametrize(("code", "sent", "answer", "advice"), table(), ids=lambda value: value[:40])
def test_bad_audio_gets_the_answer_of_the_table(code, sent, answer, advice):
    with pytest.raises(AudioRefused) as refused:
        bad.SENT[sent]()

    assert (refused.value.code, str(refused.value)) == (code, answer)


MAKERS = {
    "wav": lambda: sounds.wav(bad.clip()),
    "flac": bad.flac,
    "vorbis": lambda: bad.ogg("VORBIS"),
    "opus": lambda: bad.ogg("OPUS"),
    "mp3": bad.mp3,
}


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("kind", MAKERS)
def test_a_file_cut_anywhere_in_its_sound_is_truncated(kind, share):
    raw = MAKERS[kind]()

    with pytest.raises(AudioRefused) as refused:
        ingest(raw[: round(share * len(raw)) | 1])

    assert refused.value.code == Code.TRUNCATED


def frames(raw):
    """Where each frame of an MP3 starts, and where the last one ends."""
    starts = [0]
    while frame := mpeg.frame_at(raw, starts[-1]):
        starts.append(starts[-1] + frame.size)
    return starts


def test_an_mp3_with_a_count_is_compared_with_it():
    raw = bad.mp3()
    starts = frames(raw)
    assert b"Xing" in raw[:200] or b"Info" in raw[:200]

    with pytest.raises(AudioRefused) as fewer:
        ingest(raw[: starts[-6]])
    with pytest.raises(AudioRefused) as more:
        ingest(raw + raw[starts[3] : starts[20]])

    assert (fewer.value.code, more.value.code) == (Code.TRUNCATED, Code.LYING_HEADER)


def test_an_mp3_without_a_count_comes_in_when_it_is_cut_between_two_frames():
    raw = bad.mp3()
    starts = frames(raw)

    taken = ingest(raw[starts[1] : starts[-6]])

    assert taken.raw.duration_ms == pytest.approx(24 * (len(starts) - 7), abs=24 * 12)


def test_several_streams_in_one_ogg_are_refused():
    for chain in (bad.ogg("OPUS") * 2, bad.ogg("OPUS") + bad.ogg("VORBIS")):
        with pytest.raises(AudioRefused) as refused:
            ingest(chain)
        assert refused.value.code == Code.FORMAT_NOT_ACCEPTED


@pytest.mark.parametrize(
    "kind", ["AU", "CAF", "RF64", "W64", "VOC", "AIFF", "SVX", "PAF", "NIST", "AVR", "MAT5"]
)
def test_what_else_libsndfile_would_open_is_refused(kind):
    raw = sounds.encoded(bad.clip(), 24_000, kind)

    with pytest.raises(AudioRefused) as refused:
        ingest(raw)

    assert refused.value.code in {Code.FORMAT_NOT_ACCEPTED, Code.NOT_AUDIO}


@pytest.mark.parametrize("codec", ["ULAW", "ALAW", "IMA_ADPCM", "MS_ADPCM", "G721_32"])
def test_other_codecs_in_wav_are_refused(codec):
    rate = 8000 if codec == "G721_32" else 24_000

    with pytest.raises(AudioRefused) as refused:
        ingest(sounds.encoded(bad.clip(), rate, "WAV", codec))

    assert refused.value.code == Code.FORMAT_NOT_ACCEPTED


@pytest.mark.parametrize("size", [1, 2, 3, 4, 8, 12, 20, 36, 44])
@pytest.mark.parametrize("kind", MAKERS)
def test_a_stump_of_a_file_is_refused(kind, size):
    with pytest.raises(AudioRefused) as refused:
        ingest(MAKERS[kind]()[:size])

    assert refused.value.code in {Code.NOT_AUDIO, Code.TRUNCATED, Code.NO_SAMPLES}


def test_a_bomb_is_refused_in_little_memory():
    with pytest.raises(AudioRefused) as refused:
        ingest(bad.bomb(), allowance=Allowance(memory_bytes=250_000_000))

    assert refused.value.code == Code.TOO_LONG
