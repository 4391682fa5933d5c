"""SpeechGPT: mHuBERT units into LLaMA with LoRA, which says what it heard, answers in words, then in units.

Built against 0nutation/SpeechGPT b290011. Its `SpeechGPTInference` is not used: that knows one device, passes
no attention mask, names no end token and answers into files. The parts that it is made of are.
"""

import tempfile
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from inference.adapters.base import PermanentError
from inference.adapters.research import units, vocoder
from inference.adapters.research.base import Research, Told
from inference.adapters.research.vocoder import Vocoder
from inference.audio.clip import Clip

# As upstream writes it; the assistant is described before it by upstream's META_INSTRUCTION.
TEMPLATE = "[Human]: {question} <eoh>. [SpeechGPT]: "


@dataclass(frozen=True)
class _Models:
    code: Any
    ears: Any
    tokenizer: Any
    model: Any
    vocoder: Vocoder
    device: str


class SpeechGPT(Research):
    """LLaMA 7B that hears and speaks English in units."""

    LIBRARIES: ClassVar = ("transformers", "peft", "fairseq", "torchaudio", "tokenizers", "numpy")
    LOADED_BY: ClassVar = ("model", "lora", "units_folder", "vocoder_folder", "dtype")

    model: str = Field(default="fnlp/SpeechGPT-7B-cm", min_length=1, description="On the hub, or a folder.")
    lora: str = Field(default="fnlp/SpeechGPT-7B-com", min_length=1, description="On the hub, or a folder.")
    units_folder: str = Field(default="speechgpt/utils/speech2unit", description="mHuBERT and its k-means.")
    vocoder_folder: str = Field(default="speechgpt/utils/vocoder", description="vocoder.pt and config.json.")
    dtype: Literal["float16", "bfloat16", "float32"] = "float16"
    temperature: float = Field(default=0.7, gt=0)
    top_p: float = Field(default=0.8, gt=0, le=1)
    top_k: int = Field(default=50, ge=1)
    min_new_tokens: int = Field(default=10, ge=1)
    max_new_tokens: int = Field(default=2_048, ge=2, le=4_096)

    def load(self, device: str) -> Any:
        """Load the language model with its adapter, the unit extractor and the vocoder."""
        speaker = vocoder.load(
            f"{self.vocoder_folder}/vocoder.pt", f"{self.vocoder_folder}/config.json", device=device
        )
        torch, transformers = import_module("torch"), import_module("transformers")
        code = import_module("speechgpt.src.infer.cli_infer")
        ears = code.Speech2Unit(ckpt_dir=self.units_folder)
        dtype = getattr(torch, self.dtype)
        base = transformers.LlamaForCausalLM.from_pretrained(
            self.model, torch_dtype=dtype, device_map={"": device}
        )
        model = import_module("peft").PeftModel.from_pretrained(base, self.lora, torch_dtype=dtype)
        tokenizer = transformers.LlamaTokenizer.from_pretrained(self.model)
        tokenizer.pad_token_id = 0
        tokenizer.padding_side = "left"
        return _Models(code, ears, tokenizer, model.to(device=device, dtype=dtype).eval(), speaker, device)

    def ask(self, prompt: Clip, models: _Models, *, seed: int) -> Told:
        """Generate a reply and take it apart: question, answer, units."""
        torch = import_module("torch")
        given = models.code.META_INSTRUCTION + TEMPLATE.format(question=self._heard(prompt, models))
        tokens = models.tokenizer([given], return_tensors="pt", padding=True)
        length = tokens.input_ids.shape[1]
        if length + self.min_new_tokens > models.model.config.max_position_embeddings:
            message = f"The prompt takes {length} tokens, and leaves the model no room for an answer."
            raise PermanentError(message, code="prompt_too_long", stage="hear")
        with torch.inference_mode():
            output = models.model.generate(
                input_ids=tokens.input_ids.to(models.device),
                attention_mask=tokens.attention_mask.to(models.device),
                generation_config=self._generation(models.tokenizer),
            )
        answered = output[:, length:].cpu()
        (reply,) = models.tokenizer.batch_decode(answered, skip_special_tokens=True)
        spoken = units.read(reply)
        return Told(
            text=spoken.answer,
            codes=spoken.units,
            ended=spoken.whole or answered.shape[1] < self.max_new_tokens,
            given=given,
            tags={"question": spoken.question},
        )

    def speak(self, codes: list[Any], models: _Models) -> Clip:
        """Speak the units."""
        return models.vocoder.speak(codes)

    @staticmethod
    def _heard(prompt: Clip, models: _Models) -> str:
        """Have upstream's extractor write the prompt as `<sosp><1>…<eosp>`; it reads files only."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "prompt.wav"
            path.write_bytes(prompt.resampled(models.ears.feature_reader.target_sample_hz).wav())
            return str(models.ears(str(path), merged=True))

    def _generation(self, tokenizer: Any) -> Any:
        return import_module("transformers").GenerationConfig(
            do_sample=True,
            temperature=self.temperature,
            top_p=self.top_p,
            top_k=self.top_k,
            min_new_tokens=self.min_new_tokens,
            max_new_tokens=self.max_new_tokens,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
        )
