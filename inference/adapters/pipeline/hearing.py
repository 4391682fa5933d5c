"""Recognisers on this machine: Whisper in batches, any other that transformers knows one clip at a time.

Imports torch: load it at the first call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForSpeechSeq2Seq, AutoProcessor, pipeline
from transformers.modeling_outputs import BaseModelOutput

from inference.adapters.pipeline import languages
from inference.adapters.pipeline.loading import OnThisMachine
from inference.audio.clip import Clip


@dataclass
class Whisper:
    """A Whisper of any size. Every clip is padded to 30 s by the model's own rule, alone or in a batch."""

    model: Any
    processor: Any

    @property
    def rate(self) -> int:
        """Hz."""
        return int(self.processor.feature_extractor.sampling_rate)

    @property
    def hears_languages(self) -> bool:
        """Whether it tells languages apart; the English ones do not."""
        return bool(getattr(self.model.generation_config, "is_multilingual", False))

    def features(self, clips: Sequence[Clip]) -> Any:
        """Turn clips of at most 30 s into (clips, mels, frames), as the model's own extractor does.

        It is given the sound and a little silence; what it makes of that silence is what the rest of the 30 s
        would be. Over a second of sound that takes a tenth of the time.
        """
        extractor = self.processor.feature_extractor
        longest = max(one.samples.size for one in clips) + 2 * extractor.n_fft
        samples = min(-(-longest // extractor.hop_length) * extractor.hop_length, extractor.n_samples)
        made = extractor(
            [one.samples for one in clips], sampling_rate=self.rate, max_length=samples, return_tensors="pt"
        ).input_features
        rest = extractor.nb_max_frames - made.shape[-1]
        whole = torch.cat([made, made[:, :, -1:].expand(-1, -1, rest)], dim=-1)
        return whole.to(self.model.device, self.model.dtype)

    def encoded(self, clips: Sequence[Clip]) -> Any:
        """Turn clips into (clips, frames, width): most of Whisper's work, so done once."""
        return self.model.get_encoder()(self.features(clips)).last_hidden_state

    def languages(self, rows: Sequence[Any]) -> list[str]:
        """Say which language is spoken in each."""
        codes = {
            number: languages.code(tag) for tag, number in self.model.generation_config.lang_to_id.items()
        }
        found = self.model.detect_language(encoder_outputs=_together(rows))
        return [codes[int(one)] or "" for one in found]

    def words(self, rows: Sequence[Any], spoken: Sequence[str], *, most_tokens: int | None) -> list[str]:
        """Write down what was said."""
        options: dict[str, Any] = {"do_sample": False, "num_beams": 1}
        if self.hears_languages:
            options |= {"language": list(spoken), "task": "transcribe"}
        if most_tokens is not None:
            options["max_new_tokens"] = most_tokens
        ids = self.model.generate(encoder_outputs=_together(rows), **options)
        return [text.strip() for text in self.processor.batch_decode(ids, skip_special_tokens=True)]


@dataclass
class Other:
    """Any other recogniser. One clip at a time, since not all of them know padding from sound."""

    recognise: Any

    @property
    def rate(self) -> int:
        """Hz."""
        return int(self.recognise.feature_extractor.sampling_rate)

    def words(self, clip: Clip) -> str:
        """Write down what was said."""
        found = self.recognise({"raw": clip.samples, "sampling_rate": clip.rate})
        return str(found["text"]).strip()


def _together(rows: Sequence[Any]) -> BaseModelOutput:
    return BaseModelOutput(last_hidden_state=torch.stack(list(rows)))


def load(of: OnThisMachine) -> Whisper | Other:
    """Load a recogniser.

    Raises:
        OSError, ValueError: transformers finds no recogniser there.
    """
    if AutoConfig.from_pretrained(of.model, **of.source()).model_type == "whisper":
        model = AutoModelForSpeechSeq2Seq.from_pretrained(of.model, **of.place())
        processor = AutoProcessor.from_pretrained(of.model, **of.source())
        return Whisper(model=model.to(of.device_name()).eval(), processor=processor)
    place = of.place()
    recognise = pipeline(
        "automatic-speech-recognition",
        model=of.model,
        revision=of.revision,
        dtype=place["dtype"],
        device=torch.device(of.device_name()),
        trust_remote_code=False,
        model_kwargs={"use_safetensors": place["use_safetensors"]},
    )
    return Other(recognise=recognise)
