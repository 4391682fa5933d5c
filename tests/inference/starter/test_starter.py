"""The starter prompts: that they cover what they claim, and that the synthesiser really speaks them."""

import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from itertools import product
from xml.etree import ElementTree

import numpy as np
import pytest

from inference import starter
from inference.adapters import espeak
from inference.audio.clip import Clip
from inference.manifest import PromptRow, read
from inference.taxonomy import taxonomy

PROMPTS = starter.prompts()
BY_ID = {prompt.row.id: prompt for prompt in PROMPTS}
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def clips() -> dict[str, Clip]:
    """Every prompt as eSpeak NG speaks it."""

    def speak(prompt: starter.StarterPrompt) -> Clip:
        speech = prompt.speech
        return espeak.speak(
            speech.ssml,
            voice=speech.voice,
            words_per_minute=speech.words_per_minute,
            pitch=speech.pitch,
            pitch_range=speech.pitch_range,
            markup=True,
        )

    with ThreadPoolExecutor(max_workers=2) as pool:
        return dict(zip(BY_ID, pool.map(speak, PROMPTS), strict=True))


def seconds(clip: Clip) -> float:
    return len(clip.samples) / clip.rate


def words(text: str) -> str:
    return re.sub(r"[\W_]", "", unescape(re.sub(r"<[^>]*>", "", text)))


def test_starter_covers_every_domain_level_and_language():
    cells = Counter((prompt.row.domain, prompt.row.level, prompt.row.language) for prompt in PROMPTS)

    assert set(cells) == set(
        product(("education", "social", "entertainment", "medical"), (1, 2, 3, 4), ("en", "zh"))
    )
    assert Counter(prompt.row.language for prompt in PROMPTS) == {"en": 40, "zh": 40}


def test_starter_covers_every_task_at_every_level():
    cells = {(prompt.row.task, prompt.row.level) for prompt in PROMPTS}

    assert cells == {(task.slug, level) for task in taxonomy().tasks for level in (1, 2, 3, 4)}


def test_texts_are_unique_and_in_the_language_they_claim():
    texts = [prompt.row.text for prompt in PROMPTS]

    assert len(set(texts)) == len(texts) == 80
    assert all(bool(HAN.search(p.row.text)) == (p.row.language == "zh") for p in PROMPTS)


def test_answer_language_differs_only_where_a_translation_is_asked_for():
    crossed = {prompt.row.id for prompt in PROMPTS if prompt.row.answer_language != prompt.row.language}

    assert crossed == {prompt.row.id for prompt in PROMPTS if prompt.row.task == "translation"}


def test_delivery_is_neutral_exactly_where_the_level_has_a_neutral_question():
    for prompt in PROMPTS:
        assert (prompt.row.delivery_label == "neutral") == (prompt.row.level in (1, 3)), prompt.row.id


def test_manner_of_a_neutral_question_is_the_voice_s_own():
    for prompt in PROMPTS:
        if prompt.row.level in (1, 3):
            speech = prompt.speech
            assert (speech.pitch, speech.pitch_range) == (50, 50), prompt.row.id
            assert 150 <= speech.words_per_minute <= 185, prompt.row.id
            assert "<" not in speech.ssml, prompt.row.id
            assert "whisper" not in speech.voice, prompt.row.id


def test_speech_says_the_text_unless_a_respelling_is_marked():
    for prompt in PROMPTS:
        same = words(prompt.speech.ssml) == words(prompt.row.text)
        assert same == ("respelt" not in prompt.row.tags), prompt.row.id


def test_speech_is_well_formed_and_closes_a_pitch_before_the_sign_that_follows():
    for prompt in PROMPTS:
        ElementTree.fromstring(f"<speak>{prompt.speech.ssml}</speak>")
        assert not re.search(r"[,.!?，。！？]</prosody>", prompt.speech.ssml), prompt.row.id


