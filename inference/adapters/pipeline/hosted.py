"""The three stages as calls of OpenAI-compatible servers; the library is loaded at the first call.

Source: the endpoints /v1/audio/transcriptions, /v1/chat/completions and /v1/audio/speech as the openai
package 3.54 types them.
"""

import time
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, JsonValue

from inference.adapters import returned, texts
from inference.adapters.endpoint import Endpoint
from inference.adapters.pipeline import joining, languages, parsers, sensevoice
from inference.adapters.pipeline.reading import Reading
from inference.adapters.pipeline.turns import NEUTRAL, Answer, Heard, Line, Spoken
from inference.audio.clip import Clip

# What the adapter says itself; a configuration that said it too would win without a word.
OURS = frozenset({"model", "file", "messages", "stream", "stream_options", "input", "voice", "seed", "n"})
# What servers take as a seed everywhere: DashScope ends at 2**31.
SEEDS = 2**31


def _free(parameters: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if taken := sorted(OURS & set(parameters)):
        raise ValueError(f"{', '.join(taken)}: the adapter sets that itself")
    return parameters


Parameters = Annotated[
    dict[str, JsonValue],
    AfterValidator(_free),
    Field(description="Sent as they are: temperature, max_tokens, and what else the server takes."),
]


class _Hosted(Endpoint):
    kind: Literal["hosted"]
    parameters: Parameters = {}

    hosted: ClassVar[bool] = True

    def settings(self) -> dict[str, Any]:
        """Return all that the result depends on."""
        return self.model_dump(mode="json", exclude={"limits", "secret"})

    def libraries(self) -> tuple[str, ...]:
        """Name the distributions whose versions matter."""
        return ("openai",)

    def device_name(self) -> str:
        """Nobody says what a hosted model runs on."""
        return ""

    def _body(self, *, seed: int | None = None) -> dict[str, JsonValue]:
        return self.parameters if seed is None else {**self.parameters, "seed": seed % SEEDS}


class HostedRecogniser(_Hosted):
    """A transcription endpoint."""

    rate: int = Field(default=16_000, ge=8_000, le=48_000, description="Hz, of the WAV file that is sent.")
    longest_seconds: float | None = Field(
        default=None, gt=1, description="Longer prompts are cut at pauses and sent in pieces; none: never."
    )
    tags: Literal["none", "sensevoice"] = "none"

    def run(self, given: Sequence[Clip], *, seed: int, keys: Sequence[str]) -> list[Heard]:
        """Recognise each prompt.

        Raises:
            AdapterError: see `openai_http.calling`.
        """
        return [self._recognised(clip, key) for clip, key in zip(given, keys, strict=True)]

    def _recognised(self, clip: Clip, key: str) -> Heard:
        clip = clip.resampled(self.rate)
        longest = self.longest_seconds
        pieces = joining.windows(clip, longest_seconds=longest) if longest else [clip]
        found = [self._piece(piece, f"{key}-{at}") for at, piece in enumerate(pieces)]
        if self.tags == "sensevoice":
            return sensevoice.read("".join(text for text, _ in found))
        language = next((code for _, code in found if code), None)
        return Heard(text=joining.joined(text for text, _ in found), language=language)

    def _piece(self, clip: Clip, key: str) -> tuple[str, str | None]:
        """Return the words and the language of one piece."""
        from inference.adapters import openai_errors, openai_http  # noqa: PLC0415 -- loads the library

        with openai_http.calling(self, stage="recognise") as client:
            heard: Any = client.audio.transcriptions.create(
                model=self.model,
                file=("prompt.wav", clip.wav(), "audio/wav"),
                extra_body=self._body(),
                extra_headers={"Idempotency-Key": key},
            )
        text = getattr(heard, "text", None)
        if not isinstance(text, str):
            raise openai_errors.unreadable(stage="recognise")
        text = texts.words(texts.added("", text, stage="recognise"))
        return text, languages.code(_language(heard))


class HostedReplier(_Hosted):
    """A chat endpoint, streamed or whole."""

    stream: bool = True
    sends_seed: bool = Field(default=True, description="Whether the server takes the parameter seed.")

    def run(self, given: Sequence[list[dict[str, str]]], *, seed: int, keys: Sequence[str]) -> list[Answer]:
        """Continue each conversation.

        Raises:
            AdapterError: `content_filter`, `refused`, `no_answer`, `cut_off`; see `openai_http.calling`.
        """
        return [self._replied(one, seed, key) for one, key in zip(given, keys, strict=True)]

    def _replied(self, messages: list[dict[str, str]], seed: int, key: str) -> Answer:
        from inference.adapters import openai_errors, openai_http  # noqa: PLC0415 -- loads the library

        heard = Reading()
        with openai_http.calling(self, stage="reply") as client:
            create: Any = client.chat.completions.create
            answer = create(
                model=self.model,
                messages=messages,
                stream=self.stream,
                extra_body=self._body(seed=seed if self.sends_seed else None),
                extra_headers={"Idempotency-Key": key},
            )
            if isinstance(answer, str) or (self.stream and not _is_stream(answer)):
                raise openai_errors.unreadable(stage="reply")
            for part in answer if self.stream else [answer]:
                heard.take(part)
        return heard.answer(streamed=self.stream)


class HostedSpeaker(_Hosted):
    """A speech endpoint.

    Where a style goes: `instructions` sends it under this name (OpenAI's, and CosyVoice's instruct mode),
    `prefix` writes it before the words with `<endofprompt>` between, as CosyVoice's own models read it.
    """

    voice: str = Field(min_length=1, max_length=200)
    voices: dict[str, str] = Field(default={}, description="Voices for languages by their codes.")
    sound: Literal["wav", "mp3", "flac", "opus", "pcm"] = "wav"
    pcm_rate: int = Field(default=24_000, ge=8_000, le=48_000, description="Hz, of bare samples (pcm).")
    most_characters: int = Field(default=4096, ge=300, description="Longer answers are spoken in pieces.")
    style: Literal["ignore", "instructions", "prefix"] = "ignore"
    markup: Literal["keep", "drop"] = "drop"

    def run(self, given: Sequence[Line], *, seed: int, keys: Sequence[str]) -> list[Spoken]:
        """Speak each answer.

        Raises:
            AdapterError: `no_audio`, `bad_audio`; see `openai_http.calling`.
        """
        return [self._spoken(line, key) for line, key in zip(given, keys, strict=True)]

    def _spoken(self, line: Line, key: str) -> Spoken:
        words = line.said.words if self.markup == "keep" else parsers.without_markup(line.said.words)
        style = "" if line.said.style == NEUTRAL else line.said.style
        prefix = f"{style}<endofprompt>" if style and self.style == "prefix" else ""
        body = self._body()
        if style and self.style == "instructions":
            body = {**body, "instructions": style}
        voice = self.voices.get(line.language or "", self.voice)
        pieces = joining.sentences(words, most_characters=self.most_characters - len(prefix))
        found = [self._piece(prefix + one, voice, body, f"{key}-{at}") for at, one in enumerate(pieces)]
        clips = [clip.resampled(found[0][0].rate) for clip, _ in found]
        clip = returned.joined((one.samples for one in clips), rate=clips[0].rate, stage="speak")
        return Spoken(clip=clip, first_audio_seconds=found[0][1], pieces=len(pieces))

    def _piece(self, text: str, voice: str, body: dict[str, JsonValue], key: str) -> tuple[Clip, float]:
        """Return one piece's sound, and after how many seconds it began."""
        from inference.adapters import openai_errors, openai_http  # noqa: PLC0415 -- loads the library

        started, first, raw = time.perf_counter(), 0.0, bytearray()
        with openai_http.calling(self, stage="speak") as client:
            create: Any = client.audio.speech.with_streaming_response.create
            with create(
                model=self.model,
                voice=voice,
                input=text,
                response_format=self.sound,
                extra_body=body,
                extra_headers={"Idempotency-Key": key},
            ) as answer:
                if answer.headers.get("content-type", "").startswith(("application/json", "text/")):
                    raise openai_errors.unreadable(stage="speak")
                for bytes_ in answer.iter_bytes():
                    first = first or time.perf_counter() - started
                    raw += bytes_
        pcm_rate = self.pcm_rate if self.sound == "pcm" else None
        return returned.from_bytes(bytes(raw), pcm_rate=pcm_rate, stage="speak"), first


def _is_stream(answer: Any) -> bool:
    """Look before reading: in a page or a JSON error the library finds no events, and says nothing."""
    return bool(answer.response.headers.get("content-type", "").startswith("text/event-stream"))


def _language(heard: Any) -> str:
    """Read the language where a server names it: whisper-1 by its name, gpt-transcribe in a list of codes."""
    if isinstance(named := getattr(heard, "language", None), str):
        return named
    several = getattr(heard, "languages", None)
    for one in several if isinstance(several, list) else []:
        if isinstance(code := getattr(one, "code", None), str):
            return code
    return ""
