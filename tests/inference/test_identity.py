"""Answers that say who speaks are found (X11), and those that do not are let through."""

import json
from pathlib import Path

import pytest

from inference import identity, starter
from tests.inference.identity_texts import HARMLESS, PLANTED, REGISTERED

STARTER = Path(starter.__file__).with_name("starter.jsonl")


def found(text: str) -> list[str]:
    return identity.find(text, names=REGISTERED)


def test_at_least_95_of_100_planted_texts_are_found():
    texts = [text for of_language in PLANTED.values() for text in of_language]

    missed = [text for text in texts if not found(text)]

    assert len(texts) == len(set(texts)) == 100
    assert len(missed) <= 5, missed


@pytest.mark.parametrize("text", HARMLESS)
def test_everyday_words_that_are_also_names_say_nothing(text):
    assert found(text) == []


def test_no_starter_prompt_says_who_speaks():
    texts = [json.loads(line)["text"] for line in STARTER.read_text("utf-8").splitlines()]

    assert [text for text in texts if found(text)] == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("the KESTREL voice, two", ["kestrelvoice2", "kestrel"]),
        ("I like night jar omni", ["nightjar", "nightjaromni"]),
        ("open ai", ["openai"]),
        ("欢迎使用青 鸾 语 音", ["青鸾语音"]),
    ],
)
def test_names_are_found_however_they_are_written(text, names):
    assert set(found(text)) & set(names)


def test_parts_of_names_that_name_nobody_are_not_looked_for():
    assert identity.find("an example of a voice model", names=["Example Voice Lab"]) == []
