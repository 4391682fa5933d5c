"""Moshi: full duplex, 12.5 frames a second. Built against transformers 5.23."""

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from inference.adapters.base import PermanentError
from inference.adapters.omni import turn
from inference.adapters.omni.base import Files, Kind, Spoken, Weights, no_audio
from inference.adapters.omni.qwen import flat
from inference.audio.clip import Clip

# 3,000 frames. Source: `sliding_window` and `max_position_embeddings` of MoshiConfig.
CONTEXT_SECONDS = 240.0
PAD = "<pad>"


class Moshi(Kind):
    """Moshi, which hears and speaks at the same time; its voice is that of its checkpoint.

    The prompt is played to it while it is silent, and then it is listened to for a time; its answer ends
    where it has spoken and been silent again. transformers 5.23 cannot stop it before that time is over. Its
    three streams must be of one length, so prompts of a batch are answered one by one.
    Sampling as in upstream's own `LMGen`. Source: https://github.com/kyutai-labs/moshi.
    """

    MODEL_TYPE: ClassVar[str] = "moshi"
    CLASS: ClassVar[str] = "MoshiForConditionalGeneration"
    NEEDS_EARS: ClassVar[bool] = False

    kind: Literal["moshi"]
    listen_seconds: float = Field(
        default=30.0, gt=0, le=120, description="How long it is listened to after the prompt."
    )
    closing_silence_seconds: float = Field(
        default=1.0, ge=0.16, le=10, description="So much own silence after own speech ends its answer."
    )
    silence_dbfs: float = Field(default=-50.0, ge=-90, le=-20, description="RMS below which it is silent.")
    text_temperature: float = Field(default=0.7, gt=0)
    text_top_k: int = Field(default=25, ge=1)
    audio_temperature: float = Field(default=0.8, gt=0)
    audio_top_k: int = Field(default=250, ge=1)

    @property
    def longest_prompt_seconds(self) -> float:
        """What its context holds beside the answer."""
        return CONTEXT_SECONDS - self.listen_seconds

    def check(self, config: Any, files: Files) -> None:
        """Every checkpoint of this class speaks, with the one voice that it has."""

    def answer(
        self, prompts: Sequence[Clip], weights: Weights, *, seed: int
    ) -> "list[Spoken | PermanentError]":
        """Answer prompts one after the other."""
        return [self._answer(prompt, weights, seed=seed) for prompt in prompts]

    def _answer(self, prompt: Clip, weights: Weights, *, seed: int) -> Spoken | PermanentError:
        from inference.adapters.omni import chance  # noqa: PLC0415 -- imports torch

        model, config = weights.model, weights.model.config
        samples = prompt.resampled(config.sampling_rate).samples
        length = round(config.sampling_rate / config.audio_encoder_config.frame_rate)
        frames = math.ceil(len(samples) / length)
        inputs = self._inputs(np.pad(samples, (0, frames * length - len(samples))), frames, weights)
        with chance.Rows(1, seed=seed):
            said = model.generate(**inputs, **self._generation(config))
        after = flat(said.audio_sequences)[frames * length :]
        end, ended = self._end(after, config.sampling_rate)
        if end == 0:
            return no_audio(f"Moshi said nothing within {self.listen_seconds:g} s.")
        words = said.sequences[0, -(len(after) // length + 1) :].tolist()
        return Spoken(
            clip=Clip(samples=after[:end], rate=config.sampling_rate),
            transcript=self._words(words[: math.ceil(end / length)], weights.tokenizer),
            ended=ended,
            parameters={**self.model_dump(exclude={"kind"}), "prompt_frames": frames},
        )

    def _inputs(self, samples: NDArray[np.float32], frames: int, weights: Weights) -> dict[str, Any]:
        """Play the prompt against silence, with no words said: three streams of as many frames."""
        import torch  # noqa: PLC0415 -- at the first prompt

        model = weights.model
        heard = torch.from_numpy(samples).to(model.device, model.dtype).reshape(1, 1, -1)
        pad = weights.tokenizer.convert_tokens_to_ids(PAD)
        return {
            "input_ids": torch.full((1, frames), pad, device=model.device),
            "attention_mask": torch.ones((1, frames), dtype=torch.long, device=model.device),
            "user_input_values": heard,
            "moshi_input_values": torch.zeros_like(heard),
        }

    def _generation(self, config: Any) -> dict[str, Any]:
        codes = config.num_codebooks + 1
        return {
            # The last step's frame falls to the delay of the codebooks.
            "max_new_tokens": 1 + math.ceil(self.listen_seconds * config.audio_encoder_config.frame_rate),
            "eos_token_id": None,
            "do_sample": True,
            "temperature": self.text_temperature,
            "top_k": self.text_top_k,
            "depth_decoder_do_sample": True,
            "depth_decoder_temperature": self.audio_temperature,
            "depth_decoder_top_k": self.audio_top_k,
            "depth_decoder_min_length": codes,
            "depth_decoder_max_length": codes,
            # Compiling would take longer than an answer, and a compiler that not every machine has.
            "depth_decoder_disable_compile": True,
        }

    def _end(self, samples: NDArray[np.float32], rate: int) -> tuple[int, bool]:
        return turn.end(
            samples, rate, closing_seconds=self.closing_silence_seconds, silence_dbfs=self.silence_dbfs
        )

    def _words(self, ids: list[int], tokenizer: Any) -> str:
        """Read its text stream, in which most frames hold no word."""
        spoken = [one for one in ids if one != tokenizer.convert_tokens_to_ids(PAD)]
        text: str = tokenizer.decode(spoken, skip_special_tokens=True)
        return text.strip()
