"""What SpeechGPT's adapter calls of upstream, transformers and peft, with a model that answers by length."""

from types import SimpleNamespace

import soundfile
import torch

from tests.fakes.research.checkouts import BROKEN, CUT, SILENT

META_INSTRUCTION = "You are an AI assistant whose name is SpeechGPT.\n"
loads = []


class Speech2Unit:
    feature_reader = SimpleNamespace(target_sample_hz=16_000)

    def __init__(self, ckpt_dir):
        self.folder = ckpt_dir

    def __call__(self, path, merged=True):
        samples, rate = soundfile.read(path)
        assert (rate, samples.ndim, merged) == (16_000, 1, True)
        return "<sosp>" + "".join(f"<{one}>" for one in range(round(len(samples) / 320))) + "<eosp>"


class GenerationConfig(SimpleNamespace):
    pass


class LlamaTokenizer:
    eos_token_id = 2

    @classmethod
    def from_pretrained(cls, path):
        return cls()

    def __call__(self, texts, return_tensors, padding):
        assert (self.pad_token_id, self.padding_side, padding) == (0, "left", True)
        (text,) = texts
        assert text.startswith(META_INSTRUCTION + "[Human]: <sosp>")
        assert text.endswith("<eosp> <eoh>. [SpeechGPT]: ")
        ids = torch.tensor([[3] * text.count("><")])
        return SimpleNamespace(input_ids=ids, attention_mask=torch.ones_like(ids))

    def batch_decode(self, ids, skip_special_tokens):
        assert skip_special_tokens
        return ["".join(map(chr, row)) for row in ids.tolist()]


class LlamaForCausalLM(torch.nn.Module):
    config = SimpleNamespace(max_position_embeddings=2_048)

    @classmethod
    def from_pretrained(cls, path, torch_dtype, device_map):
        loads.append(path)
        return cls()

    def generate(self, input_ids, attention_mask, generation_config):
        assert attention_mask.shape == input_ids.shape
        assert (generation_config.eos_token_id, generation_config.pad_token_id) == (2, 0)
        assert (generation_config.temperature, generation_config.top_p, generation_config.top_k) == (
            0.7,
            0.8,
            50,
        )
        units = input_ids.shape[1] - 1
        drawn = int(torch.randint(100, (1,)))
        speech = f"<sosp><{drawn}>" + f"<{1_000 if units == BROKEN * 50 else units % 999}>" * 12
        reply = f"What is it?; [ta] It is {units}."
        if units != SILENT * 50:
            reply += f"; [ua] {speech}" + "<eosp><eoa>." * (units != CUT * 50)
        if units == CUT * 50:
            reply += "<9>" * ((generation_config.max_new_tokens - len(reply)) // 3 + 1)
        ids = list(map(ord, reply))[: generation_config.max_new_tokens]
        return torch.cat([input_ids, torch.tensor([ids])], dim=1)


class PeftModel:
    @staticmethod
    def from_pretrained(model, path, torch_dtype):
        return model
