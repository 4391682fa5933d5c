"""The floor of every board: a system that says back what it heard."""

from typing import Literal

from inference.adapters.base import OneByOne, Reply, StageStore
from inference.audio.clip import Clip


class Echo(OneByOne):
    """Returns the prompt itself."""

    @property
    def queue(self) -> Literal["api", "gpu"]:
        """Any worker will do."""
        return "api"

    def answer(self, prompt: Clip, *, seed: int, stages: StageStore) -> Reply:
        """Hand the prompt back, sample for sample; chance plays no part and nothing is worth remembering."""
        return Reply(clip=prompt, total_seconds=0.0)
