"""The chat engines' tables and the choice among their replies."""

import importlib
import random
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.adapters import chat
from inference.adapters.base import PermanentError

WORDS = st.lists(
    st.sampled_from(
        ["i", "you", "my", "hate", "dislikes", "want", "need", "why", "what", "can", "100%", "%1", "it's"]
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.parametrize("engine", chat.TABLES)
def test_tables_are_those_that_nltk_publishes(engine):
    published = importlib.import_module(f"nltk.chat.{engine}")

    tables = chat.load(engine)

    assert [(rule.pattern, texts) for rule, texts in tables.rules] == list(
        getattr(published, chat.TABLES[engine])
    )
    assert tables.reflections == published.reflections


@pytest.mark.parametrize("engine", chat.TABLES)
@given(words=WORDS, seed=st.integers(0, 2**63 - 1))
def test_every_engine_answers_anything_with_words(engine, words, seed):
    text = chat.reply(engine, " ".join(words), seed=seed)

    assert re.search(r"\w", text)
    assert "\n" not in text
    assert len(text.split()) <= chat.LONGEST_WORDS


def test_same_seed_gives_the_same_words_whatever_was_drawn_elsewhere():
    random.seed(1)
    first = chat.reply("eliza", "i feel fine", seed=5)
    random.seed(2)

    assert chat.reply("eliza", "i feel fine", seed=5) == first


def test_seeds_reach_every_reply_of_a_pattern():
    said = {chat.reply("eliza", "how do birds sing", seed=seed) for seed in range(40)}

    assert said == {
        "How do you suppose?",
        "Perhaps you can answer your own question.",
        "What is it you're really asking?",
    }


def test_eliza_turns_persons_round():
    said = {chat.reply("eliza", "i need my mother", seed=seed) for seed in range(20)}

    assert "Why do you need your mother?" in said


def test_zen_knows_a_question_without_its_mark():
    said = {chat.reply("zen", "what is the capital of france", seed=seed) for seed in range(20)}

    assert said == {
        "Seek truth, not what is the capital of france.",
        "What is the capital of france should not concern you.",
    }


def test_group_that_took_no_part_leaves_no_trace():
    said = {chat.reply("zen", "dislikes", seed=seed) for seed in range(40)}

    assert "Perhaps it is not about hating, but about hate from within." in said


def test_sun_tzu_never_answers_with_an_empty_text():
    said = {chat.reply("suntsu", "'tis true", seed=seed) for seed in range(20)}

    assert said == {"Your statement insults me."}


def test_percent_sign_in_what_was_heard_is_no_placeholder():
    assert "I see, your 100%2 effort." in {chat.reply("eliza", "my 100%2 effort", seed=n) for n in range(20)}


@pytest.mark.parametrize("engine", chat.TABLES)
def test_nothing_heard_is_asked_for_again(engine):
    assert chat.reply(engine, " ", seed=1) == chat.ASK_AGAIN


def test_long_reply_is_cut_and_marked():
    heard = "i need " + " ".join(f"thing{number}" for number in range(200))

    text = chat.reply("eliza", heard, seed=1)

    assert len(text.split()) == chat.LONGEST_WORDS
    assert text.endswith(chat.CUT)


def test_missing_extra_is_said_by_name(monkeypatch):
    monkeypatch.setitem(sys.modules, "nltk", None)
    chat.load.cache_clear()

    with pytest.raises(PermanentError) as refused:
        chat.reply("eliza", "hello", seed=1)

    assert (refused.value.code, refused.value.stage) == ("extra_missing", "reply")


def test_changed_table_is_said_and_not_guessed(monkeypatch):
    monkeypatch.setitem(chat.TABLES, "eliza", "patterns")
    chat.load.cache_clear()

    with pytest.raises(PermanentError) as refused:
        chat.load("eliza")

    assert refused.value.code == "engine_changed"
