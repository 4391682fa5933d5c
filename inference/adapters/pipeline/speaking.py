"""Synthesisers on this machine: VITS (with Meta's MMS) in batches, SpeechT5 and any other one text at a time.

Imports torch: load it at the first call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import (
    AutoConfig,
    AutoTokenizer,
    SpeechT5ForTextToSpeech,
    SpeechT5HifiGan,
    VitsModel,
    pipeline,
)

from inference.adapters import returned
from inference.adapters.base import AdapterError, PermanentError
from inference.adapters.pipeline import rows
from inference.adapters.pipeline.loading import OnThisMachine
from inference.audio.clip import Clip

Sound = Clip | AdapterError


@dataclass
class Vits:
    """A VITS: all texts in one pass, each as if it were alone."""

    model: Any
    tokenizer: Any
    speaker: int | None

    def speak(self, texts: Sequence[str], *, seed: int) -> list[Sound]:
        """Speak each text."""
        # Letters that the voice's alphabet lacks leave nothing to speak: "你好" for an English voice.
        known = [bool(len(self.tokenizer(one).input_ids)) and bool(self._letters(one)) for one in texts]
        sounds = iter(self._spoken([one for one, yes in zip(texts, known, strict=True) if yes], seed=seed))
        return [next(sounds) if yes else _unspeakable() for yes in known]

    def _letters(self, text: str) -> str:
        prepared, _ = self.tokenizer.prepare_for_tokenization(text)
        return str(prepared).strip()

    def _spoken(self, texts: Sequence[str], *, seed: int) -> list[Sound]:
        if not texts:
            return []
        batch = self.tokenizer(list(texts), padding=True, return_tensors="pt").to(self.model.device)
        rate = int(self.model.config.sampling_rate)
        rates = prod(self.model.config.upsample_rates)
        speaker = None
        if self.speaker is not None:
            speaker = torch.full((len(texts),), self.speaker, device=self.model.device)
        with rows.seeded(seed), rows.silent_behind(self.model.decoder, rates=rates):
            made = self.model(**batch, **({} if speaker is None else {"speaker_id": speaker}))
        ends = [int(one) for one in made.sequence_lengths]
        return [_sound(row[:end], rate) for row, end in zip(made.waveform, ends, strict=True)]


@dataclass
class SpeechT5:
    """A SpeechT5 with its vocoder. One text at a time: in a batch its limit depends on the longest text."""

    model: Any
    tokenizer: Any
    vocoder: Any
    speaker: Any

    def speak(self, texts: Sequence[str], *, seed: int) -> list[Sound]:
        """Speak each text."""
        return [self._spoken(one, seed) for one in texts]

    def _spoken(self, text: str, seed: int) -> Sound:
        ids = self.tokenizer(text, return_tensors="pt").input_ids.to(self.model.device)
        most = int(self.model.config.max_text_positions)
        if ids.shape[1] > most:
            message = f"A sentence has {ids.shape[1]} tokens; the voice takes {most}. Lower most_characters."
            return PermanentError(message, code="text_too_long", stage="speak")
        with rows.seeded(seed):
            wave = self.model.generate_speech(ids, self.speaker, vocoder=self.vocoder)
        return _sound(wave, int(self.vocoder.config.sampling_rate))


@dataclass
class Other:
    """Whatever else transformers speaks with: Bark, CSM, Dia, FastSpeech2Conformer, SeamlessM4T and so on."""

    speaks: Any
    forward: dict[str, Any]

    def speak(self, texts: Sequence[str], *, seed: int) -> list[Sound]:
        """Speak each text, one at a time: what a batch would do to them differs by model."""
        return [self._spoken(one, seed) for one in texts]

    def _spoken(self, text: str, seed: int) -> Sound:
        with rows.seeded(seed):
            made = self.speaks(text, **self.forward)
        pieces = made["audio"] if isinstance(made["audio"], list) else [made["audio"]]
        try:
            return returned.joined(pieces, rate=int(made["sampling_rate"]), stage="speak")
        except AdapterError as error:
            return error


def load(of: OnThisMachine, *, speaker: str, vocoder: str) -> Vits | SpeechT5 | Other:
    """Load a synthesiser.

    Args:
        of: which.
        speaker: a speaker's number (VITS), a .npy file with a speaker's embedding (SpeechT5), or a preset's
            name (Bark); empty for the only one.
        vocoder: for models that make spectrograms.

    Raises:
        OSError, ValueError: there is none, or it lacks its speaker.
    """
    kind = AutoConfig.from_pretrained(of.model, **of.source()).model_type
    if kind == "vits":
        return _vits(of, speaker)
    if kind == "speecht5":
        return _speecht5(of, speaker, vocoder)
    place = of.place()
    speaks = pipeline(
        "text-to-audio",
        model=of.model,
        revision=of.revision,
        dtype=place["dtype"],
        device=torch.device(of.device_name()),
        trust_remote_code=False,
        model_kwargs={"use_safetensors": place["use_safetensors"]},
    )
    return Other(speaks=speaks, forward={"voice_preset": speaker} if speaker else {})


def _vits(of: OnThisMachine, speaker: str) -> Vits:
    model = VitsModel.from_pretrained(of.model, **of.place())
    speakers = int(model.config.num_speakers)
    if speaker and not (speaker.isdecimal() and int(speaker) < speakers):
        raise ValueError(f"the speaker is a number below {speakers}, not {speaker}")
    tokenizer = AutoTokenizer.from_pretrained(of.model, **of.source())
    # Where its letters are sounds, this asks for the package that finds them, before any prompt does.
    tokenizer("a")
    return Vits(
        model=model.to(of.device_name()).eval(),
        tokenizer=tokenizer,
        speaker=int(speaker or 0) if speakers > 1 else None,
    )


def _speecht5(of: OnThisMachine, speaker: str, vocoder: str) -> SpeechT5:
    if not speaker or not vocoder:
        raise ValueError("SpeechT5 needs a speaker (a .npy file) and a vocoder")
    model = SpeechT5ForTextToSpeech.from_pretrained(of.model, **of.place())
    embedding = np.load(Path(speaker), allow_pickle=False).reshape(1, -1)
    if embedding.shape[1] != model.config.speaker_embedding_dim:
        raise ValueError(
            f"the speaker has {embedding.shape[1]} numbers, not {model.config.speaker_embedding_dim}"
        )
    where = of.device_name()
    return SpeechT5(
        model=model.to(where).eval(),
        tokenizer=AutoTokenizer.from_pretrained(of.model, **of.source()),
        vocoder=SpeechT5HifiGan.from_pretrained(vocoder, dtype=model.dtype).to(where).eval(),
        speaker=torch.from_numpy(embedding).to(where, model.dtype),
    )


def _sound(wave: Any, rate: int) -> Sound:
    try:
        return returned.joined([wave], rate=rate, stage="speak")
    except AdapterError as error:
        return error


def _unspeakable() -> PermanentError:
    message = "The voice's alphabet holds none of the answer's letters: is it made for another language?"
    return PermanentError(message, code="no_audio", stage="speak")
