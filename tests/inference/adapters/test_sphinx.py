"""The recogniser: what it hears, and that it keeps nothing of it."""

import sys
import threading

import pytest

from inference.adapters.base import PermanentError
from inference.adapters.sphinx import Recogniser
from tests.inference.adapters import sounds


@pytest.fixture(scope="module")
def recogniser():
    return Recogniser()


def test_plain_english_is_heard(recogniser):
    heard = recogniser.recognise(sounds.spoken("my mother wants to learn", "en-gb+f2"))

    assert "mother" in heard.text.split()
    assert heard.seconds > 0


@pytest.mark.parametrize(
    "sound", [sounds.silence(1), sounds.silence(0.05), sounds.clip([0.0]), sounds.clip([0.5], rate=48_000)]
)
def test_silence_is_no_words(recogniser, sound):
    assert recogniser.recognise(sound).text == ""


def test_model_is_loaded_once_and_a_clip_recognised_once():
    recogniser = Recogniser()
    first, second = sounds.noise(0.3, seed=1), sounds.noise(0.3, seed=2)

    told = [recogniser.recognise(one) for one in (first, second, first, sounds.noise(0.3, seed=1))]

    assert (recogniser.loads, recogniser.runs) == (1, 2)
    assert told[0] == told[2] == told[3]


def test_what_was_heard_before_plays_no_part(monkeypatch):
    recogniser = Recogniser()
    # Digital silence is the hardest case: all its frames score alike, and ties decide what is heard.
    monkeypatch.setattr("inference.adapters.sphinx.SILENCE_PEAK", -1)
    clips = [
        sounds.silence(1),
        sounds.spoken("I need a recipe for tomato soup.", "en-gb+f2"),
        sounds.spoken("Hello there, how are you?"),
        sounds.noise(0.3),
    ]
    fresh = [Recogniser().recognise(one).text for one in clips]

    in_turn, backwards = [], []
    for told, order in ((in_turn, clips), (backwards, clips[::-1])):
        recogniser.forget()
        told += [recogniser.recognise(one).text for one in order]

    assert fresh[1] != ""
    assert in_turn == backwards[::-1] == fresh


def test_memory_is_bounded(monkeypatch, recogniser):
    monkeypatch.setattr("inference.adapters.sphinx.REMEMBERED", 2)
    recogniser.forget()
    runs = recogniser.runs
    clips = [sounds.noise(0.1, seed=seed) for seed in (1, 2, 3)]

    for clip in [*clips, clips[2], clips[1], clips[0]]:
        recogniser.recognise(clip)

    assert recogniser.runs - runs == 4


def test_threads_wait_for_each_other():
    recogniser = Recogniser()
    clips = [sounds.noise(0.3, seed=seed) for seed in range(4)]
    threads = [threading.Thread(target=recogniser.recognise, args=[clip]) for clip in clips]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (recogniser.loads, recogniser.runs) == (1, 4)


def test_missing_extra_is_said_by_name(monkeypatch):
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)

    with pytest.raises(PermanentError) as refused:
        Recogniser().recognise(sounds.silence(1))

    assert (refused.value.code, refused.value.stage) == ("extra_missing", "recognise")
