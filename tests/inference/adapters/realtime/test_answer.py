"""The state machine alone: any order that the protocol allows makes the same answer (S19, S29, S31)."""

import base64
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.adapters.base import PermanentError, TransientError
from inference.adapters.realtime.answer import MOST_UNKNOWN, Answer

SOUNDS = st.binary(min_size=1, max_size=30)


def event(kind: str, **fields: object) -> str:
    return json.dumps({"type": kind, "event_id": "e", **fields})


def place(index: int) -> dict:
    return {"output_index": index, "content_index": 0, "item_id": f"i{index}", "response_id": "r"}


def said(sound, index, size):
    """The events of one part, its sound in pieces of so many bytes."""
    for start in range(0, len(sound), size):
        delta = base64.b64encode(sound[start : start + size]).decode()
        yield event("response.output_audio.delta", **place(index), delta=delta)
    yield event("response.output_audio.done", **place(index))
    yield event("response.output_audio_transcript.done", **place(index), transcript=f"part {index}")


def done(status="completed", **details):
    return event("response.done", response={"id": "r", "status": status, "status_details": details or None})


@settings(deadline=None)
@given(one=SOUNDS, other=SOUNDS, size=st.integers(1, 7), order=st.integers(0, 2**32))
def test_parts_may_come_interleaved_and_cut_anywhere_even_behind_the_end(one, other, size, order):
    spoken = [{"content": [{"type": "output_audio"}]}] * 2
    end = event("response.done", response={"id": "r", "status": "completed", "output": spoken})
    streams = [list(said(one, 0, size)), list(said(other, 1, size)), [end]]
    answer, rng = Answer(), random.Random(order)

    while not answer.complete:
        answer.take(rng.choice([stream for stream in streams if stream]).pop(0))

    assert b"".join(bytes(answer.sound[key]) for key in sorted(answer.sound)) == one + other


@settings(deadline=None)
@given(sound=SOUNDS, size=st.integers(1, 7), lost=st.integers(0))
def test_an_answer_of_which_anything_is_missing_is_not_complete(sound, size, lost):
    begun = event("response.content_part.added", **place(0), part={"type": "audio"})
    words = event("response.output_audio_transcript.delta", **place(0), delta="part")
    needed = [*list(said(sound, 0, size))[-2:], done()]
    del needed[lost % len(needed)]
    answer = Answer()

    for message in [begun, words, *needed]:
        answer.take(message)

    assert not answer.complete


@pytest.mark.parametrize(
    "message",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"type": null, "error": 1}' * 2,
        "[" * 100_000,
        event("response.output_audio.delta", **place(0), delta="***"),
        event("response.output_audio.delta", **place(0), delta=5),
        event("response.output_audio.delta", delta=""),
        event("session.updated", session={"audio": "loud"}),
        event("session.updated", session={"audio": {"output": {"format": {"rate": -1}}}}),
        event("response.done", response="done"),
        event("response.done", response={}),
        event("error"),
        event("error", error="bad"),
    ],
)
def test_what_no_server_sends_is_not_the_protocol(message):
    with pytest.raises(PermanentError) as raised:
        Answer().take(message)

    assert raised.value.code == "not_the_protocol"


def test_unknown_events_are_counted_by_type_within_bounds():
    answer = Answer()

    for number in range(3 * MOST_UNKNOWN):
        answer.take(event(f"response.smell.{number}"))
    answer.take(event("response.smell.0"))

    assert len(answer.unknown) == MOST_UNKNOWN + 1
    assert sum(answer.unknown.values()) == 3 * MOST_UNKNOWN + 1


def test_an_incomplete_answer_of_unknown_reason_is_marked_as_cut():
    answer = Answer()

    answer.take(done("incomplete", reason="moon_phase"))

    assert answer.stop_reason == "time"


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        ({"type": "server_error"}, TransientError, "server_error"),
        ({"type": "tokens", "code": "rate_limit_exceeded"}, TransientError, "rate_limited"),
        ({"type": "invalid_request_error", "code": "session_expired"}, TransientError, "server_error"),
        ({}, TransientError, "server_error"),
        ({"type": "invalid_request_error", "code": "content_filter"}, PermanentError, "content_filter"),
        ({"type": "authentication_error"}, PermanentError, "key_refused"),
        ({"type": "invalid_request_error", "code": "unknown_parameter"}, PermanentError, "request_refused"),
        ({"type": "insufficient_quota", "code": "insufficient_quota"}, PermanentError, "request_refused"),
        ({"type": "x" * 9_000, "message": "y" * 9_000}, PermanentError, "request_refused"),
    ],
)
def test_an_error_is_told_by_its_code_and_type(error, kind, code):
    with pytest.raises(kind) as raised:
        Answer().take(event("error", error=error))

    assert raised.value.code == code
    assert len(raised.value.message) < 500
