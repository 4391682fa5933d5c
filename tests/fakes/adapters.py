"""Adapters whose behaviour a test chooses by the length of the prompt."""

import ctypes
import time
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from inference.adapters.base import Adapter, AdapterError, PermanentError, Reply, Stage, StageStore, TransientError
from inference.audio.clip import Clip

# Counts calls of `respond` by the number of prompts that each was given.
batches: list[int] = []
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
            match self.script.get(f"{prompt.seconds:.1f}"):
                case "transient":
                    yield TransientError("The line is busy.", code="busy", stage="call")
                case "permanent":
                    yield PermanentError("This will never do.", code="never")
                case "raise":
                    raise ValueError("a bug in the adapter")
                case "end":
                    return
                case "garbage":
                    yield "garbage"
                case "silent":
                    yield Reply(clip=Clip(np.zeros_like(prompt.samples), prompt.rate), total_seconds=0.1)
                case "nan":
                    yield Reply(clip=Clip(prompt.samples * np.float32("nan"), prompt.rate), total_seconds=0.1)
                case "segfault":
                    ctypes.string_at(0)
                case "die after a stage":
                    yield Reply(clip=prompt, total_seconds=0.1, transcript=self._staged(store))
                case _:
                    yield Reply(clip=prompt, total_seconds=0.1, transcript=f"seed {seed}")

    def _staged(self, store: StageStore) -> str:
        """Die once its first step is done and kept; find it there the next time."""
        if known := store.get("hear", KEY):
            return f"remembered {known.text}"
        store.put(Stage(name="hear", key=KEY, text="words", seconds=1.25))
        raise ValueError("died after its first stage")
