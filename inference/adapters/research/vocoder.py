"""The unit HiFi-GAN of fairseq, with which SpeechGPT and LLaMA-Omni speak.

Built against facebookresearch/fairseq 3d262bb (and 0.12.2 on PyPI, which has the same class).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from inference.adapters.research import upstream
from inference.adapters.research.base import sound
from inference.audio.clip import Clip

WHAT = "the vocoder code_hifigan mhubert_vp_en_es_fr_it3_400k_layer11_km1000_lj"


@dataclass(frozen=True)
class Vocoder:
    """A vocoder in memory.

    Attributes:
        model: fairseq's.
        device: where it lies.
        rate: of its sound, Hz, as its configuration says.
    """

    model: Any
    device: str
    rate: int

    def speak(self, units: Sequence[int]) -> Clip:
        """Make sound of units whose neighbours differ; how long each lasts is predicted."""
        torch = import_module("torch")
        codes = torch.LongTensor(list(units)).view(1, -1).to(self.device)
        with torch.inference_mode():
            return sound(self.model({"code": codes}, True), self.rate)


def load(weights: str, config: str, *, device: str) -> Vocoder:
    """Load it; paths are relative to the checkout.

    Raises:
        PermanentError: `weights_missing`.
    """
    described = json.loads(Path(upstream.needed(config, what=WHAT)).read_text("utf-8"))
    code = import_module("fairseq.models.text_to_speech.vocoder")
    model = code.CodeHiFiGANVocoder(upstream.needed(weights, what=WHAT), described)
    return Vocoder(model.to(device), device, int(described["sampling_rate"]))
