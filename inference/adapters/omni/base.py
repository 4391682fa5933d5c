"""What the model classes of this family share; nothing here imports torch."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, Field

from inference.adapters.base import PermanentError
from inference.audio.clip import Clip

STAGE_LOAD = "load"
STAGE_SPEAK = "speak"


class Sampling(BaseModel):
    """How one part of a model picks its tokens. What is None is left to the checkpoint's own settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_new_tokens: int = Field(default=1_024, ge=2, le=32_768)
    # Upstream's code fails where a part ends at its very first token.
    min_new_tokens: int = Field(default=1, ge=1, description="No end before so many tokens.")
    do_sample: bool | None = None
    temperature: float | None = Field(default=None, gt=0)
    top_k: int | None = Field(default=None, ge=1)
    top_p: float | None = Field(default=None, gt=0, le=1)
    repetition_penalty: float | None = Field(default=None, gt=0)

    def arguments(self, prefix: str = "") -> dict[str, Any]:
        """Return what is set, as arguments of `generate`."""
        return {prefix + name: value for name, value in self.model_dump().items() if value is not None}


@dataclass(frozen=True)
class Weights:
    """A checkpoint in memory.

    Attributes:
        model: the transformers model, on its device, ready for inference.
        tokenizer: of its own text.
        ears: turns samples into features; None where the model takes samples.
        device: such as `cuda:0`.
        hardware: what the device is called by its maker.
        dtype: of the model's numbers, such as `bfloat16`.
        revision: the commit that was loaded; empty for a folder without one.
        seconds: how long loading took.
    """

    model: Any
    tokenizer: Any
    ears: Any
    device: str
    hardware: str
    dtype: str
    revision: str
    seconds: float


@dataclass(frozen=True)
class Spoken:
    """What a model said.

    Attributes:
        clip: the sound.
        transcript: the words that went with it; None where the model has none.
        ended: whether the model itself came to an end; False where a limit cut it off.
        parameters: what is worth keeping of how it came about; JSON values.
    """

    clip: Clip
    transcript: str | None
    ended: bool
    parameters: Mapping[str, object]


class Kind(BaseModel, ABC):
    """A model class: its settings, which checkpoint it takes and how it is asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # `model_type` of a checkpoint's config.json.
    MODEL_TYPE: ClassVar[str]
    # What loads it, by its name in transformers.
    CLASS: ClassVar[str]
    # Whether a feature extractor comes with the checkpoint.
    NEEDS_EARS: ClassVar[bool] = True

    @property
    @abstractmethod
    def longest_prompt_seconds(self) -> float:
        """The longest prompt it hears."""

    @property
    def told(self) -> str:
        """The text that the model is given beside the prompt."""
        return ""

    @abstractmethod
    def check(self, config: Any, files: "Files") -> None:
        """Refuse a checkpoint that cannot do what is configured, before its weights are loaded.

        Raises:
            PermanentError: with a sentence for the system's owner.
        """

    @abstractmethod
    def answer(
        self, prompts: Sequence[Clip], weights: Weights, *, seed: int
    ) -> "list[Spoken | PermanentError]":
        """Answer prompts, none of them empty, broken or too long; one outcome for each, in order."""


class Files(Protocol):
    """The files of a checkpoint beside its weights."""

    def entries(self, name: str) -> list[str] | None:
        """List the keys of a dictionary that torch saved, sorted; None where there is no such file."""
        ...


def no_audio(why: str) -> PermanentError:
    """Say that a model ended without sound."""
    return PermanentError(why, code="no_audio", stage=STAGE_SPEAK)


def refused(why: str, code: str) -> PermanentError:
    """Say why a checkpoint is not loaded."""
    return PermanentError(why, code=code, stage=STAGE_LOAD)