def test_rows_say_where_they_come_from():
    assert {prompt.row.licence for prompt in PROMPTS} == {"CC0-1.0"}
    assert {prompt.row.origin for prompt in PROMPTS} == {"synthesised"}
    assert {prompt.row.split for prompt in PROMPTS} == {"public"}
    assert all(prompt.row.origin_detail == f"eSpeak NG, voice {prompt.speech.voice}" for prompt in PROMPTS)


def test_every_prompt_is_spoken_in_three_to_twelve_seconds(clips):
    lengths = {name: seconds(clip) for name, clip in clips.items()}

    assert {name: length for name, length in lengths.items() if not 3 <= length <= 12} == {}


def test_no_two_prompts_sound_the_same(clips):
    assert len({clip.samples.tobytes() for clip in clips.values()}) == 80


def test_no_prompt_is_clipped_or_faint(clips):
    for name, clip in clips.items():
        level = np.abs(clip.samples)
        assert np.mean(level > 0.99) < 0.001, name
        assert level.max() > 0.3, name


def voiced_pitch(clip: Clip) -> tuple[float, float]:
    """Return the median pitch in Hz, and the share of sounding frames that are voiced."""
    size, pitches, sounding = 2048, [], 0
    for start in range(0, len(clip.samples) - size, 512):
        frame = clip.samples[start : start + size] * np.hanning(size)
        if np.mean(frame**2) < 1e-4:
            continue
        sounding += 1
        echo = np.fft.irfft(np.abs(np.fft.rfft(frame, 2 * size)) ** 2)
        low, high = int(clip.rate / 600), int(clip.rate / 60)
        lag = low + int(echo[low:high].argmax())
        if echo[lag] > 0.5 * echo[0]:
            pitches.append(clip.rate / lag)
    return float(np.median(pitches)), len(pitches) / sounding


def test_child_s_voice_is_high_and_a_sad_one_low(clips):
    child = [name for name, p in BY_ID.items() if p.row.delivery_label.startswith("child")]
    sad = [name for name, p in BY_ID.items() if p.row.delivery_label.startswith("sad")]

    assert len(child) == len(sad) == 3
    assert min(voiced_pitch(clips[name])[0] for name in child) > 250
    assert max(voiced_pitch(clips[name])[0] for name in sad) < 140


def test_whispering_has_no_voice(clips):
    whispered = {name for name, p in BY_ID.items() if p.row.delivery_label == "whispered"}

    assert len(whispered) == 3
    for name in whispered:
        assert voiced_pitch(clips[name])[1] < 0.4, name


def test_fast_and_slow_prompts_differ_from_the_same_text_at_ordinary_speed(clips):
    for name, wanted in (
        ("rhythm-2-zh", "fast"),
        ("rhythm-4-zh", "slow"),
        ("poetry-2-en", "fast"),
        ("poetry-4-en", "slow"),
    ):
        prompt = BY_ID[name]
        ordinary = espeak.speak(
            prompt.speech.ssml, voice=prompt.speech.voice, words_per_minute=170, markup=True
        )
        factor = seconds(clips[name]) / seconds(ordinary)
        assert wanted in prompt.row.delivery_label
        assert factor < 0.7 if wanted == "fast" else factor > 1.4, name


def test_written_manifest_is_read_back_as_the_same_prompts(tmp_path):
    manifest = starter.write_manifest(tmp_path / "set")
    (manifest.parent / "audio").mkdir()
    for prompt in PROMPTS:
        (manifest.parent / prompt.row.audio).write_bytes(b"sound")

    rows = list(read(manifest.parent))

    assert all(isinstance(row, PromptRow) for row in rows)
    assert [(row.id, row.text, row.level) for row in rows] == [
        (p.row.id, p.row.text, p.row.level) for p in PROMPTS
    ]
    assert "speech" not in json.loads(manifest.read_text("utf-8").splitlines()[0])
    assert (manifest.parent / "LICENCE.md").read_text("utf-8").startswith("# Licence")
