"""What a host may say: every part is checked, and nothing else is believed."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inference.adapters.base import PermanentError
from inference.host import messages
from inference.host.frames import NotAFrame

ANSWERED = {
    "kind": "answered",
    "rate": 8000,
    "total_seconds": 1.5,
    "transcript": "words",
    "first_audio_seconds": None,
    "parameters": {"seed": 1},
    "stop_reason": "end",
}
FAILED = {
    "kind": "failed",
    "transient": True,
    "message": "busy",
    "code": "busy",
    "stage": "",
    "retry_after_seconds": None,
}
STAGE = {"name": "hear", "key": "a" * 64, "text": "", "seconds": 0, "tags": {}}
KEEP = {"kind": "keep", "number": 1, "prompt": 0, "stage": STAGE}


def parsed(message, sound=b""):
    return messages.parse((bytearray(json.dumps(message).encode()), bytearray(sound)))[0]


@pytest.mark.parametrize("message", [ANSWERED, FAILED, KEEP], ids=lambda message: message["kind"])
def test_what_a_host_says_is_understood(message):
    assert parsed(message).model_dump(mode="json") == message


@pytest.mark.parametrize(
    ("message", "changes"),
    [
        (ANSWERED, {"rate": 0}),
        (ANSWERED, {"rate": "8000"}),
        (ANSWERED, {"total_seconds": -1}),
        (ANSWERED, {"total_seconds": float("nan")}),
        (ANSWERED, {"total_seconds": True}),
        (ANSWERED, {"transcript": 7}),
        (ANSWERED, {"parameters": ["seed"]}),
        (ANSWERED, {"stop_reason": "e" * 41}),
        (ANSWERED, {"extra": 1}),
        (FAILED, {"transient": "yes"}),
        (FAILED, {"code": "c" * 61}),
        (KEEP, {"prompt": -1}),
        (KEEP, {"stage": STAGE | {"key": "A" * 64}}),
        (KEEP, {"stage": STAGE | {"name": ""}}),
        (KEEP, {"kind": "order"}),
        (KEEP, {"kind": None}),
    ],
)
def test_whatever_else_a_host_says_is_refused(message, changes):
    with pytest.raises(NotAFrame):
        parsed(message | changes)


@pytest.mark.parametrize(("message", "sound"), [(ANSWERED, b"123"), (FAILED, b"1234"), (KEEP, b"1234")])
def test_sound_belongs_to_answers_alone_and_is_whole(message, sound):
    with pytest.raises(NotAFrame):
        parsed(message, sound)


@given(st.binary(max_size=200))
@example(b"[" * 100_000)
@example(b'{"kind": "ended", "kind": "answered"}')
@example(b"\xff\xfe")
def test_bytes_of_any_kind_are_refused_and_never_repeated(text):
    with pytest.raises(NotAFrame) as refused:
        messages.parse((bytearray(text), bytearray()))

    assert len(str(refused.value)) < 300


def test_what_the_database_cannot_hold_is_dropped():
    message = parsed(ANSWERED | {"transcript": "a\0b", "parameters": {"k\0": ["v\0", {"n": "\0"}]}})

    assert message.transcript == "ab"
    assert message.parameters == {"k": ["v", {"n": ""}]}


def test_an_error_is_cut_to_what_may_be_said():
    error = PermanentError("m" * 9000, code="c" * 90, stage="s" * 90)

    message, _ = messages.of_outcome(error)

    assert (len(message.message), len(message.code), len(message.stage)) == (2000, 60, 40)
