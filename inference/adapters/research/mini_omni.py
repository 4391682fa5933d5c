"""Mini-Omni and Mini-Omni2: Whisper features in, eight streams out, one of words and seven of sound for SNAC.

Built against gpt-omni/mini-omni 26c31d5 and gpt-omni/mini-omni2 75f450e. Both have the same functions in
`inference.py`; which of them runs is which of them is checked out.
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from inference.adapters.base import PermanentError
from inference.adapters.research import delay, upstream
from inference.adapters.research.base import Research, Told, sound
from inference.audio.clip import Clip

# What Whisper hears at once; upstream cuts what is longer.
LONGEST_SECONDS = 30.0
# Upstream's rule for how many of Whisper's features are speech.
FEATURE_MS = 20


@dataclass(frozen=True)
class _Models:
    code: Any
    fabric: Any
    model: Any
    tokenizer: Any
    snac: Any
    whisper: Any
    device: str


class MiniOmni(Research):
    """A small model of English speech that speaks while it thinks."""

    LIBRARIES: ClassVar = ("lightning", "snac", "openai-whisper", "tokenizers", "numpy")
    LOADED_BY: ClassVar = ("project", "checkpoint")

    project: Literal["mini-omni", "mini-omni2"] = "mini-omni"
    checkpoint: str = Field(
        default="checkpoint", min_length=1, description="Where upstream's download puts its weights."
    )
    mode: Literal["audio", "batch"] = Field(
        default="audio",
        description="audio: words and sound of one row. batch: of two, the words of one without sound.",
    )
    max_positions: int = Field(default=2_048, ge=64, le=2_048, description="Prompt and answer together.")
    temperature: float = Field(default=0.9, gt=0)
    top_k: int = Field(default=1, ge=1, description="1: always the likeliest, whatever the temperature.")
    top_p: float = Field(default=1.0, gt=0, le=1)

    @property
    def longest_prompt_seconds(self) -> float | None:
        """Thirty seconds."""
        return LONGEST_SECONDS

    def load(self, device: str) -> Any:
        """Load all four models by upstream's own function."""
        upstream.needed(self.checkpoint, what=f"the weights of gpt-omni/{self.project}")
        code = upstream.module(Path("inference.py"), name="mini_omni_inference")
        if hasattr(code, "_image") != (self.project == "mini-omni2"):
            message = f"The checkout is not that of {self.project}."
            raise PermanentError(message, code="wrong_checkout", stage=upstream.STAGE_LOAD)
        fabric, model, tokenizer, snac, whisper = code.load_model(self.checkpoint, device)
        return _Models(code, fabric, model, tokenizer, snac, whisper, device)

    def ask(self, prompt: Clip, models: _Models, *, seed: int) -> Told:
        """Generate all eight streams, then take the words and the frames out of them."""
        rows, make, generate = (
            (2, models.code.get_input_ids_whisper_ATBatch, models.code.generate_TA_BATCH)
            if self.mode == "batch"
            else (1, models.code.get_input_ids_whisper, models.code.generate_AA)
        )
        mel, length = self._heard(prompt)
        features, ids = make(mel, length, models.whisper, models.device)
        steps = self.max_positions - ids[0].shape[-1]
        if steps < 1:
            message = f"The prompt takes all of {self.max_positions} positions."
            raise PermanentError(message, code="prompt_too_long")
        with models.fabric.init_tensor():
            models.model.set_kv_cache(batch_size=rows, device=models.device)
        try:
            *streams, words = generate(
                models.model, features, ids, [length] * rows, ["A1T2"] * rows, **self._generation(models.code)
            )
        finally:
            models.model.clear_kv_cache()
        return Told(
            text=self._text(words, models),
            codes=[list(frame) for frame in delay.undone(streams)],
            # The step that ends an answer is not among those returned.
            ended=len(words) < steps,
        )

    def speak(self, codes: list[Any], models: _Models) -> Clip:
        """Decode the frames by SNAC, which draws noise."""
        torch = import_module("torch")
        levels = [torch.tensor([level], device=models.device) for level in delay.levels(codes)]
        with torch.inference_mode():
            return sound(models.snac.decode(levels), models.snac.sampling_rate)

    def _heard(self, prompt: Clip) -> tuple[Any, int]:
        """Do as upstream's `load_audio`, which reads files only."""
        whisper = import_module("whisper")
        rate = whisper.audio.SAMPLE_RATE
        samples = prompt.resampled(rate).samples
        mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(samples))
        return mel, int(len(samples) / rate * 1000 / FEATURE_MS) + 1

    def _generation(self, code: Any) -> dict[str, Any]:
        return {
            "max_returned_tokens": self.max_positions,
            "temperature": self.temperature,
            "top_k": self.top_k,
            "top_p": self.top_p,
            "eos_id_a": code._eoa,  # noqa: SLF001 -- upstream's names for its own ids
            "eos_id_t": code._eot,  # noqa: SLF001
            "pad_id_t": code._pad_t,  # noqa: SLF001
            "shift": code.padded_text_vocabsize,
            "include_prompt": True,
            "generate_text": True,
        }

    @staticmethod
    def _text(words: list[int], models: _Models) -> str:
        torch = import_module("torch")
        end = models.code._eot  # noqa: SLF001
        # Pads follow the end, and stand alone where the model said nothing.
        kept = [word for word in words[: words.index(end) if end in words else None] if word < end]
        return str(models.tokenizer.decode(torch.tensor(kept))).strip() if kept else ""
