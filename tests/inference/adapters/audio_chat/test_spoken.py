"""Pieces of an answer make the same answer however they are cut (S19, S26)."""

import base64
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.adapters.audio_chat.spoken import Spoken
from inference.adapters.base import PermanentError


def chunk(**delta: object) -> dict:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}


@settings(deadline=None)
@given(sound=st.binary(max_size=400), cuts=st.lists(st.integers(0, 540), max_size=8))
def test_letters_of_one_text_may_be_cut_anywhere(sound, cuts):
    letters = base64.b64encode(sound).decode()
    places = sorted({0, len(letters), *(cut for cut in cuts if cut < len(letters))})
    spoken = Spoken()

    for start, end in itertools.pairwise(places):
        spoken.take(chunk(audio={"data": letters[start:end]}))

    assert bytes(spoken.sound) == sound


@settings(deadline=None)
@given(pieces=st.lists(st.binary(max_size=50), max_size=10))
def test_texts_of_their_own_are_joined(pieces):
    spoken = Spoken()

    for piece in pieces:
        spoken.take(chunk(audio={"data": base64.b64encode(piece).decode()}))

    assert bytes(spoken.sound) == b"".join(pieces)


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"choices": None},
        {"choices": []},
        {"choices": [{"delta": None}]},
        {"choices": [{"delta": {"content": None, "audio": None, "mood": 1}}]},
        {"choices": [{"message": {"audio": {"data": None, "transcript": None}}}]},
    ],
)
def test_nulls_and_unknown_keys_are_passed_over(odd):
    spoken = Spoken()

    spoken.take(odd)

    assert (bytes(spoken.sound), spoken.own_words) == (b"", "")


@pytest.mark.parametrize(
    "wrong", [{"choices": 5}, {"choices": ["text"]}, chunk(audio="loud"), chunk(audio={"data": "*" * 4})]
)
def test_what_no_server_sends_is_not_the_protocol(wrong):
    with pytest.raises(PermanentError) as raised:
        Spoken().take(wrong)

    assert raised.value.code == "not_the_protocol"


def test_content_in_parts_is_read_for_its_texts():
    spoken = Spoken()

    spoken.take(chunk(content=[{"type": "text", "text": "Good "}, {"type": "image"}, {"text": "day."}]))

    assert spoken.own_words == "Good day."
