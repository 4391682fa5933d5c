"""All that an adapter's author must read: what an adapter is, what it is given and what it hands back."""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from inference.audio.clip import Clip


class AdapterError(Exception):
    """Why one prompt got no answer. Use `TransientError` or `PermanentError`.

    Anything else that leaves an adapter counts as a crash of the whole batch.

    Attributes:
        message: one sentence for the system's owner.
        code: a stable slug for programs, at most 60 characters.
        stage: which step failed, at most 40 characters; empty where there are no steps.
        transient: whether the same prompt may succeed later.
    """

    transient: ClassVar[bool]

    def __init__(self, message: str, *, code: str, stage: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.stage = stage


class TransientError(AdapterError):
    """Worth another try: a time-out, a full queue, a connection that broke.

    Attributes:
        retry_after_seconds: how long the other side asked to be left alone; None where it did not say.
    """

    transient = True

    def __init__(
        self, message: str, *, code: str, stage: str = "", retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message, code=code, stage=stage)
        self.retry_after_seconds = retry_after_seconds


class PermanentError(AdapterError):
    """The same prompt would fail again: too long, refused, answered without sound."""

    transient = False


@dataclass(frozen=True)
class Stage:
    """One finished step of an answer.

    Attributes:
        name: what was done, at most 40 characters.
        key: `stage_key` of all that went in.
        text: what came out; empty for a step whose result is sound.
        seconds: how long the work took when it was done.
        tags: what came out beside the text, such as a language or an emotion; JSON values.
    """

    name: str
    key: str
    text: str
    seconds: float
    tags: Mapping[str, object] = field(default_factory=dict)


class StageStore(Protocol):
    """Remembers the finished stages of one prompt, so that a restart repeats none of them."""

    def get(self, name: str, key: str) -> Stage | None:
        """Return the stage finished earlier with the same input; None if there is none."""
        ...

    def put(self, stage: Stage) -> None:
        """Keep a finished stage at once. A key that is known already stays as it was."""
        ...


class MemoryStages:
    """A StageStore that lives as long as the process."""

    def __init__(self) -> None:
        self._stages: dict[tuple[str, str], Stage] = {}

    def get(self, name: str, key: str) -> Stage | None:
        """Return the stage finished earlier with the same input; None if there is none."""
        return self._stages.get((name, key))

    def put(self, stage: Stage) -> None:
        """Keep a finished stage, the first of its key."""
        self._stages.setdefault((stage.name, stage.key), stage)

    def all(self) -> list[Stage]:
        """Return what was kept, in the order of finishing."""
        return list(self._stages.values())


@dataclass(frozen=True)
class Reply:
    """An answer as the system gave it, before the arena's checks.

    Attributes:
        clip: the sound, at the rate at which the system speaks.
        total_seconds: how long the answer took, stages of an earlier try included.
        transcript: the system's own words; None where it has none.
        first_audio_seconds: from the call to the first sound; None where that was not seen.
        parameters: all that shaped the answer and is not the configuration; JSON values, see `evidence`.
        stop_reason: why it ended: `end`, `length`, `filter` or `time`. A cut answer is kept and marked.
    """

    clip: Clip
    total_seconds: float
    transcript: str | None = None
    first_audio_seconds: float | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)
    stop_reason: str = "end"


class Adapter(BaseModel, ABC):
    """One way of calling speech-to-speech systems; its fields are what a researcher may configure.

    Make it cheap to import and cheap to build: libraries and weights load at the first `respond`, once per
    process, since the web process builds adapters too, to check what somebody typed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    batch_size: int = Field(default=1, ge=1, le=64, description="How many prompts one call is given at most.")

    @property
    @abstractmethod
    def queue(self) -> Literal["api", "gpu"]:
        """Which workers may run it."""

    @property
    def longest_prompt_seconds(self) -> float | None:
        """The longest prompt it hears; None: any that the arena takes. Longer ones are refused, never cut."""
        return None

    @property
    def secret_names(self) -> tuple[str, ...]:
        """The names of the stored secrets it asks `secrets.value` for; no others are lent to its process."""
        return ()

    @abstractmethod
    def respond(
        self, prompts: Sequence[Clip], *, seed: int, stages: Sequence[StageStore]
    ) -> Iterator[Reply | AdapterError]:
        """Yield one outcome per prompt, in order, as soon as each is known.

        What a prompt gets depends on nothing but the prompt, the configuration and the seed: neither on the
        rest of the batch nor on what was asked before.

        Args:
            prompts: what was said.
            seed: the same seed gives the same samples, where the system can do that at all.
            stages: one store per prompt, in the same order.
        """


class OneByOne(Adapter):
    """An adapter that answers prompts singly: a failing prompt fails alone."""

    @abstractmethod
    def answer(self, prompt: Clip, *, seed: int, stages: StageStore) -> Reply:
        """Answer one prompt, which is neither empty, nor broken, nor too long.

        Raises:
            AdapterError: it cannot be answered.
        """

    def respond(
        self, prompts: Sequence[Clip], *, seed: int, stages: Sequence[StageStore]
    ) -> Iterator[Reply | AdapterError]:
        """Check and answer the prompts one after the other."""
        outcome: Reply | AdapterError
        for prompt, store in zip(prompts, stages, strict=True):
            try:
                check_prompt(prompt, longest_seconds=self.longest_prompt_seconds)
                outcome = self.answer(prompt, seed=seed, stages=store)
            except AdapterError as error:
                outcome = error
            yield outcome


def check_prompt(prompt: Clip, *, longest_seconds: float | None) -> None:
    """Refuse what no system should be asked.

    Raises:
        PermanentError: `prompt_empty`, `prompt_not_finite` or `prompt_too_long`.
    """
    if prompt.samples.size == 0:
        raise PermanentError("The prompt holds no sound.", code="prompt_empty")
    if not np.isfinite(prompt.samples).all():
        raise PermanentError("The prompt holds samples that are not numbers.", code="prompt_not_finite")
    if longest_seconds is not None and prompt.seconds > longest_seconds:
        message = f"The prompt lasts {prompt.seconds:.1f} s; this system hears at most {longest_seconds:g} s."
        raise PermanentError(message, code="prompt_too_long")


def stage_key(name: str, *, model: str, settings: Mapping[str, object], given: str) -> str:
    """Hash all that a stage's result depends on: 64 hexadecimal digits.

    Args:
        name: the stage's name; two stages of a prompt never share a key.
        model: what did the work, with its version.
        settings: JSON values.
        given: the input: a text, or the `clip_hash` of a clip.
    """
    content = json.dumps([name, model, dict(settings), given], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode(errors="surrogatepass")).hexdigest()


def clip_hash(clip: Clip) -> str:
    """Hash a clip's rate and samples: equal for equal sound, whatever file it came from."""
    digest = hashlib.sha256(str(clip.rate).encode())
    digest.update(np.ascontiguousarray(clip.samples, dtype="<f4").tobytes())
    return digest.hexdigest()
