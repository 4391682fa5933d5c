"""Words and sound of one sequence are told apart, whatever its shape (S52)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.adapters.research.interleave import Streams, Vocabulary, parted

WITHIN = Vocabulary(audio=1000, codes=500, end=900, special={901, 902})
TEXT = st.lists(st.integers(0, 899), max_size=60)
CODES = st.lists(st.integers(0, 499), max_size=60)


def interleaved(text, codes, runs):
    """Put two streams into one as the model does, in runs of these lengths, text and sound by turns."""
    words, sounds = list(text), [1000 + code for code in codes]
    made, speaking = [], False
    for run in runs:
        source = sounds if speaking else words
        made += source[:run]
        del source[:run]
        speaking = not speaking
    return made + words + sounds


@given(TEXT, CODES, st.lists(st.integers(0, 30), max_size=12), st.booleans())
def test_what_was_interleaved_comes_apart_again(text, codes, runs, ended):
    tokens = interleaved(text, codes, runs) + [900] * ended

    assert parted(tokens, within=WITHIN) == Streams(text, codes, ended=ended)


@given(TEXT, CODES, st.lists(st.integers(0, 899) | st.integers(1000, 1499), min_size=1, max_size=30))
def test_a_prompt_that_is_echoed_is_left_out(text, codes, prompt):
    tokens = [*interleaved(text, codes, [13, 26] * 4), 900]

    assert parted(prompt + tokens, within=WITHIN, prompt=prompt) == Streams(text, codes, ended=True)


@given(TEXT, CODES, st.lists(st.tuples(st.integers(0, 119), st.sampled_from([901, 902, 1500, 99_999]))))
def test_special_tokens_in_the_middle_are_neither(text, codes, inserted):
    tokens = interleaved(text, codes, [13, 26] * 4)
    for place, token in inserted:
        tokens.insert(place, token)

    assert parted(tokens, within=WITHIN) == Streams(text, codes, ended=False)


@pytest.mark.parametrize(
    ("tokens", "text", "codes", "ended"),
    [
        ([], [], [], False),
        ([900], [], [], True),
        ([1, 2, 3, 900], [1, 2, 3], [], True),
        ([1000, 1499, 900], [], [0, 499], True),
        ([1, 1007, 2, 1008], [1, 2], [7, 8], False),
        ([1007, 1, 1008, 2, 900, 3, 1009], [1, 2], [7, 8], True),
        ([1, 1500, 2000, 1007], [1], [7], False),
    ],
)
def test_table_of_shapes(tokens, text, codes, ended):
    assert parted(tokens, within=WITHIN) == Streams(text, codes, ended=ended)


def test_a_prompt_that_is_not_echoed_takes_nothing_away():
    assert parted([5, 6, 1001], within=WITHIN, prompt=[5, 7]).text == [5, 6]
