"""What both Qwen-Omni classes share: the chat around a prompt, its features, reading what was generated."""

from abc import abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from inference.adapters.base import PermanentError
from inference.adapters.omni.base import Kind, Sampling, Spoken, Weights, no_audio
from inference.audio.clip import Clip

# What the models hear; their feature extractors say so too. Source: preprocessor_config.json of both.
HEARS_HERTZ = 16_000


class Qwen(Kind):
    """A thinker that writes an answer, and a talker that speaks it."""

    # Shorter prompts are lengthened with silence.
    SHORTEST_SECONDS: ClassVar[float]

    voice: str
    thinker: Sampling = Sampling()
    talker: Sampling

    @property
    def longest_prompt_seconds(self) -> float:
        """Long enough for the arena. The limit is the memory for its hidden states, not the model's."""
        return 300.0

    @abstractmethod
    def placeholders(self, frames: int, config: Any) -> int:
        """Count the tokens that so many frames of features become."""

    @abstractmethod
    def codec_end(self, config: Any) -> list[int]:
        """The talker's tokens that end an answer."""

    @abstractmethod
    def rate(self, config: Any) -> int:
        """Samples a second of the answer."""

    def arguments(self, config: Any) -> dict[str, Any]:
        """Return what `generate` is told about its two parts."""
        return self.thinker.arguments("thinker_") | self.talker.arguments("talker_")

    def answer(
        self, prompts: Sequence[Clip], weights: Weights, *, seed: int
    ) -> "list[Spoken | PermanentError]":
        """Answer a batch in one call of `generate`, padded on the left; each row has its own chance."""
        from inference.adapters.omni import chance, watch  # noqa: PLC0415 -- import torch

        config = weights.model.config
        heard = [features(prompt, weights.ears, shortest_seconds=self.SHORTEST_SECONDS) for prompt in prompts]
        texts = [self.chat(self.placeholders(one.shape[1], config), weights.tokenizer) for one in heard]
        inputs = _inputs(texts, heard, weights)
        end = weights.tokenizer.eos_token_id
        wrote, talked = watch.Watch([end]), watch.Watch(self.codec_end(config))
        with chance.Rows(len(prompts), seed=seed), self.mended(weights.model, end):
            _, waves = weights.model.generate(
                **inputs,
                **self.arguments(config),
                speaker=self.voice,
                generation_mode="audio",
                thinker_eos_token_id=[end],
                thinker_pad_token_id=weights.tokenizer.pad_token_id,
                thinker_stopping_criteria=[wrote],
                talker_stopping_criteria=[talked],
            )
        sounds = [waves] if len(prompts) == 1 else waves
        return [
            self._spoken(_Row(*row), weights)
            for row in zip(
                sounds,
                map(_frames, heard),
                wrote.tokens,
                wrote.ended,
                talked.tokens,
                talked.ended,
                strict=True,
            )
        ]

    def mended(self, model: Any, end: int) -> AbstractContextManager[None]:
        """Correct what this class gets wrong, while it is entered; nothing by default."""
        return nullcontext()

    def chat(self, placeholders: int, tokenizer: Any) -> list[int]:
        """Write the chat as both checkpoints' templates do, the prompt as its placeholders; token ids."""
        system = f"<|im_start|>system\n{self.told}<|im_end|>\n" if self.told else ""
        heard = tokenizer.audio_bos_token + tokenizer.audio_token * placeholders + tokenizer.audio_eos_token
        user = f"<|im_start|>user\n{heard}<|im_end|>\n<|im_start|>assistant\n"
        ids: list[int] = tokenizer(system + user)["input_ids"]
        return ids

    def _spoken(self, row: "_Row", weights: Weights) -> Spoken | PermanentError:
        samples = flat(row.sound)
        if samples.size == 0 or not samples.any():
            return no_audio("The talker ended without a sound.")
        return Spoken(
            clip=Clip(samples=samples, rate=self.rate(weights.model.config)),
            transcript=weights.tokenizer.decode(row.written, skip_special_tokens=True),
            ended=row.written_ended and row.talked_ended,
            parameters={
                "voice": self.voice,
                "prompt_frames": row.frames,
                "thinker": self.thinker.arguments(),
                "talker": self.talker.arguments(),
                "thinker_checkpoint": weights.model.thinker.generation_config.to_diff_dict(),
                "thinker_ended": row.written_ended,
                "thinker_tokens": len(row.written),
                "talker_ended": row.talked_ended,
                "talker_tokens": len(row.talked),
            },
        )


@dataclass(frozen=True)
class _Row:
    sound: Any
    frames: int
    written: list[int]
    written_ended: bool
    talked: list[int]
    talked_ended: bool


def _frames(heard: NDArray[np.float32]) -> int:
    return len(heard[0])


def features(prompt: Clip, ears: Any, *, shortest_seconds: float) -> NDArray[np.float32]:
    """Compute a prompt's log-mel frames, shape (mels, frames), alone, so that no other prompt changes them.

    Never cut to the 30 s that the extractor would keep by itself.
    """
    samples = prompt.resampled(HEARS_HERTZ).samples
    shortage = round(shortest_seconds * HEARS_HERTZ) - len(samples)
    if shortage > 0:
        samples = np.pad(samples, (0, shortage))
    # Padded to 30 s as upstream does, since the last frames see a little of what follows them; then unpadded.
    found = ears(
        samples, sampling_rate=HEARS_HERTZ, padding="max_length", truncation=False, return_attention_mask=True
    )
    frames: NDArray[np.float32] = found["input_features"][0][:, found["attention_mask"][0].astype(bool)]
    return frames


def flat(sound: Any) -> NDArray[np.float32]:
    """Turn a model's wave, shape (n,), (1, n), (1, 1, n) or a list of pieces, into samples of shape (n,)."""
    if isinstance(sound, list | tuple):
        return np.concatenate([flat(one) for one in sound]) if sound else np.zeros(0, np.float32)
    samples: NDArray[np.float32] = sound.detach().float().cpu().numpy().reshape(-1)
    return samples


def _inputs(texts: list[list[int]], heard: list[NDArray[np.float32]], weights: Weights) -> dict[str, Any]:
    """Pad texts on the left and features on the right, with masks."""
    import torch  # noqa: PLC0415 -- at the first prompt

    # One column more than the longest needs. Where no row is padded, transformers 5.23 drops the mask, and
    # without it Qwen2.5's talker leaves out its start marks: the same prompt would get another answer alone.
    width = 1 + max(map(len, texts))
    frames = max(one.shape[1] for one in heard)
    ids = torch.full((len(texts), width), weights.tokenizer.pad_token_id)
    sound = torch.zeros((len(heard), heard[0].shape[0], frames))
    of_text, of_sound = torch.zeros_like(ids), torch.zeros((len(heard), frames), dtype=torch.long)
    for row, (text, one) in enumerate(zip(texts, heard, strict=True)):
        ids[row, width - len(text) :] = torch.tensor(text)
        of_text[row, width - len(text) :] = 1
        sound[row, :, : one.shape[1]] = torch.from_numpy(one)
        of_sound[row, : one.shape[1]] = 1
    inputs = {
        "input_ids": ids,
        "attention_mask": of_text,
        "input_features": sound,
        "feature_attention_mask": of_sound,
    }
    return {name: value.to(weights.device) for name, value in inputs.items()}
