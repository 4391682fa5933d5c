"""What the loopback Realtime server answers: its synthetic voice, whole or with one thing wrong."""

import base64
import json
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tests.fakes.realtime_server import Session

RATE = 24_000
RESPONSE = "resp_1"
USAGE = {
    "input_tokens": 12,
    "output_tokens": 34,
    "total_tokens": 46,
    "output_token_details": {"audio_tokens": 30, "text_tokens": 4},
}
# How much sound a delta holds; with `odd` no delta ends where a sample does.
DELTA_BYTES = 9_600
ODD_BYTES = 3_333

Event = dict[str, Any]


def voice(heard: bytes, *, seconds: float = 0.8) -> bytes:
    """Speak, as it were: a buzz with three formants whose pitch is that of what was heard, 16 bit."""
    pitch = 90 + zlib.crc32(heard) % 160
    at = np.arange(round(seconds * RATE)) / RATE
    buzz = sum(np.sin(2 * np.pi * pitch * n * at) / n for n in range(1, 12))
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 4 * at)
    return (6_000 * buzz * syllables).astype("<i2").tobytes()


def words(heard: bytes) -> str:
    """Say what was heard, so that an answer shows which prompt it belongs to."""
    return f"I heard {len(heard) / 2 / RATE:.2f} s, {zlib.crc32(heard):08x}."


def updated(session: "Session") -> None:
    """Confirm the settings as they now are."""
    told = {**session.settings}
    if session.call.model == "sounds-like-a-telephone":
        output = {**told["audio"]["output"], "format": {"type": "audio/pcmu"}}
        told["audio"] = {**told["audio"], "output": output}
    session.send({"type": "session.updated", "session": told})


def play(session: "Session", mode: str) -> None:
    """Answer in this mode; see `_PLAYS`, and anything else in `_events`."""
    heard = session.call.heard
    special = _PLAYS.get(mode)
    if special:
        special(session, heard)
        return
    for event in _events(heard, mode):
        drips = mode == "drip" and event["type"] in {"response.output_audio.delta", "response.done"}
        session.send(event, pieces=4 if drips else 1)


def _events(heard: bytes, mode: str) -> Iterator[Event]:
    yield {"type": "response.created", "response": _response("in_progress")}
    yield {"type": "rate_limits.updated", "rate_limits": [{"name": "tokens", "remaining": 9}]}
    if mode == "early transcript":
        yield _transcribed(heard)
    if mode == "transcript failed":
        kind = "conversation.item.input_audio_transcription.failed"
        error = {"type": "server_error", "code": "audio_unintelligible", "message": "Nothing there."}
        yield {"type": kind, "item_id": "item_user", "content_index": 0, "error": error}
    sounds = {"two items": [voice(heard), voice(heard[::-1])], "empty": [b""]}.get(mode, [voice(heard)])
    for index, sound in enumerate(sounds):
        yield from _item(index, sound, words(heard), mode)
    yield _done(mode, items=len(sounds), said=words(heard))
    if mode == "late transcript":
        yield _transcribed(heard)


def _item(index: int, sound: bytes, said: str, mode: str) -> Iterator[Event]:
    place = {"response_id": RESPONSE, "item_id": f"item_{index}", "output_index": index}
    part = {**place, "content_index": 0}
    item: Event = {"id": f"item_{index}", "object": "realtime.item", "type": "message", "role": "assistant"}
    item |= {"status": "in_progress", "content": []}
    at = {"response_id": RESPONSE, "output_index": index}
    yield {"type": "response.output_item.added", **at, "item": item}
    yield {"type": "conversation.item.added", "item": item, "previous_item_id": "item_user"}
    yield {"type": "response.content_part.added", **part, "part": {"type": "audio", "transcript": ""}}
    spoken = said.split(" ")
    size = ODD_BYTES if mode == "odd" else DELTA_BYTES
    for number, start in enumerate(range(0, len(sound), size)):
        if mode == "unknown" and number == 1:
            yield {"type": "response.output_smell.delta", "delta": "smoke"}
        if number < len(spoken):
            delta = spoken[number] if number == 0 else f" {spoken[number]}"
            yield {"type": "response.output_audio_transcript.delta", **part, "delta": delta}
        yield _delta(part, sound[start : start + size])
    yield {"type": "response.output_audio.done", **part}
    yield {"type": "response.output_audio_transcript.done", **part, "transcript": said}
    yield {"type": "response.content_part.done", **part, "part": {"type": "audio", "transcript": said}}
    item = _finished(index, said)
    yield {"type": "response.output_item.done", **at, "item": item}
    yield {"type": "conversation.item.done", "item": item, "previous_item_id": "item_user"}


def _delta(part: Event, sound: bytes) -> Event:
    return {"type": "response.output_audio.delta", **part, "delta": base64.b64encode(sound).decode()}


def _done(mode: str, *, items: int = 0, said: str = "") -> Event:
    status, details = _ENDS.get(mode, ("completed", None))
    response = _response(status, details)
    response["output"] = [_finished(index, said) for index in range(items)]
    return {"type": "response.done", "response": response}


def _finished(index: int, said: str) -> Event:
    item = {"id": f"item_{index}", "object": "realtime.item", "type": "message", "role": "assistant"}
    return item | {"status": "completed", "content": [{"type": "output_audio", "transcript": said}]}


def _response(status: str, details: Event | None = None) -> Event:
    usage = None if status == "in_progress" else USAGE
    return {
        "id": RESPONSE,
        "object": "realtime.response",
        "status": status,
        "status_details": {"type": status, **details} if details else None,
        "output": [],
        "output_modalities": ["audio"],
        "usage": usage,
    }


