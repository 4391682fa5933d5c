"""Chat completions with sound in and out, at any server that speaks them.

Built against openai 3.54.0: OpenAI's own models, Alibaba's Qwen-Omni, a local vLLM that serves Qwen-Omni.
"""

import base64
import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Literal

from pydantic import Field, JsonValue, field_validator, model_validator

from inference.adapters import evidence, in_flight, instructions
from inference.adapters.audio_chat.spoken import STAGE, Spoken
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
from inference.adapters.endpoint import Endpoint
from inference.adapters.instructions import Instructions
from inference.audio.clip import Clip

LIBRARIES = ("openai", "numpy", "soxr")
# What the adapter sets itself.
OWN = frozenset({"model", "messages", "modalities", "audio", "stream", "stream_options", "seed"})
# Some servers take no seed beyond 31 bits.
SEEDS = 2**31


class AudioChat(Adapter):
    """Asks a chat model that hears and speaks."""

    batch_size: int = Field(default=8, ge=1, le=64, description="How many calls may be in flight at once.")
    endpoint: Endpoint
    voice: str = Field(min_length=1, max_length=80, description="A voice's name.")
    format: Literal["wav", "flac", "mp3", "pcm16"] = Field(
        default="wav", description="What is asked for; what comes is read by what it is."
    )
    stream: bool = Field(default=False, description="Whether the answer comes in pieces as it is made.")
    instructions: Instructions = "default"
    instructions_in: Literal["system", "user"] = Field(
        default="system", description="Whose words they are; some servers take no system's beside sound."
    )
    data_uri: bool = Field(default=False, description="Send the prompt as data:;base64,… (Alibaba's way).")
    prompt_rate: int = Field(
        default=24_000, ge=8_000, le=48_000, description="Hz of the prompt that is sent."
    )
    pcm_rate: int | None = Field(
        default=None,
        ge=8_000,
        le=48_000,
        description="Hz of samples that come without a header; left out where only files are to come.",
    )
    generation: dict[str, JsonValue] = Field(default={}, description="Further fields of the request.")
    hears_seconds: float | None = Field(default=None, gt=0, description="The longest prompt it hears.")

    @field_validator("generation")
    @classmethod
    def _leaves_ours_alone(cls, value: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if taken := sorted(OWN & value.keys()):
            raise ValueError(f"the adapter sets {', '.join(taken)} itself")
        return value

    @model_validator(mode="after")
    def _knows_the_rate(self) -> "AudioChat":
        if self.format == "pcm16" and self.pcm_rate is None:
            raise ValueError("pcm16 has no header: say its pcm_rate")
        return self

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
        """Ask about all prompts at once, each in a call of its own."""
        ask = partial(self._ask, seed=seed)
        return in_flight.outcomes(ask, prompts, stages, longest_seconds=self.longest_prompt_seconds)

    def _ask(self, prompt: Clip, stages: StageStore, *, seed: int) -> Reply:
        # It loads the openai package, which takes a second.
        from inference.adapters import openai_errors, openai_http  # noqa: PLC0415 -- at the first call

        request = self._request(prompt, seed=seed)
        spoken, first = Spoken(), None
        began = time.monotonic()
        try:
            with openai_http.calling(self.endpoint, stage=STAGE) as client:
                answer = client.chat.completions.create(**request)
                for piece in answer if self.stream else [answer]:
                    if not hasattr(piece, "to_dict"):
                        raise openai_errors.unreadable(stage=STAGE)
                    spoken.take(piece.to_dict(warnings=False))
                    if first is None and spoken.sound and self.stream:
                        first = time.monotonic() - began
            seconds = time.monotonic() - began
            clip = spoken.clip(pcm_rate=self.pcm_rate)
        except PermanentError:
            self._keep(stages, spoken.own_words, prompt=prompt, seconds=time.monotonic() - began)
            raise
        return Reply(
            clip=clip,
            total_seconds=seconds,
            transcript=spoken.own_words or None,
            first_audio_seconds=first,
            parameters=self._evidence(spoken, request, seed=seed),
            stop_reason=spoken.stop_reason,
        )

    def _request(self, prompt: Clip, *, seed: int) -> dict[str, Any]:
        data = base64.b64encode(prompt.resampled(self.prompt_rate).wav()).decode("ascii")
        sound = {"data": f"data:;base64,{data}" if self.data_uri else data, "format": "wav"}
        user: list[dict[str, Any]] = [{"type": "input_audio", "input_audio": sound}]
        told = instructions.text(self.instructions)
        system = []
        if told and self.instructions_in == "system":
            system = [{"role": "system", "content": told}]
        elif told:
            user.insert(0, {"type": "text", "text": told})
        request: dict[str, Any] = {
            "model": self.endpoint.model,
            "messages": [*system, {"role": "user", "content": user}],
            "modalities": ["text", "audio"],
            "audio": {"voice": self.voice, "format": self.format},
            "seed": seed % SEEDS,
            "extra_body": dict(self.generation),
        }
        if self.stream:
            request |= {"stream": True, "stream_options": {"include_usage": True}}
        return request

    def _keep(self, stages: StageStore, text: str, *, prompt: Clip, seconds: float) -> None:
        """Keep words that no reply will hold, where there are any."""
        if text:
            model = self.endpoint.model
            key = stage_key(STAGE, model=model, settings={}, given=clip_hash(prompt))
            stages.put(Stage(name=STAGE, key=key, text=text, seconds=seconds, tags={"model": model}))

    def _evidence(self, spoken: Spoken, request: dict[str, Any], *, seed: int) -> dict[str, object]:
        return evidence.parameters(
            seed=seed,
            libraries=LIBRARIES,
            revision=spoken.model,
            instructions=instructions.text(self.instructions),
            model=self.endpoint.model,
            audio=request["audio"],
            stream=self.stream,
            seed_sent=request["seed"],
            prompt_rate=self.prompt_rate,
            instructions_in=self.instructions_in,
            further=request["extra_body"] or None,
            response=spoken.id or None,
            system_fingerprint=spoken.fingerprint or None,
            usage=spoken.usage,
        )
