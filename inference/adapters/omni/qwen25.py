"""Qwen2.5-Omni: thinker, talker, and a diffusion decoder with BigVGAN. Built against transformers 5.23."""

from typing import Any, ClassVar, Literal

from inference.adapters.omni.base import Files, Sampling, refused
from inference.adapters.omni.qwen import Qwen

SPEAKERS = "spk_dict.pt"
# Upstream's model card asks for these very words, or there may be no sound: the exception to S12.
# Source: the README of https://github.com/QwenLM/Qwen2.5-Omni, "Prompt for audio output".
FIXED = (
    "You are Qwen, a virtual human developed by the Qwen Team, Alibaba Group, capable of perceiving "
    "auditory and visual inputs, as well as generating text and speech."
)
# The vocoder's rate stands in no configuration. Source: the model card writes its example with 24000.
SPEAKS_HERTZ = 24_000


class Talker25(Sampling):
    """The defaults of `Qwen2_5OmniForConditionalGeneration.generate`."""

    max_new_tokens: int = 4_096
    do_sample: bool | None = True
    temperature: float | None = 0.9
    top_k: int | None = 40
    top_p: float | None = 0.8
    repetition_penalty: float | None = 1.05


class Qwen25(Qwen):
    """Qwen2.5-Omni. Its system text is fixed."""

    MODEL_TYPE: ClassVar[str] = "qwen2_5_omni"
    CLASS: ClassVar[str] = "Qwen2_5OmniForConditionalGeneration"
    # Of less, nothing is left after the encoder's convolution and pooling.
    SHORTEST_SECONDS: ClassVar[float] = 0.1

    kind: Literal["qwen2.5-omni"]
    voice: str = "Chelsie"
    talker: Talker25 = Talker25()

    @property
    def told(self) -> str:
        """The fixed text."""
        return FIXED

    def check(self, config: Any, files: Files) -> None:
        """Refuse a checkpoint without talker, without speakers or without the voice."""
        if not config.enable_audio_output:
            raise refused("This checkpoint's talker is switched off: it can only write.", "talker_disabled")
        voices = files.entries(SPEAKERS)
        if voices is None:
            raise refused(f"The checkpoint lacks the speakers' file {SPEAKERS}.", "speakers_missing")
        if self.voice not in voices:
            raise refused(f"There is no voice {self.voice}, only {', '.join(voices)}.", "unknown_voice")

    def placeholders(self, frames: int, config: Any) -> int:
        """Halve twice, as the encoder's convolution and pooling do. Source: its processor."""
        return ((frames - 1) // 2 - 1) // 2 + 1

    def codec_end(self, config: Any) -> list[int]:
        """Both tokens that upstream ends at: 8292 and 8294 in the released checkpoint."""
        return [config.talker_config.tts_codec_pad_token_id, config.talker_config.tts_codec_end_token_id]

    def rate(self, config: Any) -> int:
        """A constant."""
        return SPEAKS_HERTZ

    def arguments(self, config: Any) -> dict[str, Any]:
        """Name the talker's end tokens, which this class does not read from its configuration."""
        return super().arguments(config) | {"talker_eos_token_id": self.codec_end(config)}
