"""What the server says in a Realtime session, event by event: a state machine without a network.

Source: the GA events in `openai.types.realtime` of openai 3.54.0. Events are told apart by their `type`
alone: the package gives one that it does not know the class of the first that it does.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from inference.adapters import returned, texts
from inference.adapters.base import PermanentError, TransientError
from inference.adapters.realtime import faults, session
from inference.audio.clip import Clip

STAGE = "answer"
# Ten minutes of sound, of which the arena takes two: whoever sends more does not end.
MOST_BYTES = 2 * session.RATE * 600
# So many parts have an answer, at most, and so many samples a second its sound.
MOST_PARTS = 200
MOST_RATE = 192_000
# So many types of unknown events are told apart.
MOST_UNKNOWN = 20
# What needs no answer from us; anything else that is not taken below counts as unknown.
IDLE = {
    "session.created",
    "conversation.created",
    "conversation.item.added",
    "conversation.item.done",
    "conversation.item.input_audio_transcription.delta",
    "input_audio_buffer.committed",
    "rate_limits.updated",
    "response.created",
    "response.output_item.added",
    "response.output_item.done",
    "response.content_part.done",
    "response.output_text.delta",
}

Event = Mapping[str, Any]
# Which part of the answer an event belongs to: the item's place in the response, the part's in the item.
Place = tuple[int, int]


@dataclass
class Answer:
    """All that the server said of one prompt so far.

    Attributes:
        rate: of the sound in Hz, as the server states it; None until it has taken our settings.
        model: which one it says that it is.
        heard: what it believes the user said; None until it says so.
        heard_error: why it could not write that down.
        done: whether the response is, but for sound still on its way.
        reason: why it is not whole, in the protocol's words; empty where it is.
        id: the response's, for whoever asks its maker about it.
        usage: tokens, as the server counts them.
        sound: bytes of each part in the order of arrival.
        ended: the parts of which no more sound comes.
        words: the transcript of each part.
        said: the parts whose transcript is whole.
        texts: what was written instead of spoken.
        unknown: how many events of unknown type came, by type.
    """

    rate: int | None = None
    model: str = ""
    heard: str | None = None
    heard_error: str = ""
    done: bool = False
    reason: str = ""
    id: str | None = None
    usage: dict[str, Any] | None = None
    sound: dict[Place, bytearray] = field(default_factory=dict)
    ended: set[Place] = field(default_factory=set)
    words: dict[Place, str] = field(default_factory=dict)
    said: set[Place] = field(default_factory=set)
    texts: dict[Place, str] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether the response is done and all of its sound and of its transcript has come to its end."""
        return self.done and self.sound.keys() <= self.ended and self.words.keys() <= self.said

    @property
    def sounding(self) -> bool:
        """Whether any sound has come."""
        return any(self.sound.values())

    def take(self, message: bytes | str) -> None:
        """Take the next message.

        Raises:
            AdapterError: the server says that something went wrong, or says what no server should.
        """
        try:
            event = json.loads(message)
            taker = _TAKERS.get(event["type"])
            if taker:
                taker(self, event)
            elif event["type"] not in IDLE:
                self._count(str(event["type"]))
            self._insist_on_bounds()
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
            message = "The server sent an event that does not follow the protocol."
            raise PermanentError(message, code="not_the_protocol", stage=STAGE) from error

    def _insist_on_bounds(self) -> None:
        parts = len(self.sound) + len(self.words) + len(self.texts) + len(self.ended) + len(self.said)
        letters = sum(map(len, (*self.words.values(), *self.texts.values(), self.heard or "")))
        if parts > MOST_PARTS or letters > texts.MOST_LETTERS:
            # Not a word of it is kept: nobody knows where it was going to end.
            self.words, self.texts, self.heard = {}, {}, None
            raise PermanentError("The answer does not end.", code="answer_too_long", stage=STAGE)

    def clip(self) -> Clip:
        """Join the sound of all parts in their order.

        Raises:
            PermanentError: `no_audio`, `content_filter` or `bad_audio`.
            TransientError: `bad_audio`.
        """
        sound = b"".join(bytes(self.sound[place]) for place in sorted(self.sound))
        if not sound:
            raise faults.silent(filtered=self.reason == "content_filter", text=bool(self.text))
        if len(sound) % 2:
            raise TransientError("The answer ends within a sample.", code="bad_audio", stage=STAGE)
        samples = np.frombuffer(sound, dtype="<i2").astype(np.float32) / 32768
        return returned.audible(samples, rate=self.rate or session.RATE, stage=STAGE)

    @property
    def text(self) -> str:
        """The system's own words: of the sound where there is any, else what it wrote instead."""
        words = self.words or self.texts
        return texts.words(" ".join(words[place].strip() for place in sorted(words)).strip())

    @property
    def stop_reason(self) -> str:
        """Why the answer ended, in the arena's words; `time` for a reason of another kind."""
        if not self.reason:
            return "end"
        return {"max_output_tokens": "length", "content_filter": "filter"}.get(self.reason, "time")

    def _count(self, kind: str) -> None:
        kind = kind[:60] if len(self.unknown) < MOST_UNKNOWN else "others"
        self.unknown[kind] = self.unknown.get(kind, 0) + 1


