"""GLM-4-Voice: speech tokens into GLM-4, which answers with words and speech tokens by turns.

Built against THUDM/GLM-4-Voice (now zai-org) eb00ce9. The language model runs here, or in upstream's
`model_server.py`; hearing and speaking are done here either way.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar, Literal

from pydantic import Field

from inference.adapters.base import PermanentError
from inference.adapters.research import interleave, model_server, upstream
from inference.adapters.research.base import Research, Told, sound
from inference.adapters.research.interleave import Vocabulary
from inference.audio.clip import Clip

RATE = 16_000
TOKENS_PER_SECOND = 12.5
# Of the model's context; the rest is for the prompt.
CONTEXT, FORMAT = 8_192, 100
# The format that the model was trained on; upstream's web_demo.py.
INSTRUCTIONS = (
    "User will provide you with a speech instruction. Do it step by step. First, think about the instruction "
    "and respond in a interleaved manner, with 13 text token followed by 26 audio tokens. "
)


@dataclass(frozen=True)
class _Models:
    encoder: Any
    features: Any
    tokenizer: Any
    model: Any
    decoder: Any
    vocabulary: Vocabulary
    device: str
    extract: Any


class Glm4Voice(Research):
    """GLM-4 9B that hears and speaks Chinese and English."""

    LIBRARIES: ClassVar = ("transformers", "torchaudio", "hyperpyyaml", "diffusers", "tokenizers", "numpy")
    LOADED_BY: ClassVar = ("model", "tokenizer", "decoder", "dtype", "server_url")

    model: str = Field(default="THUDM/glm-4-voice-9b", min_length=1, description="On the hub, or a folder.")
    tokenizer: str = Field(default="THUDM/glm-4-voice-tokenizer", min_length=1)
    decoder: str = Field(default="glm-4-voice-decoder", min_length=1, description="A folder: flow and HiFT.")
    dtype: Literal["bfloat16", "float16", "float32", "int4"] = Field(
        default="bfloat16", description="Of the language model; int4 needs bitsandbytes."
    )
    server_url: str = Field(
        default="",
        pattern=r"^(http://[\w.\-]+(:\d+)?)?$",
        description="Where model_server.py listens; empty: the language model runs in this process.",
    )
    instructions: str = Field(default=INSTRUCTIONS, max_length=2_000)
    temperature: float = Field(default=0.2, gt=0)
    top_p: float = Field(default=0.8, gt=0, le=1)
    max_new_tokens: int = Field(default=2_000, ge=2, le=6_000)
    silence_seconds: float = Field(default=60, gt=0, description="The longest wait for the server.")
    total_seconds: float = Field(default=600, gt=0, description="The longest answer of the server.")

    @property
    def longest_prompt_seconds(self) -> float | None:
        """What the model's context holds beside the longest answer."""
        return (CONTEXT - FORMAT - self.max_new_tokens) / TOKENS_PER_SECOND

    def load(self, device: str) -> Any:
        """Load the speech tokenizer, the language model where it runs here, and the decoder."""
        for folder in ("cosyvoice", "third_party/Matcha-TTS"):
            upstream.search(folder)
        torch, transformers = import_module("torch"), import_module("transformers")
        files = [upstream.needed(f"{self.decoder}/{name}", what="the decoder's files")
                 for name in ("config.yaml", "flow.pt", "hift.pt")]  # fmt: skip
        encoder = import_module("speech_tokenizer.modeling_whisper").WhisperVQEncoder
        tokenizer = transformers.AutoTokenizer.from_pretrained(self.model, trust_remote_code=True)
        return _Models(
            encoder=encoder.from_pretrained(self.tokenizer).eval().to(device),
            features=transformers.WhisperFeatureExtractor.from_pretrained(self.tokenizer),
            tokenizer=tokenizer,
            model=None if self.server_url else self._language_model(torch, transformers, device),
            decoder=import_module("flow_inference").AudioDecoder(*files, device=device),
            vocabulary=_vocabulary(tokenizer),
            device=device,
            extract=import_module("speech_tokenizer.utils").extract_speech_token,
        )

    def ask(self, prompt: Clip, models: _Models, *, seed: int) -> Told:
        """Generate tokens and part them; the answer's own words are what lies below `<|audio_0|>`."""
        given = self._given(prompt, models)
        tokens = self._served(given, models) if self.server_url else self._generated(given, models)
        parted = interleave.parted(tokens, within=models.vocabulary)
        words = models.tokenizer.decode(parted.text) if parted.text else ""
        return Told(text=words.strip(), codes=parted.codes, ended=parted.ended, given=given)

    def speak(self, codes: list[Any], models: _Models) -> Clip:
        """Decode all tokens at once, by flow matching from noise, then HiFT."""
        torch = import_module("torch")
        with torch.inference_mode():
            wave = models.decoder.offline_inference(torch.tensor([codes], device=models.device))
        return sound(wave, models.decoder.hift.sampling_rate)

    def _given(self, prompt: Clip, models: _Models) -> str:
        torch = import_module("torch")
        samples = torch.from_numpy(prompt.resampled(RATE).samples).unsqueeze(0)
        (heard,) = models.extract(models.encoder, models.features, [(samples, RATE)])
        if not heard:
            message = "Upstream's tokenizer hears nothing in so short a prompt."
            raise PermanentError(message, code="prompt_too_short", stage="hear")
        spoken = "".join(f"<|audio_{token}|>" for token in heard)
        return (
            f"<|system|>\n{self.instructions}<|user|>\n<|begin_of_audio|>{spoken}<|end_of_audio|>"
            "<|assistant|>streaming_transcription\n"
        )

    def _generated(self, given: str, models: _Models) -> list[int]:
        torch = import_module("torch")
        inputs = models.tokenizer([given], return_tensors="pt").to(models.device)
        with torch.inference_mode():
            output = models.model.generate(
                **inputs,
                do_sample=True,
                temperature=self.temperature,
                top_p=self.top_p,
                max_new_tokens=self.max_new_tokens,
            )
        return [int(token) for token in output[0, inputs["input_ids"].shape[1] :]]

    def _served(self, given: str, models: _Models) -> list[int]:
        asked = {
            "prompt": given,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "max_new_tokens": self.max_new_tokens,
        }
        limits = model_server.Limits(self.silence_seconds, self.total_seconds)
        return model_server.tokens(self.server_url, asked, end=models.vocabulary.end, limits=limits)

    def _language_model(self, torch: Any, transformers: Any, device: str) -> Any:
        how: dict[str, Any] = {"torch_dtype": torch.bfloat16}
        if self.dtype == "int4":
            how["quantization_config"] = transformers.BitsAndBytesConfig(
                load_in_4bit=True,
                bnb_4bit_use_double_quant=True,
                bnb_4bit_quant_type="nf4",
                bnb_4bit_compute_dtype=torch.bfloat16,
            )
        else:
            how["torch_dtype"] = getattr(torch, self.dtype)
        model = transformers.AutoModel.from_pretrained(
            self.model, trust_remote_code=True, device_map={"": device}, **how
        )
        return model.eval()


def _vocabulary(tokenizer: Any) -> Vocabulary:
    audio = tokenizer.convert_tokens_to_ids("<|audio_0|>")
    return Vocabulary(
        audio=audio,
        codes=len(tokenizer) - audio,
        end=tokenizer.convert_tokens_to_ids("<|user|>"),
        special=frozenset(tokenizer.all_special_ids),
    )
