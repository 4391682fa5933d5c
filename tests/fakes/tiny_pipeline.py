"""Tiny checkpoints of the real classes, with random weights, in the files that a real one has.

A Whisper, a text model that answers in letters, a VITS and a SpeechT5, both loud enough to pass the arena's
checks and quiet enough not to clip. Nothing is committed as weights: each folder is made from the
configurations below, once a test run.
"""
# ruff: noqa: PLC0415 -- transformers takes seconds to load, and most tests do without

import json
import logging
from pathlib import Path

import numpy as np

LETTERS = "abcdefghijklmnopqrstuvwxyz"
MARKS = " .,?!'"
TEMPLATE = (
    "{% for message in messages %}"
    "<|im_start|>{{ message['role'] }} {{ message['content'] }}<|im_end|>"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant {% endif %}"
)
WHISPER_LANGUAGES = ["<|en|>", "<|zh|>", "<|de|>"]
# Behind the letters, and the last of them last: what follows it a Whisper takes for timestamps.
WHISPER_SPECIALS = [
    "<|endoftext|>",
    "<|startoftranscript|>",
    "<|nospeech|>",
    *WHISPER_LANGUAGES,
    "<|transcribe|>",
    "<|translate|>",
    "<|startofprev|>",
    "<|notimestamps|>",
]


def whisper(folder: Path) -> Path:
    """A multilingual Whisper with a letter a token, which hears something else in every sound."""
    import torch
    from transformers import (
        GenerationConfig,
        WhisperConfig,
        WhisperFeatureExtractor,
        WhisperForConditionalGeneration,
        WhisperProcessor,
    )

    _quiet()
    tokenizer = _letters(WHISPER_SPECIALS, end="<|endoftext|>", specials_first=False)
    ids = {token: tokenizer.convert_tokens_to_ids(token) for token in WHISPER_SPECIALS}
    end = ids["<|endoftext|>"]
    torch.manual_seed(1)
    model = WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=len(tokenizer),
            num_mel_bins=16,
            d_model=16,
            encoder_layers=1,
            decoder_layers=1,
            encoder_attention_heads=2,
            decoder_attention_heads=2,
            encoder_ffn_dim=32,
            decoder_ffn_dim=32,
            max_target_positions=24,
            decoder_start_token_id=ids["<|startoftranscript|>"],
            pad_token_id=end,
            bos_token_id=end,
            eos_token_id=end,
            suppress_tokens=None,
            begin_suppress_tokens=None,
        )
    )
    _spread(model, std=0.6)
    with torch.no_grad():
        model.model.encoder.embed_positions.weight.mul_(0.1)
        for attention in (layer.encoder_attn for layer in model.model.decoder.layers):
            for part in (attention.q_proj, attention.k_proj, attention.v_proj, attention.out_proj):
                part.weight.mul_(3)
    model.generation_config = GenerationConfig(
        decoder_start_token_id=ids["<|startoftranscript|>"],
        eos_token_id=end,
        pad_token_id=end,
        max_length=20,
        is_multilingual=True,
        lang_to_id={tag: ids[tag] for tag in WHISPER_LANGUAGES},
        task_to_id={"transcribe": ids["<|transcribe|>"], "translate": ids["<|translate|>"]},
        no_timestamps_token_id=ids["<|notimestamps|>"],
        suppress_tokens=[number for number in ids.values() if number != end],
    )
    model.save_pretrained(folder)
    extractor = WhisperFeatureExtractor(feature_size=16)
    extractor.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    _class_of(folder, "processor_class", WhisperProcessor.__name__)
    return folder


def chat(folder: Path, *, ends: bool = True) -> Path:
    """A text model whose tokens are letters; its random answers end at random, or only at their limit."""
    import torch
    from transformers import GenerationConfig, Qwen2Config, Qwen2ForCausalLM

    tokenizer = _letters(["<pad>", "<|im_start|>", "<|im_end|>", "<unk>"], end="<|im_end|>")
    tokenizer.pad_token, tokenizer.unk_token = "<pad>", "<unk>"
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    torch.manual_seed(2)
    model = Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=len(tokenizer),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            max_position_embeddings=512,
            bos_token_id=None,
            eos_token_id=2,
            pad_token_id=0,
        )
    )
    _spread(model, std=0.3)
    unsaid = [0, 1, 3] if ends else [0, 1, 2, 3]
    model.generation_config = GenerationConfig(eos_token_id=2, pad_token_id=0, suppress_tokens=unsaid)
    model.save_pretrained(folder)
    return folder


