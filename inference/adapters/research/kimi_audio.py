"""Kimi-Audio: speech tokens and Whisper features into Qwen 2.5, words and speech tokens out, side by side.

Built against MoonshotAI/Kimi-Audio 2607d51, which needs a GPU.
"""

import tempfile
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from inference.adapters.research.base import Research, Told, sound
from inference.audio.clip import Clip

# Prompt and answer share upstream's 120 s; this leaves 30 for the answer.
LONGEST_SECONDS = 90.0


@dataclass(frozen=True)
class _Models:
    model: Any
    ends: list[bool]


class KimiAudio(Research):
    """Qwen 2.5 7B that hears and speaks Chinese and English."""

    LIBRARIES: ClassVar = ("transformers", "torchaudio", "librosa", "torchdyn", "flash-attn", "numpy")
    LOADED_BY: ClassVar = ("model",)

    model: str = Field(
        default="moonshotai/Kimi-Audio-7B-Instruct", min_length=1, description="On the hub, or a folder."
    )
    audio_temperature: float = Field(default=0.8, ge=0)
    audio_top_k: int = Field(default=10, ge=1)
    audio_repetition_penalty: float = Field(default=1.0, gt=0)
    audio_repetition_window_size: int = Field(default=64, ge=1)
    text_temperature: float = Field(default=0.0, ge=0)
    text_top_k: int = Field(default=5, ge=1)
    text_repetition_penalty: float = Field(default=1.0, gt=0)
    text_repetition_window_size: int = Field(default=16, ge=1)

    @property
    def longest_prompt_seconds(self) -> float | None:
        """A minute and a half."""
        return LONGEST_SECONDS

    def load(self, device: str) -> Any:
        """Load everything by upstream's class, which takes the device that `cuda` means."""
        published: Any = import_module("kimia_infer.api.kimia").KimiAudio
        ends: list[bool] = []

        class Staged(published):  # type: ignore[misc]  # of another environment
            """Upstream's model, which stops before it speaks: words are kept where there is no sound."""

            def detokenize_audio(self, audio_tokens: Any) -> Any:
                return audio_tokens

            def spoken(self, audio_tokens: Any) -> Any:
                return super().detokenize_audio(audio_tokens)

            def _generate_loop(self, **arguments: Any) -> Any:
                """Look whether the sound came to an end, before upstream drops the token that says so."""
                codes, words = super()._generate_loop(**arguments)
                ends[:] = [bool(codes) and codes[-1] in self.eod_ids]
                return codes, words

        return _Models(Staged(model_path=self.model, load_detokenizer=True), ends)

    def ask(self, prompt: Clip, models: _Models, *, seed: int) -> Told:
        """Generate both streams; upstream reads the prompt from a file."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "prompt.wav"
            path.write_bytes(prompt.wav())
            messages = [{"role": "user", "message_type": "audio", "content": str(path)}]
            codes, words = models.model.generate(messages, output_type="both", **self._sampling())
        return Told(text=words.strip(), codes=codes.reshape(-1).tolist(), ended=models.ends[0])

    def speak(self, codes: list[Any], models: _Models) -> Clip:
        """Decode by flow matching from noise, in blocks, then BigVGAN."""
        torch = import_module("torch")
        with torch.inference_mode():
            wave = models.model.spoken(torch.tensor([codes]))
        return sound(wave, models.model.detokenizer.vocoder.h["sampling_rate"])

    def _sampling(self) -> dict[str, Any]:
        names = [name for name in type(self).model_fields if name.startswith(("audio_", "text_"))]
        return self.model_dump(include=set(names))
