"""Units out of SpeechGPT's replies (S49, S50) and out of LLaMA-Omni's paths (S62)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.adapters.research import units
from inference.adapters.research.units import Spoken

WHOLE = "What is rain?; [ta] Water that falls.; [ua] <sosp><12><0><999><eosp>"
# Words as a model writes them: no mark-up of its own.
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="<>[]"), max_size=40).map(
    lambda text: text.strip().rstrip("; \t\n\r")
)
UNITS = st.lists(st.integers(0, 999), max_size=60)


@pytest.mark.parametrize(
    ("reply", "spoken"),
    [
        (WHOLE, Spoken("What is rain?", "Water that falls.", [12, 0, 999], whole=True)),
        (f"[Human]: <sosp><5><eosp> <eoh>. [SpeechGPT] : {WHOLE}<eoa>.",
         Spoken("What is rain?", "Water that falls.", [12, 0, 999], whole=True)),
        (f"{WHOLE}<eoa>. [Human]: <sosp><7><eosp>",
         Spoken("What is rain?", "Water that falls.", [12, 0, 999], whole=True)),
        ("Q; [ta] A; [ua] <sosp><1><2>", Spoken("Q", "A", [1, 2], whole=False)),
        ("Q; [ta] A; [ua] <sosp><eosp>", Spoken("Q", "A", [], whole=True)),
        ("Q; [ta] A; [ua] <1><2>", Spoken("Q", "A", [], whole=False)),
        ("Q; [ta] A", Spoken("Q", "A", [], whole=False)),
        ("Only words.", Spoken("", "Only words.", [], whole=False)),
        ("<sosp><3><4><eosp>", Spoken("", "", [3, 4], whole=True)),
        ("Well: <sosp><3><eosp>", Spoken("", "Well:", [3], whole=True)),
        ("", Spoken("", "", [], whole=False)),
        ("Q; with a semicolon; [ta] A; and one; [ua] <sosp> <1> <2> <eosp>",
         Spoken("Q; with a semicolon", "A; and one", [1, 2], whole=True)),
    ],
)  # fmt: skip
def test_replies_are_read(reply, spoken):
    assert units.read(reply) == spoken


@given(WORDS, WORDS, UNITS)
def test_a_reply_in_the_format_gives_its_parts_back(question, answer, spoken):
    speech = "".join(f"<{unit}>" for unit in spoken)
    reply = f" {question}; [ta] {answer}; [ua] <sosp>{speech}<eosp>"

    assert units.read(reply) == Spoken(question, answer, spoken, whole=True)


@given(st.text(max_size=80))
def test_anything_can_be_read(reply):
    assert all(unit >= 0 for unit in units.read(reply).units)


@pytest.mark.parametrize(
    ("path", "collapsed"),
    [
        ([], []),
        ([9, 9, 9], []),
        ([3, 3, 3], [3]),
        ([3, 9, 3], [3, 3]),
        ([3, 3, 9, 9, 3, 4, 4, 9], [3, 3, 4]),
        ([9, 0, 9], [0]),
        ([0, 0, 9, 1], [0, 1]),
    ],
)
def test_paths_are_collapsed(path, collapsed):
    assert units.collapsed(path, blank=9) == collapsed


@given(st.lists(st.integers(0, 8)), st.data())
def test_any_path_of_a_sequence_collapses_to_it(sequence, data):
    path = []
    for place, unit in enumerate(sequence):
        between = 1 if place and sequence[place - 1] == unit else 0
        path += [9] * data.draw(st.integers(between, 3)) + [unit] * data.draw(st.integers(1, 3))
    path += [9] * data.draw(st.integers(0, 3))

    assert units.collapsed(path, blank=9) == sequence
