"""LLaMA-Omni: Whisper's encoder into Llama, whose hidden states a second decoder turns into HuBERT units.

Built against ictnlp/LLaMA-Omni c63fd72. Its unit decoder demands flash attention, so it needs a GPU.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar

from pydantic import Field

from inference.adapters.research import units, upstream, vocoder
from inference.adapters.research.base import Research, Told
from inference.adapters.research.vocoder import Vocoder
from inference.audio.clip import Clip

# What Whisper hears at once; upstream cuts what is longer.
LONGEST_SECONDS = 30.0
MELS = 128
# Upstream's, of Llama 3.1's reserved tokens.
PAD = 128_004


@dataclass(frozen=True)
class _Models:
    tokenizer: Any
    model: Any
    vocoder: Vocoder
    device: str


class LlamaOmni(Research):
    """Llama 3.1 8B that hears English and Chinese and speaks English."""

    LIBRARIES: ClassVar = ("transformers", "openai-whisper", "fairseq", "flash-attn", "llama-omni", "numpy")
    LOADED_BY: ClassVar = ("checkpoint", "vocoder", "vocoder_config")

    checkpoint: str = Field(default="Llama-3.1-8B-Omni", min_length=1)
    vocoder: str = Field(default="vocoder/g_00500000", min_length=1)
    vocoder_config: str = Field(default="vocoder/config.json", min_length=1)
    instruction: str = Field(
        default="Please directly answer the questions in the user's speech.",
        max_length=2_000,
        description="Stands behind the speech; upstream's own sentence.",
    )
    conversation: str = Field(default="llama_3", description="The name of upstream's template.")
    # Upstream's 256 cut a story in its middle.
    max_new_tokens: int = Field(default=1_024, ge=2, le=4_096)
    temperature: float = Field(default=0, ge=0, description="0: always the likeliest.")
    top_p: float | None = Field(default=None, gt=0, le=1)
    num_beams: int = Field(default=1, ge=1)

    @property
    def longest_prompt_seconds(self) -> float | None:
        """Thirty seconds."""
        return LONGEST_SECONDS

    def load(self, device: str) -> Any:
        """Load the model by upstream's own function (always in 16 bit), and the vocoder."""
        upstream.needed(self.checkpoint, what="the weights of ICTNLP/Llama-3.1-8B-Omni")
        speaker = vocoder.load(self.vocoder, self.vocoder_config, device=device)
        builder = import_module("omni_speech.model.builder")
        tokenizer, model, _ = builder.load_pretrained_model(
            self.checkpoint, model_base=None, s2s=True, device=device
        )
        return _Models(tokenizer, model, speaker, device)

    def ask(self, prompt: Clip, models: _Models, *, seed: int) -> Told:
        """Generate words and, from their hidden states, the path of units."""
        torch = import_module("torch")
        question = self._question()
        preprocess = import_module("omni_speech.datasets.preprocess")
        ids = preprocess.tokenizer_speech_token(question, models.tokenizer, return_tensors="pt")
        mel = self._heard(prompt)
        with torch.inference_mode():
            output, path = models.model.generate(
                ids.unsqueeze(0).to(models.device),
                speech=mel.unsqueeze(0).to(dtype=models.model.dtype, device=models.device),
                speech_lengths=torch.LongTensor([[mel.shape[0]]]).to(models.device),
                pad_token_id=PAD,
                streaming_unit_gen=False,
                use_cache=True,
                **self._generation(),
            )
        (words,) = models.tokenizer.batch_decode(output, skip_special_tokens=True)
        return Told(
            text=words.strip(),
            codes=units.collapsed(path.reshape(-1).tolist(), blank=models.model.config.unit_vocab_size),
            ended=int(output[0, -1]) in _ends(models.model),
            given=question,
        )

    def speak(self, codes: list[Any], models: _Models) -> Clip:
        """Speak the units."""
        return models.vocoder.speak(codes)

    def _question(self) -> str:
        """Fill upstream's template: the place of the speech, and one line behind it."""
        constants = import_module("omni_speech.constants")
        dialogue = import_module("omni_speech.conversation").conv_templates[self.conversation].copy()
        dialogue.append_message(dialogue.roles[0], f"{constants.DEFAULT_SPEECH_TOKEN}\n{self.instruction}")
        dialogue.append_message(dialogue.roles[1], None)
        return str(dialogue.get_prompt())

    @staticmethod
    def _heard(prompt: Clip) -> Any:
        """Make the features of 30 s, shape (frames, mels)."""
        whisper = import_module("whisper")
        samples = whisper.pad_or_trim(prompt.resampled(whisper.audio.SAMPLE_RATE).samples)
        return whisper.log_mel_spectrogram(samples, n_mels=MELS).permute(1, 0)

    def _generation(self) -> dict[str, Any]:
        return {
            "do_sample": self.temperature > 0,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "num_beams": self.num_beams,
            "max_new_tokens": self.max_new_tokens,
        }


def _ends(model: Any) -> list[int]:
    ends = model.generation_config.eos_token_id
    return list(ends) if isinstance(ends, (list, tuple)) else [ends]
