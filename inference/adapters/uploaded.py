"""What stands where a system has no adapter: its answers were made elsewhere and are uploaded (S16)."""

from typing import Literal

from pydantic import Field, JsonValue

from inference.adapters.base import OneByOne, PermanentError, Reply, StageStore
from inference.audio.clip import Clip


class Uploaded(OneByOne):
    """Calls nothing. Its configuration says how the answers were made, as far as that is known."""

    as_run: dict[str, JsonValue] = Field(default={}, description="Model, settings and protocol of that time.")

    @property
    def queue(self) -> Literal["api", "gpu"]:
        """No worker is ever given it."""
        return "api"

    def answer(self, prompt: Clip, *, seed: int, stages: StageStore) -> Reply:
        """Refuse.

        Raises:
            PermanentError: `uploaded`.
        """
        raise PermanentError("This system cannot be called: its answers are uploaded.", code="uploaded")
