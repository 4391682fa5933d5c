"""What LLaMA-Omni's adapter calls of upstream, with a model that answers by the length of what it hears."""

import copy
from types import SimpleNamespace

import torch

from tests.fakes.research.checkouts import BROKEN, CUT, SILENT

DEFAULT_SPEECH_TOKEN = "<speech>"
SPEECH, END, BLANK = -200, 128_009, 1_000
loads = []


class _Conversation:
    roles = ("user", "assistant")

    def __init__(self):
        self.messages = []

    def copy(self):
        return copy.deepcopy(self)

    def append_message(self, role, message):
        self.messages.append((role, message))

    def get_prompt(self):
        return "".join(f"[{role}]{message or ''}" for role, message in self.messages)


conv_templates = {"llama_3": _Conversation()}


def tokenizer_speech_token(prompt, tokenizer, speech_token_index=SPEECH, return_tensors=None):
    before, after = prompt.split(DEFAULT_SPEECH_TOKEN)
    assert before == "[user]"
    assert after == "\nPlease directly answer the questions in the user's speech.[assistant]"
    return torch.tensor([1, SPEECH, 2])


class _Tokenizer:
    def batch_decode(self, ids, skip_special_tokens):
        return [" ".join(f"w{int(one)}" for one in row if one < 128_000) + " " for row in ids]


class _Model:
    dtype = torch.float32
    config = SimpleNamespace(unit_vocab_size=BLANK)
    generation_config = SimpleNamespace(eos_token_id=[128_001, 128_008, END])

    def generate(self, inputs, speech, speech_lengths, *, max_new_tokens, do_sample, pad_token_id, **rest):
        assert inputs.tolist() == [[1, SPEECH, 2]]
        assert speech.shape == (1, 3_000, 128)
        assert speech_lengths.tolist() == [[3_000]]
        assert (do_sample, pad_token_id, rest["streaming_unit_gen"]) == (False, 128_004, False)
        frames = int(speech[0, :, 0].sum())
        words = list(range(max_new_tokens)) if frames == CUT * 100 else [7, 8, END]
        units = [5, 5, BLANK, 5, 1_001 if frames == BROKEN * 100 else frames % 999, BLANK] * 8
        path = [BLANK] * 48 if frames == SILENT * 100 else units
        return torch.tensor([words]), torch.tensor([path])


def load_pretrained_model(model_path, model_base, is_lora=False, s2s=False, device="cuda"):
    assert s2s
    assert model_base is None
    loads.append(model_path)
    return _Tokenizer(), _Model(), 2_048
