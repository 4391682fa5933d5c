"""What the loopback Realtime server refuses, as the real one does.

Source: the events' types in openai 3.54.0, and systems.md, section 3.C.
"""

import json
from typing import Any, get_args

from openai.types.realtime import RealtimeClientEvent, RealtimeServerEvent
from pydantic import BaseModel, ValidationError

MOST_CHUNK_BYTES = 15 * 2**20
LEAST_BYTES = 4_800
VOICES = {"alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar"}
PCM = {"type": "audio/pcm", "rate": 24_000}
# What a session is before anybody sets it up.
DEFAULTS = {
    "type": "realtime",
    "output_modalities": ["audio"],
    "max_output_tokens": "inf",
    "instructions": "The server's own.",
    "audio": {
        "input": {"format": PCM, "turn_detection": {"type": "server_vad"}},
        "output": {"format": PCM, "voice": "alloy", "speed": 1.0},
    },
}


def _by_type(union: Any) -> dict[str, type[BaseModel]]:
    """Tell the package's classes apart by the `type` that each of them has."""
    members = get_args(get_args(union)[0])
    return {get_args(one.model_fields["type"].annotation)[0]: one for one in members}


CLIENT_EVENTS = _by_type(RealtimeClientEvent)
SERVER_EVENTS = _by_type(RealtimeServerEvent)


class Refusal(Exception):  # noqa: N818 -- it is an event of the protocol, not a failure
    """An `error` event that answers what a client sent."""

    def __init__(self, message: str, *, code: str, param: str | None = None) -> None:
        super().__init__(message)
        self.error = {"type": "invalid_request_error", "code": code, "message": message, "param": param}


def checked(message: str | bytes) -> dict[str, Any]:
    """Read an event of the client's.

    Raises:
        Refusal: the package's types do not know it, or something in it, at any depth.
    """
    try:
        event = json.loads(message)
        kind = CLIENT_EVENTS[event["type"]]
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal("No event of the protocol.", code="invalid_event") from error
    if event["type"] == "session.update" and "type" not in event["session"]:
        raise Refusal("Missing: session.type", code="missing_required_parameter", param="session.type")
    try:
        taken = kind.model_validate(event)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise Refusal(f"Invalid value: {where}", code="invalid_value", param=where) from error
    for where in _strangers(taken):
        raise Refusal(f"Unknown parameter: {where}", code="unknown_parameter", param=where)
    return event


def check_settings(session: dict[str, Any]) -> None:
    """Look at what the types alone do not say.

    Raises:
        Refusal: a modality too many, no such voice, too many tokens, another format.
    """
    audio, tokens = session.get("audio", {}), session.get("max_output_tokens", "inf")
    spoken = audio.get("output", {})
    voice = spoken.get("voice", "alloy")
    if session["type"] != "realtime" or len(session.get("output_modalities", ["audio"])) != 1:
        raise Refusal("One modality of a realtime session.", code="invalid_value")
    if voice not in VOICES if isinstance(voice, str) else not voice.get("id"):
        raise Refusal(f"No such voice: {voice}", code="invalid_value", param="session.audio.output.voice")
    if tokens != "inf" and not 1 <= tokens <= 4096:
        raise Refusal("1 to 4096", code="invalid_value", param="session.max_output_tokens")
    for side in ("input", "output"):
        if audio.get(side, {}).get("format", PCM) != PCM:
            raise Refusal("This test's sessions are PCM at 24 kHz.", code="invalid_value")


def _strangers(model: BaseModel, where: str = "") -> list[str]:
    """Name the fields, at any depth, that the package's types do not have."""
    found = [f"{where}{name}" for name in model.model_extra or {}]
    for name in model.model_fields_set & set(type(model).model_fields):
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            found += _strangers(value, f"{where}{name}.")
    return found
