"""Upstream's class as far as the adapter calls and extends it, with a model that answers by length."""

from types import SimpleNamespace

import soundfile
import torch

from tests.fakes.research.checkouts import BROKEN, CUT, SILENT
from tests.fakes.research.shared import tone

OFFSET, MESSAGE_END = 152_064, 151_645
SAMPLING = {
    "audio_temperature": 0.8, "audio_top_k": 10, "audio_repetition_penalty": 1.0,
    "audio_repetition_window_size": 64, "text_temperature": 0.0, "text_top_k": 5,
    "text_repetition_penalty": 1.0, "text_repetition_window_size": 16,
}  # fmt: skip
loads = []


class KimiAudio:
    def __init__(self, model_path, load_detokenizer=True):
        assert load_detokenizer
        loads.append(model_path)
        self.eod_ids = [MESSAGE_END]
        self.detokenizer = SimpleNamespace(vocoder=SimpleNamespace(h={"sampling_rate": 24_000}))

    def generate(self, chats, output_type="text", **sampling):
        assert output_type == "both"
        assert sampling == SAMPLING
        (message,) = chats
        assert (message["role"], message["message_type"]) == ("user", "audio")
        samples, rate = soundfile.read(message["content"])
        codes, words = self._generate_loop(audio_input_ids=round(len(samples) / rate, 3), max_new_tokens=100)
        codes = torch.tensor([code for code in codes if code >= OFFSET]).unsqueeze(0) - OFFSET
        return self.detokenize_audio(codes), " " + " ".join(f"w{word}" for word in words)

    def _generate_loop(self, audio_input_ids, max_new_tokens):
        seconds = audio_input_ids
        code = OFFSET + (9_999 if seconds == BROKEN else round(seconds * 100))
        count = 0 if seconds == SILENT else max_new_tokens if seconds == CUT else 20
        return [code] * count + [MESSAGE_END] * (seconds != CUT), [1, 2, 3]

    def detokenize_audio(self, audio_tokens):
        if int(audio_tokens.max()) == 9_999:
            raise RuntimeError("this decoder is broken")
        return tone(1_920 * audio_tokens.shape[1]).view(1, -1)