def vits(folder: Path, *, speakers: int = 1) -> Path:
    """A VITS with noise in its rhythm and its voice, as real ones have."""
    import torch
    from transformers import VitsConfig, VitsModel, VitsTokenizer

    alphabet = {one: number for number, one in enumerate(["<pad>", *LETTERS, *MARKS])}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(alphabet), "utf-8")
    VitsTokenizer(folder / "vocab.json", phonemize=False, unk_token="<pad>").save_pretrained(folder)
    torch.manual_seed(3)
    model = VitsModel(
        VitsConfig(
            vocab_size=len(alphabet),
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            ffn_dim=16,
            flow_size=16,
            spectrogram_bins=9,
            wavenet_dilation_rate=1,
            duration_predictor_num_flows=2,
            duration_predictor_filter_channels=16,
            prior_encoder_num_flows=2,
            prior_encoder_num_wavenet_layers=2,
            posterior_encoder_num_wavenet_layers=2,
            upsample_initial_channel=16,
            upsample_rates=[8, 8, 2, 2],
            upsample_kernel_sizes=[16, 16, 4, 4],
            resblock_kernel_sizes=[3],
            resblock_dilation_sizes=[[1, 3]],
            # A letter lasts a twelfth of a second, as in speech.
            speaking_rate=4.0,
            num_speakers=speakers,
            speaker_embedding_size=8 if speakers > 1 else 0,
        )
    )
    _by_fan_in(model.decoder, gain=0.7)
    with torch.no_grad():
        peak = model.eval()(torch.arange(1, 27)[None]).waveform.abs().max()
        model.decoder.conv_post.weight.mul_(0.3 / peak)
    model.save_pretrained(folder)
    return folder


def speecht5(folder: Path) -> Path:
    """A SpeechT5 with its vocoder in `vocoder` and a speaker in `speaker.npy`."""
    import torch
    from transformers import SpeechT5Config, SpeechT5ForTextToSpeech, SpeechT5HifiGan, SpeechT5HifiGanConfig

    tokenizer = _letters(["<s>", "<pad>", "</s>", "<unk>"], end="</s>")
    tokenizer.pad_token, tokenizer.unk_token = "<pad>", "<unk>"
    tokenizer.save_pretrained(folder)
    torch.manual_seed(4)
    model = SpeechT5ForTextToSpeech(
        SpeechT5Config(
            vocab_size=len(tokenizer),
            hidden_size=16,
            encoder_layers=1,
            decoder_layers=1,
            encoder_attention_heads=2,
            decoder_attention_heads=2,
            encoder_ffn_dim=16,
            decoder_ffn_dim=16,
            num_mel_bins=8,
            speech_decoder_prenet_units=8,
            speech_decoder_postnet_units=8,
            speech_decoder_postnet_layers=2,
            speaker_embedding_dim=4,
            max_text_positions=600,
        )
    )
    model.save_pretrained(folder)
    vocoder = SpeechT5HifiGan(
        SpeechT5HifiGanConfig(
            model_in_dim=8,
            upsample_initial_channel=32,
            upsample_rates=[4, 4],
            upsample_kernel_sizes=[8, 8],
            resblock_kernel_sizes=[3],
            resblock_dilation_sizes=[[1, 3]],
        )
    )
    _by_fan_in(vocoder, gain=0.7)
    vocoder.save_pretrained(folder / "vocoder")
    np.save(folder / "speaker.npy", np.ones(4, dtype=np.float32))
    return folder


def _letters(specials: list[str], *, end: str, specials_first: bool = True):
    """A tokenizer with a token for every letter; what it does not know it drops or calls unknown."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = [*LETTERS, *MARKS]
    tokens = [*specials, *letters] if specials_first else [*letters, *specials]
    known = {token: number for number, token in enumerate(tokens)}
    core = Tokenizer(models.WordLevel(known, unk_token=next(one for one in reversed(specials))))
    core.normalizer = normalizers.Lowercase()
    core.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    core.decoder = decoders.Fuse()
    core.add_special_tokens(specials)
    return PreTrainedTokenizerFast(tokenizer_object=core, eos_token=end, pad_token=specials[0])


def _class_of(folder: Path, key: str, name: str) -> None:
    path = folder / "preprocessor_config.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {key: name}), "utf-8")


def _spread(model, *, std: float) -> None:
    """Make what comes out depend on what goes in: the usual 0.02 leaves all answers alike."""
    import torch

    for name, weight in model.named_parameters():
        if weight.ndim > 1 and "norm" not in name:
            torch.nn.init.normal_(weight, std=std)


def _by_fan_in(module, *, gain: float) -> None:
    """Give convolutions weights that neither swell nor fade what passes, and biases that can be heard."""
    import torch

    for one in module.modules():
        if isinstance(one, torch.nn.Conv1d | torch.nn.ConvTranspose1d):
            torch.nn.init.kaiming_normal_(one.weight, nonlinearity="linear")
            with torch.no_grad():
                one.weight.mul_(gain)
                if one.bias is not None:
                    one.bias.normal_(std=0.1)


def pipeline(folder: Path) -> dict[str, dict[str, object]]:
    """The three models in a folder, as the configuration of a pipeline."""
    where = {"kind": "local", "device": "cpu"}
    return {
        "recognise": {**where, "model": str(whisper(folder / "whisper"))},
        "reply": {**where, "model": str(chat(folder / "chat")), "max_new_tokens": 8, "temperature": 1.0},
        "speak": {**where, "model": str(vits(folder / "vits"))},
    }


def _quiet() -> None:
    """Tiny vocabularies are smaller than the ids that configurations come with, and both libraries say so."""
    for name in ("configuration_utils", "generation"):
        logging.getLogger(f"transformers.{name}").setLevel(logging.ERROR)
