"""The synthesiser and the process it runs in."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from inference.adapters import espeak
from inference.adapters.base import PermanentError, TransientError


def refusal(text, voice):
    with pytest.raises(PermanentError) as refused:
        espeak.speak(text, voice=voice)
    return refused.value


@pytest.mark.parametrize(("voice", "text"), [("en-us", "Hello."), ("en-gb", "Hello."), ("cmn", "你好。")])
def test_speak_is_heard_in_english_and_chinese(voice, text):
    clip = espeak.speak(text, voice=voice)

    assert clip.rate == 22_050
    assert 0.2 < clip.seconds < 3
    assert 0.1 < np.abs(clip.samples).max() <= 1


@pytest.mark.parametrize("voice", ["en-us+f3", "en-us+whisper"])
def test_breathy_voice_gives_the_same_samples_each_time(voice):
    # Their noise is seeded from the clock's seconds unless told otherwise; test_contract.py takes longer.
    one, other = (espeak.speak("How are you today?", voice=voice) for _ in range(2))

    assert np.array_equal(one.samples, other.samples)


def test_voice_speed_pitch_and_range_change_what_is_heard():
    text = "How are you today?"
    changes = [{}, {"words_per_minute": 300}, {"pitch": 90}, {"pitch_range": 0}]

    heard = [espeak.speak(text, voice="en-us", **one).samples.tobytes() for one in changes]
    heard += [espeak.speak(text, voice=one).samples.tobytes() for one in ("en-us+m3", "en-gb")]

    assert len(set(heard)) == 6


def test_markup_is_spoken_as_markup_only_where_asked():
    text = 'one <break time="2s"/> two'

    assert espeak.speak(text, voice="en", markup=True).seconds > 2
    assert (
        espeak.speak("a <b> c", voice="en").seconds > espeak.speak("a <b> c", voice="en", markup=True).seconds
    )


def test_control_characters_neither_end_nor_command_the_text():
    plain = espeak.speak("one two", voice="en")
    with_end = espeak.speak("one\x00two", voice="en")
    with_command = espeak.speak("one \x01100S two", voice="en")

    assert with_end.seconds == plain.seconds
    assert with_command.seconds > plain.seconds


@pytest.mark.parametrize("text", ["", " \n", "...", "\x00"])
def test_nothing_to_say_is_no_audio(text):
    refused = refusal(text, "en-us")

    assert (refused.code, refused.stage, refused.transient) == ("no_audio", "speak", False)


@pytest.mark.parametrize(
    ("voice", "message"),
    [
        ("en-uss", "eSpeak NG has no language 'en-uss'. Did you mean en-us or"),
        ("en-us+f33", "eSpeak NG has no variant 'f33'. Did you mean f3?"),
        ("../../etc/passwd", "eSpeak NG has no language '../../etc/passwd'."),
    ],
)
def test_unknown_voice_is_refused_and_not_replaced(voice, message):
    refused = refusal("Hello.", voice)

    assert refused.code == "unknown_voice"
    assert refused.message.startswith(message)


def test_crashing_synthesiser_is_worth_another_try(monkeypatch, tmp_path):
    """A child that dies by a signal, as a segmentation fault would end it."""
    crashing = tmp_path / "crash.py"
    crashing.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setattr(espeak.espeak_child, "__file__", str(crashing))

    with pytest.raises(TransientError) as failed:
        espeak.speak("Hello.", voice="en")

    assert failed.value.code == "speech_failed"
    assert "-11" in failed.value.message


def test_hanging_synthesiser_is_ended(monkeypatch, tmp_path):
    hanging = tmp_path / "hang.py"
    hanging.write_text("import signal\nsignal.pause()\n")
    monkeypatch.setattr(espeak.espeak_child, "__file__", str(hanging))
    monkeypatch.setattr(espeak, "TIMEOUT_SECONDS", 0.3)

    with pytest.raises(TransientError) as failed:
        espeak.speak("Hello.", voice="en")

    assert failed.value.code == "speech_timed_out"


def test_missing_extra_is_said_by_name(monkeypatch):
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)

    refused = refusal("Hello.", "en")

    assert refused.code == "extra_missing"
    assert "`offline`" in refused.message


def test_library_is_never_mapped_into_this_process():
    espeak.speak("Hello.", voice="en")

    assert "espeak" not in Path("/proc/self/maps").read_text()


def test_threads_may_speak_at_once():
    texts = ["one", "two", "three", "four"] * 2

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: espeak.speak(text, voice="en-us+f3").samples.tobytes(), texts))

    assert together == [espeak.speak(text, voice="en-us+f3").samples.tobytes() for text in texts]
