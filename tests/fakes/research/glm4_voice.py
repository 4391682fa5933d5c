"""What GLM-4-Voice's adapter calls of upstream and transformers, with a model that answers by length."""

from types import SimpleNamespace

import torch

from tests.fakes.research.checkouts import BROKEN, CUT, SILENT
from tests.fakes.research.shared import tone

AUDIO, CODES, END, BEGIN = 2_000, 500, 1_500, 1_501
PROMPT = (
    "<|system|>\nUser will provide you with a speech instruction. Do it step by step. First, think about the "
    "instruction and respond in a interleaved manner, with 13 text token followed by 26 audio tokens. "
    "<|user|>\n<|begin_of_audio|>{}<|end_of_audio|><|assistant|>streaming_transcription\n"
)
loads = []


class _Loaded:
    @classmethod
    def from_pretrained(cls, path, **how):
        return cls()

    def eval(self):
        return self

    def to(self, device):
        return self


class WhisperVQEncoder(_Loaded):
    pass


class WhisperFeatureExtractor(_Loaded):
    pass


def extract_speech_token(model, feature_extractor, utts):
    ((samples, rate),) = utts
    assert (samples.dim(), samples.shape[0], rate) == (2, 1, 16_000)
    return [list(range(int(samples.shape[1] / 1_280 + 1e-6)))]


class _Tokens(dict):
    def to(self, device):
        return self


class AutoTokenizer(_Loaded):
    all_special_ids = [END, BEGIN]

    def __len__(self):
        return AUDIO + CODES

    def convert_tokens_to_ids(self, token):
        return {"<|audio_0|>": AUDIO, "<|user|>": END}[token]

    def __call__(self, texts, return_tensors):
        (text,) = texts
        heard = text.count("<|audio_")
        assert text == PROMPT.format("".join(f"<|audio_{one}|>" for one in range(heard)))
        ids = torch.tensor([[1] * (10 + heard)])
        return _Tokens(input_ids=ids, attention_mask=torch.ones_like(ids))

    def decode(self, ids):
        return " ".join(f"w{one}" for one in ids)


def answered(heard, limit):
    """Thirteen words, then twenty-six sounds, twice; the first sound tells how much was heard."""
    if heard == int(SILENT * 12.5):
        return [5, 6, END]
    code = CODES - 1 if heard == int(BROKEN * 12.5) else heard
    run = [*range(13), BEGIN, *[AUDIO + code] * 26]
    return (run * (limit // len(run) + 1))[:limit] if heard == int(CUT * 12.5) else [*run, *run, END]


class AutoModel(_Loaded):
    @classmethod
    def from_pretrained(cls, path, *, trust_remote_code, device_map, torch_dtype, **rest):
        assert trust_remote_code
        assert torch_dtype == torch.bfloat16
        loads.append(path)
        return cls()

    def generate(self, input_ids, attention_mask, *, do_sample, temperature, top_p, max_new_tokens):
        assert (do_sample, temperature, top_p) == (True, 0.2, 0.8)
        tokens = answered(input_ids.shape[1] - 10, max_new_tokens)
        return torch.cat([input_ids, torch.tensor([tokens])], dim=1)


class AudioDecoder:
    hift = SimpleNamespace(sampling_rate=22_050)

    def __init__(self, config_path, flow_ckpt_path, hift_ckpt_path, device="cuda"):
        self.device = device

    def offline_inference(self, token):
        assert token.dim() == 2
        if int(token.max()) == CODES - 1:
            raise RuntimeError("this decoder is broken")
        return tone(1_764 * token.shape[1]).view(1, -1)
