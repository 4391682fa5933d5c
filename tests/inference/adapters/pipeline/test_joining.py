"""Cutting loses nothing, whatever is cut."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.adapters.pipeline.joining import joined, sentences, windows
from tests.inference.adapters import sounds


@given(st.text(alphabet="ab .!?。，！\n", max_size=200), st.integers(1, 50))
def test_sentences_put_together_are_the_text(text, most):
    pieces = sentences(text, most_characters=most)

    assert "".join(pieces) == text
    assert all(len(piece.strip()) <= most for piece in pieces)


@pytest.mark.parametrize(
    ("text", "most", "pieces"),
    [
        ("One. Two. Three.", 10, ["One. Two. ", "Three."]),
        ("One. Two. Three.", 99, ["One. Two. Three."]),
        ("第一句。第二句。", 4, ["第一句。", "第二句。"]),
        ("no end of it", 6, ["no ", "end ", "of it"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ('He said "no." Then left.', 14, ['He said "no." ', "Then left."]),
    ],
)
def test_text_is_cut_where_a_reader_would_pause(text, most, pieces):
    assert sentences(text, most_characters=most) == pieces


@pytest.mark.parametrize(
    ("pieces", "whole"),
    [
        (["one.", " two "], "one. two"),
        (["一。", "二。"], "一。二。"),
        (["one", "二"], "one 二"),
        (["", " "], ""),
    ],
)
def test_pieces_of_a_transcript_are_joined_as_their_script_is(pieces, whole):
    assert joined(pieces) == whole


@pytest.mark.parametrize("seconds", [0.01, 29.9, 30.0, 30.1, 65, 120])
def test_windows_put_together_are_the_clip(seconds):
    clip = sounds.noise(seconds)

    cut = windows(clip, longest_seconds=30)

    assert np.array_equal(np.concatenate([one.samples for one in cut]), clip.samples)
    assert all(0 < one.seconds <= 30 for one in cut)
    assert len(cut) <= np.ceil(seconds / 25)


def test_window_ends_in_the_pause():
    clip = sounds.noise(40)
    clip.samples[27 * 16_000 : 28 * 16_000] = 0

    first, second = windows(clip, longest_seconds=30)

    assert 27 < first.seconds < 28
    assert second.seconds == pytest.approx(40 - first.seconds)