def _place(event: Event) -> Place:
    return int(event["output_index"]), int(event["content_index"])


def _set_up(answer: Answer, event: Event) -> None:
    stated = ((event["session"].get("audio") or {}).get("output") or {}).get("format") or {}
    kind = stated.get("type", "audio/pcm")
    if kind != "audio/pcm":
        wanted = texts.words(str(kind)[:40])
        message = f"The server wants to answer in {wanted}, not in audio/pcm as it was asked to."
        raise PermanentError(message, code="bad_audio", stage="session")
    answer.rate = int(stated.get("rate") or session.RATE)
    if not 0 < answer.rate <= MOST_RATE:
        raise ValueError("no rate")
    answer.model = str(event["session"].get("model") or "")


def _hear(answer: Answer, event: Event) -> None:
    answer.heard = texts.words(str(event["transcript"]))


def _mishear(answer: Answer, event: Event) -> None:
    answer.heard_error = str(event["error"].get("code") or event["error"].get("type") or "failed")


def _begin(answer: Answer, event: Event) -> None:
    if event["part"].get("type") == "audio":
        answer.sound.setdefault(_place(event), bytearray())


def _sound(answer: Answer, event: Event) -> None:
    part = answer.sound.setdefault(_place(event), bytearray())
    part += base64.b64decode(event["delta"], validate=True)
    if sum(map(len, answer.sound.values())) > MOST_BYTES:
        raise PermanentError("The answer does not end.", code="answer_too_long", stage=STAGE)


def _end(answer: Answer, event: Event) -> None:
    answer.ended.add(_place(event))


def _say(answer: Answer, event: Event) -> None:
    place = _place(event)
    answer.words[place] = answer.words.get(place, "") + str(event["delta"])


def _said(answer: Answer, event: Event) -> None:
    answer.words[_place(event)] = str(event["transcript"])
    answer.said.add(_place(event))


def _wrote(answer: Answer, event: Event) -> None:
    answer.texts[_place(event)] = str(event["text"])


def _fail(answer: Answer, event: Event) -> None:
    raise faults.told(event["error"], stage=STAGE)


def _done(answer: Answer, event: Event) -> None:
    response = event["response"]
    details = response.get("status_details") or {}
    answer.reason = str(details.get("reason") or "")
    if response["status"] == "failed":
        raise faults.told(details.get("error") or {}, stage=STAGE)
    if response["status"] == "cancelled":
        message = f"The server broke its answer off ({texts.words(answer.reason)[:80] or 'no reason given'})."
        raise TransientError(message, code="answer_cancelled", stage=STAGE)
    if response["status"] == "incomplete":
        answer.reason = answer.reason or "unknown"
    for index, item in enumerate(response.get("output") or []):
        for number, part in enumerate(item.get("content") or []):
            if part.get("type") in {"output_audio", "audio"}:
                # Sound that is still on its way is waited for.
                answer.sound.setdefault((index, number), bytearray())
    answer.id, answer.usage = response.get("id"), response.get("usage")
    answer.done = True


_TAKERS: dict[str, Callable[[Answer, Event], None]] = {
    "error": _fail,
    "session.updated": _set_up,
    "conversation.item.input_audio_transcription.completed": _hear,
    "conversation.item.input_audio_transcription.failed": _mishear,
    "response.content_part.added": _begin,
    "response.output_audio.delta": _sound,
    "response.output_audio.done": _end,
    "response.output_audio_transcript.delta": _say,
    "response.output_audio_transcript.done": _said,
    "response.output_text.done": _wrote,
    "response.done": _done,
}
