"""Adapters whose behaviour a test chooses by the length of the prompt."""

import time
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from inference.adapters.base import (
    Adapter,
    AdapterError,
    PermanentError,
    Reply,
    Stage,
    StageStore,
    TransientError,
)
from inference.audio.clip import Clip

# Counts calls of `respond` by the number of prompts that each was given.
batches: list[int] = []
# The lengths of the prompts that were come to, in seconds.
answered: list[float] = []
KEY = "k" * 64


class Scripted(Adapter):
    """Echoes, but for prompts of the lengths that the script names ("0.5": so many seconds)."""

    script: dict[str, str] = {}
    pause_seconds: float = 0.0
    runs_on: Literal["api", "gpu"] = "api"

    @property
    def queue(self) -> Literal["api", "gpu"]:
        return self.runs_on

    def respond(
        self, prompts: Sequence[Clip], *, seed: int, stages: Sequence[StageStore]
    ) -> Iterator[Reply | AdapterError]:
        batches.append(len(prompts))
        for prompt, store in zip(prompts, stages, strict=True):
            time.sleep(self.pause_seconds)
            answered.append(prompt.seconds)
            what = self.script.get(f"{prompt.seconds:.1f}", "echo")
            if what == "end":
                return
            if what == "transient":
                yield TransientError("The line is busy.", code="busy", stage="call")
            elif what == "permanent":
                yield PermanentError("This will never do.", code="never")
            elif what == "garbage":
                yield "garbage"  # type: ignore[misc]  # that is the point
            else:
                yield Reply(
                    clip=self._sound(what, prompt),
                    total_seconds=0.1,
                    transcript=self._staged(store) if what == "die after a stage" else f"seed {seed}",
                )

    def _sound(self, what: str, prompt: Clip) -> Clip:
        if what == "raise":
            raise ValueError("a bug in the adapter")
        if what == "silent":
            return Clip(np.zeros_like(prompt.samples), prompt.rate)
        if what == "nan":
            return Clip(prompt.samples * np.float32("nan"), prompt.rate)
        return prompt

    def _staged(self, store: StageStore) -> str:
        """Die once its first step is done and kept; find it there the next time."""
        if known := store.get("hear", KEY):
            return f"remembered {known.text}"
        store.put(Stage(name="hear", key=KEY, text="words", seconds=1.25))
        raise ValueError("died after its first stage")
