"""What the projects' adapters share: load once, ask the model, keep its words, speak them."""

import hashlib
import time
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from inference.adapters import evidence
from inference.adapters.base import (
    OneByOne,
    PermanentError,
    Reply,
    Stage,
    StageStore,
    clip_hash,
    stage_key,
)
from inference.adapters.research import upstream
from inference.audio.clip import Clip

STAGE_REPLY = "reply"
STAGE_SPEAK = "speak"
# The tags that `speak` and the Reply are made from.
CODES = "codes"
STOP = "stop_reason"
GIVEN = "prompt_text_sha256"
# Settings that shape no answer.
ELSEWHERE = {"batch_size", "checkout", "device"}


@dataclass(frozen=True)
class Told:
    """What a model answered, before it is made to sound.

    Attributes:
        text: its own words.
        codes: its speech in codes or units; JSON values.
        ended: whether it came to its end by itself; False where a limit cut it off.
        given: the text that the model was given; empty where its format has none.
        tags: whatever else it said.
    """

    text: str
    codes: list[Any]
    ended: bool
    given: str = ""
    tags: Mapping[str, object] = field(default_factory=dict)


class Research(OneByOne):
    """A research project, called as it is published, in its own environment.

    Answers are made singly: with one stream of chance for a batch, what a prompt gets would depend on its
    neighbours.
    """

    # Distributions whose versions matter.
    LIBRARIES: ClassVar[tuple[str, ...]]
    # Fields that choose what is loaded; the others shape single answers.
    LOADED_BY: ClassVar[tuple[str, ...]]

    checkout: str = Field(
        default="", description=f"The project's repository; empty: the variable {upstream.VARIABLE}."
    )
    device: str = Field(
        default="auto",
        pattern=r"^(auto|cpu|cuda(:\d+)?)$",
        description="auto: a GPU where there is one, else the processor.",
    )

    @property
    def queue(self) -> Literal["api", "gpu"]:
        """Where the weights fit."""
        return "gpu"

    @abstractmethod
    def load(self, device: str) -> Any:
        """Import the project and load its weights, with its checkout as the working directory."""

    @abstractmethod
    def ask(self, prompt: Clip, models: Any, *, seed: int) -> Told:
        """Have the model answer."""

    @abstractmethod
    def speak(self, codes: list[Any], models: Any) -> Clip:
        """Turn codes into sound, at the rate that the project's configuration says."""

    def answer(self, prompt: Clip, *, seed: int, stages: StageStore) -> Reply:
        """Ask, keep what was said, and speak it; a restart does not ask again.

        Raises:
            PermanentError: `no_audio` where there are words and no sound (the words are kept), or what
                `upstream.step` makes of the project's own errors.
        """
        checkout = upstream.found(self.checkout)
        commit = upstream.commit(checkout)
        with upstream.step(upstream.STAGE_LOAD):
            device, hardware = upstream.use(self.device)
            models = upstream.hold(
                (type(self), device, *(getattr(self, name) for name in self.LOADED_BY)),
                checkout=checkout,
                load=lambda: self.load(device),
            )
        reply = self._reply(prompt, models, seed=seed, stages=stages, revision=commit)
        codes, stop_reason = reply.tags[CODES], str(reply.tags[STOP])
        if not isinstance(codes, list) or not codes:
            said = f" It said: {reply.text[:80]}" if reply.text else ""
            raise PermanentError(
                f"The model answered without sound.{said}", code="no_audio", stage=STAGE_SPEAK
            )
        started = time.perf_counter()
        with upstream.step(STAGE_SPEAK):
            upstream.seed(seed)
            clip = self.speak(codes, models)
        return Reply(
            clip=clip,
            total_seconds=reply.seconds + time.perf_counter() - started,
            transcript=reply.text or None,
            parameters=evidence.parameters(
                seed=seed,
                libraries=("torch", *self.LIBRARIES),
                device=f"{device} ({hardware})",
                revision=commit,
                **{GIVEN: reply.tags.get(GIVEN), **self._settings()},
            ),
            stop_reason=stop_reason,
        )

    def _reply(self, prompt: Clip, models: Any, *, seed: int, stages: StageStore, revision: str) -> Stage:
        settings = {"seed": seed, **self._settings()}
        model = f"{type(self).__name__}@{revision}"
        key = stage_key(STAGE_REPLY, model=model, settings=settings, given=clip_hash(prompt))
        if known := stages.get(STAGE_REPLY, key):
            return known
        started = time.perf_counter()
        with upstream.step(STAGE_REPLY):
            upstream.seed(seed)
            told = self.ask(prompt, models, seed=seed)
        tags = {
            **told.tags,
            CODES: told.codes,
            STOP: "end" if told.ended else "length",
            GIVEN: hashlib.sha256(told.given.encode()).hexdigest() if told.given else None,
        }
        stage = Stage(STAGE_REPLY, key, told.text, time.perf_counter() - started, tags)
        stages.put(stage)
        return stage

    def _settings(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude=ELSEWHERE)


def sound(wave: Any, rate: int) -> Clip:
    """Make a clip of a tensor of one channel, whatever its shape, device and type."""
    return Clip(samples=np.ascontiguousarray(wave.detach().float().cpu().numpy().reshape(-1)), rate=int(rate))
