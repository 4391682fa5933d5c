"""What Mini-Omni's adapter calls of upstream's `inference.py`, with a model that answers by length."""

import contextlib
from types import SimpleNamespace

import torch

from tests.fakes.research.checkouts import BROKEN, CUT, SILENT
from tests.fakes.research.shared import tone
from tests.fakes.research.streams import delayed

__all__ = [
    "_eoa",
    "_eot",
    "_pad_t",
    "generate_AA",
    "generate_TA_BATCH",
    "get_input_ids_whisper",
    "get_input_ids_whisper_ATBatch",
    "load_model",
    "padded_text_vocabsize",
]
_eot, _pad_t, _eoa = 151_936, 151_937, 4_096
padded_text_vocabsize = 152_000
loads = []


class _Model:
    rows = 0

    def set_kv_cache(self, batch_size, rope_cache_length=None, device=None, dtype=None):
        assert self.rows == 0, "the cache of the answer before is still there"
        self.rows = batch_size

    def clear_kv_cache(self):
        self.rows = 0


class _Snac:
    sampling_rate = 24_000

    def decode(self, levels):
        first, second, third = levels
        assert (second.shape[1], third.shape[1]) == (2 * first.shape[1], 4 * first.shape[1])
        if max(int(level.max()) for level in levels) >= 4_096:
            raise IndexError("index out of range in self")
        if int(first[0, 0]) == round(BROKEN * 50) + 1:
            raise RuntimeError("this decoder is broken")
        return tone(2_048 * first.shape[1]).view(1, 1, -1)


class _Tokenizer:
    def decode(self, ids):
        return " " + " ".join(f"w{int(one)}" for one in ids)


def load_model(ckpt_dir, device):
    loads.append(ckpt_dir)
    fabric = SimpleNamespace(init_tensor=contextlib.nullcontext)
    whisper = SimpleNamespace(embed_audio=lambda mel: torch.zeros(1, 1_500, 768))
    return fabric, _Model(), _Tokenizer(), _Snac(), whisper


def get_input_ids_whisper(mel, leng, whispermodel, device, special_token_a=None, special_token_t=None):
    features = whispermodel.embed_audio(mel.unsqueeze(0))[0][:leng]
    return features.unsqueeze(0), [torch.zeros(1, len(features) + 3, dtype=torch.long)] * 8


def get_input_ids_whisper_ATBatch(mel, leng, whispermodel, device):  # noqa: N802 -- upstream's name
    features = whispermodel.embed_audio(mel.unsqueeze(0))[0][:leng]
    return torch.stack([features, features]), [torch.zeros(2, len(features) + 3, dtype=torch.long)] * 8


def generate_AA(model, audio_features, input_ids, leng, task, max_returned_tokens=2048, **rest):  # noqa: N802
    return _streams(model, input_ids, leng, task, max_returned_tokens, rest, rows=1)


def generate_TA_BATCH(model, audio_features, input_ids, leng, task, max_returned_tokens=1000, **rest):  # noqa: N802
    return _streams(model, input_ids, leng, task, max_returned_tokens, rest, rows=2)


def _streams(model, input_ids, leng, task, limit, rest, *, rows):
    assert model.rows == rows == len(leng) == len(task) == input_ids[0].shape[0]
    assert (rest["eos_id_a"], rest["eos_id_t"], rest["pad_id_t"]) == (_eoa, _eot, _pad_t)
    seconds = (leng[0] - 1) / 50
    frames = 1 if seconds == SILENT else limit - input_ids[0].shape[1] - 7 if seconds == CUT else 12
    streams = delayed([[leng[0] + layer for layer in range(7)]] * frames)
    if seconds == SILENT:
        streams = [stream[:-1] for stream in streams]
    words = [rows, 2, 3, _eot]
    return [*streams, words + [_pad_t] * (len(streams[0]) - len(words))]
