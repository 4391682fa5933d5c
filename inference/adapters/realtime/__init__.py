"""OpenAI's Realtime protocol in its GA form: one websocket per prompt, sound in, sound out.

Built against openai 3.54.0 and websockets 15; the beta protocol is not spoken.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from inference.adapters import evidence, in_flight, instructions
from inference.adapters.base import (
    Adapter,
    AdapterError,
    PermanentError,
    Reply,
    Stage,
    StageStore,
    clip_hash,
    stage_key,
)
from inference.adapters.endpoint import Endpoint, TimeLimits
from inference.adapters.instructions import Instructions
from inference.adapters.realtime import session
from inference.adapters.realtime.answer import STAGE, Answer
from inference.audio.clip import Clip

if TYPE_CHECKING:
    from openai.types.realtime import RealtimeSessionCreateRequestParam

    from inference.adapters.realtime.line import Line

# What the server's recogniser makes of the prompt: beside the answer, which does not come from it.
HEARD = "hear"
LIBRARIES = ("openai", "websockets", "numpy", "soxr")


class Realtime(Adapter):
    """Speaks with a model behind the Realtime protocol."""

    batch_size: int = Field(default=8, ge=1, le=64, description="How many connections may be open at once.")
    endpoint: Endpoint
    voice: str = Field(min_length=1, max_length=80, description="A voice's name, or the id of a custom one.")
    instructions: Instructions = "default"
    max_output_tokens: Literal["inf"] | Annotated[int, Field(ge=1, le=4096)] = "inf"
    input_transcription: str = Field(
        default="", max_length=80, description="The model that writes down, for moderators, what was said."
    )
    reasoning_effort: Literal["minimal", "low", "medium", "high", "xhigh"] | None = Field(
        default=None, description="Of models that reason; left to the server where it is left out."
    )
    hears_seconds: float | None = Field(default=None, gt=0, description="The longest prompt it hears.")

    @property
    def queue(self) -> Literal["api", "gpu"]:
        """The work is done elsewhere."""
        return "api"

    @property
    def longest_prompt_seconds(self) -> float | None:
        """As configured."""
        return self.hears_seconds

    @property
    def secret_names(self) -> tuple[str, ...]:
        """The key of the endpoint."""
        return (self.endpoint.secret,) if self.endpoint.secret else ()

    def respond(
        self, prompts: Sequence[Clip], *, seed: int, stages: Sequence[StageStore]
    ) -> Iterator[Reply | AdapterError]:
        """Ask about all prompts at once, each on a connection of its own. The protocol knows no seed."""
        ask = partial(self._ask, seed=seed)
        return in_flight.outcomes(ask, prompts, stages, longest_seconds=self.longest_prompt_seconds)

    def _ask(self, prompt: Clip, stages: StageStore, *, seed: int) -> Reply:
        # These load the openai package, which takes a second.
        from inference.adapters import openai_http  # noqa: PLC0415 -- at the first call
        from inference.adapters.realtime import line  # noqa: PLC0415 -- at the first call

        settings = self._settings()
        began = time.monotonic()
        talk = _Talk(began)
        try:
            with (
                openai_http.calling(self.endpoint, stage=line.CONNECT) as client,
                line.opened(client, self.endpoint) as opened,
            ):
                talk.hold(opened, settings, prompt, self.endpoint.limits)
                ended = time.monotonic()
            clip = talk.answer.clip()
        except PermanentError:
            self._keep(stages, STAGE, talk.answer.text, prompt=prompt, seconds=time.monotonic() - began)
            raise
        finally:
            self._keep(stages, HEARD, talk.answer.heard or "", prompt=prompt, seconds=talk.heard_seconds)
        return Reply(
            clip=clip,
            total_seconds=ended - began,
            transcript=talk.answer.text,
            first_audio_seconds=talk.first_audio_seconds,
            parameters=self._evidence(talk.answer, settings, seed=seed),
            stop_reason=talk.answer.stop_reason,
        )

    def _settings(self) -> "RealtimeSessionCreateRequestParam":
        return session.settings(
            voice=self.voice,
            instructions=instructions.text(self.instructions),
            max_output_tokens=self.max_output_tokens,
            transcriber=self.input_transcription,
            effort=self.reasoning_effort,
        )

    def _keep(self, stages: StageStore, name: str, text: str, *, prompt: Clip, seconds: float) -> None:
        """Keep words that no reply will hold, where there are any."""
        if text:
            model = self.input_transcription if name == HEARD else self.endpoint.model
            key = stage_key(name, model=model, settings={}, given=clip_hash(prompt))
            stages.put(Stage(name=name, key=key, text=text, seconds=seconds, tags={"model": model}))

    def _evidence(
        self, answer: Answer, settings: "RealtimeSessionCreateRequestParam", *, seed: int
    ) -> dict[str, object]:
        asked = {name: value for name, value in settings.items() if name != "instructions"}
        return evidence.parameters(
            seed=seed,
            libraries=LIBRARIES,
            revision=answer.model,
            instructions=instructions.text(self.instructions),
            model=self.endpoint.model,
            session=asked,
            response=answer.id,
            usage=answer.usage,
            incomplete=answer.reason or None,
            unknown_events=answer.unknown or None,
            transcription_error=answer.heard_error or None,
        )


@dataclass
class _Talk:
    """One prompt and its answer over a line.

    Attributes:
        began: when the call began, as `time.monotonic` has it.
        answer: what the server said so far.
        first_audio_seconds: since then, until the first sound came; None before that.
        heard_seconds: since then, until the server had written down what it heard.
    """

    began: float
    answer: Answer = field(default_factory=Answer)
    first_audio_seconds: float | None = None
    heard_seconds: float = 0.0

    def hold(
        self, line: "Line", settings: "RealtimeSessionCreateRequestParam", prompt: Clip, limits: TimeLimits
    ) -> None:
        """Agree on the settings, send the prompt, and listen until the answer is complete.

        Raises:
            AdapterError: it does not become complete.
        """
        chunks = list(session.chunks(prompt))
        line.be_patient(limits.first_byte)
        line.set_up(settings)
        # A prompt that went ahead of refused settings would meet the server's own, voice detection included.
        while self.answer.rate is None:
            self.answer.take(line.next())
        line.ask(chunks)
        while not self.answer.complete:
            self._listen(line, limits)

    def _listen(self, line: "Line", limits: TimeLimits) -> None:
        self.answer.take(line.next())
        since = time.monotonic() - self.began
        if self.first_audio_seconds is None and self.answer.sounding:
            self.first_audio_seconds = since
            line.be_patient(limits.silence)
        if self.answer.heard is not None and not self.heard_seconds:
            self.heard_seconds = since
