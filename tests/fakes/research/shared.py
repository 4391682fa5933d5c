"""What several projects take from elsewhere: Whisper's features and fairseq's vocoder."""

from types import SimpleNamespace

import numpy as np
import torch

audio = SimpleNamespace(SAMPLE_RATE=16_000)
HOP = 160
THIRTY_SECONDS = 480_000


def pad_or_trim(samples):
    return np.pad(samples[:THIRTY_SECONDS], (0, max(0, THIRTY_SECONDS - len(samples))))


def log_mel_spectrogram(samples, n_mels=80):
    """Features that are 1 where there is sound, so that stand-ins can tell how long it was."""
    frames = np.abs(samples).reshape(-1, HOP).max(axis=1) > 0
    return torch.from_numpy(np.repeat(frames[None].astype(np.float32), n_mels, axis=0))


def tone(samples):
    """A sound of so many samples, with noise in it that torch's seed decides."""
    wave = torch.sin(torch.arange(samples) * 0.1) / 2
    return wave + torch.randn(samples) / 100


class CodeHiFiGANVocoder(torch.nn.Module):
    """Speaks 320 samples a unit, and fails on a unit that there is not, as an embedding does."""

    def __init__(self, checkpoint_path, model_cfg, fp16=False):
        super().__init__()
        assert set(model_cfg) == {"sampling_rate"}

    def forward(self, x, dur_prediction=False):
        assert dur_prediction
        (units,) = x["code"]
        if int(units.max()) > 999:
            raise IndexError("index out of range in self")
        return tone(320 * len(units))