def _transcribed(heard: bytes) -> Event:
    return {
        "type": "conversation.item.input_audio_transcription.completed",
        "item_id": "item_user",
        "content_index": 0,
        "transcript": f"user said {zlib.crc32(heard):08x}",
        "usage": {"type": "duration", "seconds": 1.0},
    }


_ENDS: dict[str, tuple[str, Event]] = {
    "length": ("incomplete", {"reason": "max_output_tokens"}),
    "filter": ("incomplete", {"reason": "content_filter"}),
    "failed": ("failed", {"error": {"type": "server_error", "code": None, "message": "Our fault."}}),
    "busy": (
        "failed",
        {
            "error": {
                "type": "invalid_request_error",
                "code": "inference_rate_limit_exceeded",
                "message": "We're currently processing too many requests",
            }
        },
    ),
    "cancelled": ("cancelled", {"reason": "turn_detected"}),
}


def _until_sound(session: "Session", heard: bytes, *, deltas: int) -> Event:
    """Send an answer up to some of its sound, and return the event of its next."""
    sent = 0
    for event in _events(heard, "whole"):
        if event["type"] == "response.output_audio.delta":
            if sent == deltas:
                return event
            sent += 1
        session.send(event)
    raise AssertionError("The answer has less sound.")


def _close(session: "Session", heard: bytes) -> None:
    _until_sound(session, heard, deltas=2)
    session.connection.close(1011, f"keepalive of {session.server.key} lost")


def _drop(session: "Session", heard: bytes) -> None:
    _until_sound(session, heard, deltas=2)
    session.drop()


def _stall(session: "Session", heard: bytes) -> None:
    _until_sound(session, heard, deltas=2)
    session.wait_for_end()


def _mute(session: "Session", heard: bytes) -> None:
    _until_sound(session, heard, deltas=0)
    session.wait_for_end()


def _endless(session: "Session", heard: bytes) -> None:
    again = _until_sound(session, heard, deltas=1)
    while not session.wait(0.01):
        session.send(again)


def _error(session: "Session", **error: str) -> None:
    _until_sound(session, session.call.heard, deltas=1)
    session.send({"type": "error", "error": {"param": None, **error}})
    session.wait_for_end()


def _beta(session: "Session", heard: bytes) -> None:
    """Speak as the beta did; its names are unknown today."""
    part = {"response_id": RESPONSE, "item_id": "item_0", "output_index": 0, "content_index": 0}
    session.send({"type": "response.created", "response": _response("in_progress")})
    session.send({**_delta(part, voice(heard)), "type": "response.audio.delta"})
    session.send({"type": "response.audio_transcript.done", **part, "transcript": words(heard)})
    session.send({"type": "response.audio.done", **part})
    session.send(_done("whole"))


def _text(session: "Session", heard: bytes) -> None:
    """Write instead of speaking."""
    part = {"response_id": RESPONSE, "item_id": "item_0", "output_index": 0, "content_index": 0}
    session.send({"type": "response.created", "response": _response("in_progress")})
    session.send({"type": "response.output_text.delta", **part, "delta": "I cannot"})
    session.send({"type": "response.output_text.done", **part, "text": "I cannot speak of that."})
    session.send(_done("whole"))


def _filtered(session: "Session", heard: bytes) -> None:
    """End by the filter before any sound."""
    for event in _events(heard, "empty"):
        session.send(_done("filter") if event["type"] == "response.done" else event)


def _done_first(session: "Session", heard: bytes) -> None:
    """Say that all is done while the last sound is still on its way."""
    events = list(_events(heard, "whole"))
    last = max(n for n, event in enumerate(events) if event["type"] == "response.output_audio.delta")
    for event in [*events[:last], events[-1], *events[last:-1]]:
        session.send(event)


def _done_between(session: "Session", heard: bytes) -> None:
    """Say that all is done before the second item has begun."""
    events = list(_events(heard, "two items"))
    second = [n for n, event in enumerate(events) if event["type"] == "response.output_item.added"][1]
    for event in [*events[:second], events[-1], *events[second:-1]]:
        session.send(event)


def _never_ends(session: "Session", heard: bytes) -> None:
    """Say that the response is done, but of no part that it is, and hang up."""
    for event in _events(heard, "whole"):
        if event["type"] != "response.output_audio.done":
            session.send(event)
    session.connection.close()


def _half_a_sample(session: "Session", heard: bytes) -> None:
    for event in _events(heard, "whole"):
        if event["type"] == "response.output_audio.done":
            session.send(_delta({name: event[name] for name in event if name != "type"}, b"\1"))
        session.send(event)


def _garbage(session: "Session", heard: bytes) -> None:
    session.send_text(json.dumps(["no", "event"]))
    session.wait_for_end()


_PLAYS = {
    "close": _close,
    "drop": _drop,
    "stall": _stall,
    "mute": _mute,
    "endless": _endless,
    "error": lambda session, heard: _error(session, type="server_error", message="Our fault."),
    "error busy": lambda session, heard: _error(
        session, type="invalid_request_error", code="rate_limit_exceeded", message="Too fast."
    ),
    "error refused": lambda session, heard: _error(
        session, type="invalid_request_error", code="invalid_value", message=f"Not {session.server.key}."
    ),
    "error key": lambda session, heard: _error(
        session, type="invalid_request_error", code="invalid_api_key", message="Incorrect: not-a-r***"
    ),
    "beta": _beta,
    "text": _text,
    "filtered": _filtered,
    "done first": _done_first,
    "done between": _done_between,
    "never ends": _never_ends,
    "half a sample": _half_a_sample,
    "garbage": _garbage,
}
