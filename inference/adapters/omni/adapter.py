"""Speech to speech in one model, run here by transformers; torch is imported at the first prompt."""

import time
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field

from inference.adapters import evidence, extras
from inference.adapters.base import Adapter, AdapterError, PermanentError, Reply, StageStore, check_prompt
from inference.adapters.omni.base import STAGE_LOAD, Spoken, Weights
from inference.adapters.omni.moshi import Moshi
from inference.adapters.omni.qwen3 import Qwen3
from inference.adapters.omni.qwen25 import Qwen25
from inference.audio.clip import Clip

LIBRARIES = ("torch", "transformers", "tokenizers", "accelerate", "flash-attn")


class Omni(Adapter):
    """A native model of transformers that hears speech and speaks.

    A batch is one forward pass where the class can do that (both Qwen-Omni), else a loop inside (Moshi).
    """

    path: str = Field(min_length=1, description="A repository of the Hugging Face hub, or a folder.")
    revision: str = Field(
        default="", pattern=r"^[\w.\-/]{0,80}$", description="A commit of the hub's repository; empty: main."
    )
    device: str = Field(
        default="auto",
        pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$",
        description="auto: a GPU where there is one, else the processor.",
    )
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        default="auto", description="auto: bfloat16 on a GPU, float32 on a processor."
    )
    attention: Literal["sdpa", "eager", "flash_attention_2"] = "sdpa"
    model: Annotated[Qwen25 | Qwen3 | Moshi, Field(discriminator="kind")]

    @property
    def queue(self) -> Literal["api", "gpu"]:
        """Where the weights fit."""
        return "gpu"

    @property
    def longest_prompt_seconds(self) -> float | None:
        """What the model class hears at most."""
        return self.model.longest_prompt_seconds

    def respond(
        self, prompts: Sequence[Clip], *, seed: int, stages: Sequence[StageStore]
    ) -> Iterator[Reply | AdapterError]:
        """Load once, refuse what cannot be asked, and answer the rest together.

        There are no stages: a model's words and its sound come out of one call.
        """
        outcomes: dict[int, Reply | AdapterError] = {}
        for number, (prompt, _) in enumerate(zip(prompts, stages, strict=True)):
            try:
                check_prompt(prompt, longest_seconds=self.longest_prompt_seconds)
            except PermanentError as error:
                outcomes[number] = error
        asked = [number for number in range(len(prompts)) if number not in outcomes]
        if asked:
            answers = self._answered([prompts[number] for number in asked], seed=seed)
            outcomes.update(zip(asked, answers, strict=True))
        for number in range(len(prompts)):
            yield outcomes[number]

    def _answered(self, prompts: Sequence[Clip], *, seed: int) -> Sequence[Reply | AdapterError]:
        try:
            for package in ("torch", "transformers"):
                extras.package_folder(package, extra="local", stage=STAGE_LOAD)
            from inference.adapters.omni import weights  # noqa: PLC0415 -- imports torch

            loaded = weights.hold(
                self.model,
                path=self.path,
                revision=self.revision,
                on=(self.device, self.dtype, self.attention),
            )
        except PermanentError as error:
            return [error] * len(prompts)
        started = time.perf_counter()
        spoken = self.model.answer(prompts, loaded, seed=seed)
        seconds = time.perf_counter() - started
        return [
            one if isinstance(one, AdapterError) else self._reply(one, loaded, seed=seed, seconds=seconds)
            for one in spoken
        ]

    def _reply(self, spoken: Spoken, loaded: Weights, *, seed: int, seconds: float) -> Reply:
        parameters = evidence.parameters(
            seed=seed,
            libraries=LIBRARIES,
            device=f"{loaded.device} ({loaded.hardware})",
            revision=loaded.revision,
            instructions=self.model.told,
            checkpoint=self.path,
            dtype=loaded.dtype,
            attention=self.attention,
            **spoken.parameters,
        )
        return Reply(
            clip=spoken.clip,
            total_seconds=seconds,
            transcript=spoken.transcript,
            parameters=parameters,
            stop_reason="end" if spoken.ended else "length",
        )
