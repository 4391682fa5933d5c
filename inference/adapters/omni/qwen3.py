"""Qwen3-Omni: thinker and talker are mixtures of experts. Built against transformers 5.23."""

from contextlib import AbstractContextManager
from typing import Any, ClassVar, Literal

from inference.adapters.instructions import Instructions, text
from inference.adapters.omni.base import Files, Sampling, refused
from inference.adapters.omni.qwen import Qwen

# Stands in no configuration. Source: the README of https://github.com/QwenLM/Qwen3-Omni writes 24000.
SPEAKS_HERTZ = 24_000


class Talker3(Sampling):
    """The defaults of `Qwen3OmniMoeForConditionalGeneration.generate`."""

    max_new_tokens: int = 4_096
    do_sample: bool | None = True
    temperature: float | None = 0.9
    top_k: int | None = 50
    top_p: float | None = 1.0
    repetition_penalty: float = 1.05


class Qwen3(Qwen):
    """Qwen3-Omni (Instruct; the others have no talker)."""

    MODEL_TYPE: ClassVar[str] = "qwen3_omni_moe"
    CLASS: ClassVar[str] = "Qwen3OmniMoeForConditionalGeneration"
    # One window of the encoder. A shorter one is padded to the batch's longest, and in transformers 5.23 what
    # is padded leaks into the last frames: the same prompt would get another answer alone.
    SHORTEST_SECONDS: ClassVar[float] = 1.0

    kind: Literal["qwen3-omni"]
    voice: str = "Ethan"
    instructions: Instructions = "default"
    talker: Talker3 = Talker3()

    @property
    def told(self) -> str:
        """What is configured."""
        return text(self.instructions)

    def check(self, config: Any, files: Files) -> None:
        """Refuse a checkpoint without talker or without the voice; the voices stand in its configuration."""
        if not config.enable_audio_output:
            raise refused("This checkpoint's talker is switched off: it can only write.", "talker_disabled")
        voices = sorted(config.talker_config.speaker_id or {})
        if self.voice.lower() not in voices:
            known = ", ".join(voices) or "none"
            raise refused(f"There is no voice {self.voice}, only {known}.", "unknown_voice")

    def arguments(self, config: Any) -> dict[str, Any]:
        """Punish repetition by our own means: upstream's depend on the padding."""
        from inference.adapters.omni import watch  # noqa: PLC0415 -- imports torch

        own = {
            "talker_repetition_penalty": 1.0,
            "talker_logits_processor": [watch.penalty(self.talker.repetition_penalty)],
        }
        return super().arguments(config) | own

    def mended(self, model: Any, end: int) -> AbstractContextManager[None]:
        """Let all rows of a batch end their text alike."""
        from inference.adapters.omni import watch  # noqa: PLC0415 -- imports torch

        return watch.end_one_earlier(model.thinker, end)

    def placeholders(self, frames: int, config: Any) -> int:
        """Halve three times within each window of the encoder. Source: its processor."""
        window: int = 2 * config.thinker_config.audio_config.n_window
        whole, rest = divmod(frames, window)
        return whole * _thrice(window) + _thrice(rest)

    def codec_end(self, config: Any) -> list[int]:
        """The token that ends an answer."""
        return [config.talker_config.codec_eos_token_id]

    def rate(self, config: Any) -> int:
        """A constant."""
        return SPEAKS_HERTZ


def _thrice(frames: int) -> int:
    """Halve three times, upwards."""
    for _ in range(3):
        frames = -(-frames // 2)
    return frames
