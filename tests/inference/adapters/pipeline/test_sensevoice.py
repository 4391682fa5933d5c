"""SenseVoice's tags: any of them, in any order, before any number of pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.adapters.pipeline import sensevoice
from inference.adapters.pipeline.turns import Heard


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        (
            "<|en|><|ANGRY|><|Speech|><|woitn|>so noisy here",
            Heard("so noisy here", "en", "ANGRY", ("Speech",)),
        ),
        ("no tags at all", Heard("no tags at all")),
        ("", Heard("")),
        ("<|nospeech|><|EMO_UNKNOWN|><|Event_UNK|><|woitn|>", Heard("", None, "EMO_UNKNOWN", ("Event_UNK",))),
        ("<|woitn|><|Laughter|><|HAPPY|><|zh|>哈哈", Heard("哈哈", "zh", "HAPPY", ("Laughter",))),
        (
            "<|en|><|NEUTRAL|><|Speech|><|woitn|>first part.<|en|><|SAD|><|Cry|><|woitn|>second part.",
            Heard("first part. second part.", "en", "SAD", ("Speech", "Cry")),
        ),
        (
            "<|zh|><|NEUTRAL|><|Speech|><|withitn|>第一。<|zh|><|NEUTRAL|><|Speech|><|withitn|>第二。",
            Heard("第一。第二。", "zh", "NEUTRAL", ("Speech",)),
        ),
        ("<|en|><|CONFUSED|><|Speech|>what", Heard("what", "en", None, ("Speech",), ("CONFUSED",))),
        ("<|EN|><|happy|>case", Heard("case", "en", "HAPPY")),
        ("<|nospeech|><|BGM|><|en|>words", Heard("words", "en", None, ("BGM",))),
        ("a < b | c > d", Heard("a < b | c > d")),
    ],
)
def test_tags_are_told_from_words(text, heard):
    assert sensevoice.read(text) == heard


TAGS = [*sensevoice.LANGUAGES, *sensevoice.EMOTIONS, *sensevoice.EVENTS, *sensevoice.FORMATTING]


@given(st.lists(st.sampled_from(TAGS), max_size=8), st.text(alphabet="abc 你好,.", max_size=40))
def test_words_come_back_behind_any_tags(tags, words):
    heard = sensevoice.read("".join(f"<|{tag}|>" for tag in tags) + words)

    assert heard.text == words.strip()
    assert heard.unknown == ()
    assert set(heard.events) == set(tags) & set(sensevoice.EVENTS)


@given(st.text(max_size=80))
def test_any_text_can_be_read(text):
    assert "<|" not in sensevoice.read(f"<|en|>{text}").text or "<|" in text


def test_tags_go_on_to_the_text_model_without_language_and_formatting():
    heard = sensevoice.read("<|en|><|ANGRY|><|Speech|><|woitn|>so noisy here")

    assert heard.tagged == "<|ANGRY|><|Speech|>so noisy here"


def test_text_model_is_told_of_every_tag_that_it_can_meet():
    lines = sensevoice.described().splitlines()

    assert len(lines) == len(sensevoice.EMOTIONS) + len(sensevoice.EVENTS) == 20
    assert all(f"<|{tag}|>: " in sensevoice.described() for tag in [*sensevoice.EMOTIONS, *sensevoice.EVENTS])
