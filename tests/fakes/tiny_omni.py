"""Tiny checkpoints of the real speech-to-speech classes, with random weights, in the files a real one has.

Nothing here is committed as weights: each folder is made from the configurations below, once a test run.
"""

import logging
from collections.abc import Callable
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from tokenizers.pre_tokenizers import ByteLevel
from transformers import (
    MoshiConfig,
    MoshiForConditionalGeneration,
    PreTrainedTokenizerFast,
    Qwen2_5OmniConfig,
    Qwen2_5OmniForConditionalGeneration,
    Qwen2Tokenizer,
    Qwen3OmniMoeConfig,
    Qwen3OmniMoeForConditionalGeneration,
    WhisperFeatureExtractor,
)

AUDIO = ("<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>")
AUDIO_3 = ("<|audio_pad|>", "<|audio_start|>", "<|audio_end|>")
CHAT = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
ROLES = ("system", "user", "assistant")
# For what speaks: ids that stand for no text.
UNSPOKEN = ("<tts_pad>", "<tts_bos>", "<tts_eos>")
VOICES = ("Chelsie", "Ethan")
# How much more often than another token the end of an answer comes, very roughly.
END = 4.0
# What brings the last layer's output between silence and clipping.
GAIN = {"qwen2.5-omni": 5e-3, "qwen3-omni": 1e-2, "moshi": 0.2}


def _quiet() -> None:
    """Tiny vocabularies are smaller than the ids that configurations come with, which is said at length.

    One thread: with as many as there are processors, tiny steps wait for each other most of the time.
    """
    torch.set_num_threads(1)
    for name in ("transformers.configuration_utils", "transformers.modeling_utils"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _tokenizer(folder: Path, audio: tuple[str, str, str]):
    """Bytes, the roles of a chat, and its marks."""

    named = dict(zip(("audio_token", "audio_bos_token", "audio_eos_token"), audio, strict=True))
    letters = {letter: number for number, letter in enumerate(sorted(ByteLevel.alphabet()))}
    end_of_text, start, end = CHAT
    tokenizer = Qwen2Tokenizer(
        vocab=letters,
        merges=[],
        unk_token=None,
        eos_token=end,
        pad_token=end_of_text,
        extra_special_tokens={"im_start": start, **named},
    )
    tokenizer.add_tokens([*ROLES, *UNSPOKEN])
    tokenizer.save_pretrained(folder)
    return tokenizer


def _ears(folder: Path) -> None:

    # As in the real folders: 128 mels, 30 s where nobody says otherwise.
    WhisperFeatureExtractor(
        feature_size=128, sampling_rate=16_000, hop_length=160, n_fft=400
    ).save_pretrained(folder)


def _by_fan_in(module) -> None:
    """Give convolutions weights that neither swell nor fade what passes through."""

    for one in module.modules():
        if isinstance(one, torch.nn.Conv1d | torch.nn.ConvTranspose1d):
            torch.nn.init.kaiming_normal_(one.weight, nonlinearity="linear")
            if one.bias is not None:
                torch.nn.init.zeros_(one.bias)


def _spread(module) -> None:
    """Make what is said depend on what was heard: the usual 0.02 leaves all answers alike.

    Experts, which are bare parameters, hold whatever was in the memory where a talker is built.
    """

    for name, weight in module.named_parameters():
        if weight.ndim > 1 and "conv" not in name:
            torch.nn.init.normal_(weight, std=0.2)


def _mrope(sections: list[int]) -> dict:
    return {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": sections}


def qwen25(folder: Path, *, talker: bool = True, speakers: bool = True) -> Path:
    """A Qwen2.5-Omni: `spk_dict.pt` beside the weights, as `from_pretrained` wants it."""

    _quiet()
    torch.manual_seed(25)
    tokenizer = _tokenizer(folder, AUDIO)
    _ears(folder)
    ids = {name: tokenizer.convert_tokens_to_ids(name) for name in (*AUDIO, *CHAT, *ROLES, *UNSPOKEN)}
    marks = {
        "audio_token_index": ids["<|AUDIO|>"],
        "audio_start_token_id": ids["<|audio_bos|>"],
        "audio_end_token_id": ids["<|audio_eos|>"],
        "image_token_index": len(tokenizer),
        "video_token_index": len(tokenizer) + 1,
        "vision_start_token_id": len(tokenizer) + 2,
        "vision_end_token_id": len(tokenizer) + 3,
    }
    body = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "rope_parameters": _mrope([2, 3, 3]),
    }
    config = Qwen2_5OmniConfig(
        enable_audio_output=talker,
        thinker_config={
            **marks,
            "user_token_id": ids["user"],
            "text_config": {**body, "vocab_size": len(tokenizer) + 4},
            "audio_config": {
                "d_model": 32,
                "encoder_layers": 2,
                "encoder_attention_heads": 2,
                "encoder_ffn_dim": 64,
                "output_dim": 32,
            },
            "vision_config": {"depth": 1, "hidden_size": 32, "num_heads": 2, "out_hidden_size": 32},
        },
        talker_config={
            **body,
            **marks,
            "head_dim": 16,
            "embedding_size": 32,
            "vocab_size": 70,
            "tts_text_start_token_id": ids["<tts_bos>"],
            "tts_text_end_token_id": ids["<tts_eos>"],
            "tts_text_pad_token_id": ids["<tts_pad>"],
            "tts_codec_pad_token_id": 64,
            "tts_codec_start_token_id": 65,
            "tts_codec_end_token_id": 66,
            "tts_codec_mask_token_id": 67,
        },
        token2wav_config={
            "dit_config": {
                "hidden_size": 32,
                "num_hidden_layers": 2,
                "num_attention_heads": 2,
                "head_dim": 16,
                "emb_dim": 16,
                "num_embeds": 69,
                "enc_emb_dim": 8,
                "enc_dim": 8,
                "enc_channels": [8, 8, 8, 8, 24],
                "enc_attention_channels": 8,
                "enc_res2net_scale": 2,
                "enc_se_channels": 8,
                "look_ahead_layers": [1],
                "look_backward_layers": [0],
            },
            "bigvgan_config": {"upsample_initial_channel": 64, "resblock_kernel_sizes": [3]}
            | {"resblock_dilation_sizes": [[1, 3, 5]]},
        },
    )
    model = Qwen2_5OmniForConditionalGeneration(config).eval()
    _spread(model.thinker)
    # Some of its answers end by themselves.
    model.thinker.lm_head.weight.data[ids["<|im_end|>"]] *= END
    if talker:
        _spread(model.talker)
        model.talker.codec_head.weight.data[66] *= END / 2
        vocoder = model.token2wav.code2wav_bigvgan_model
        _by_fan_in(vocoder)
        vocoder.conv_post.weight.data *= GAIN["qwen2.5-omni"]
    model.save_pretrained(folder)
    if speakers:
        entry = {"cond": torch.randn(1, 8), "ref_mel": torch.randn(1, 20, 80)}
        torch.save(
            {name: {"bos_token": ids["<tts_bos>"] + n, **entry} for n, name in enumerate(VOICES)},
            folder / "spk_dict.pt",
        )
    return folder


def qwen3(folder: Path, *, talker: bool = True) -> Path:
    """A Qwen3-Omni: its voices stand in its configuration, so nothing lies beside the weights."""

    _quiet()
    torch.manual_seed(3)
    tokenizer = _tokenizer(folder, AUDIO_3)
    _ears(folder)
    ids = {name: tokenizer.convert_tokens_to_ids(name) for name in (*AUDIO_3, *CHAT, *ROLES, *UNSPOKEN)}
    marks = {
        "audio_token_id": ids["<|audio_pad|>"],
        "audio_start_token_id": ids["<|audio_start|>"],
        "image_token_id": len(tokenizer),
        "video_token_id": len(tokenizer) + 1,
        "vision_start_token_id": len(tokenizer) + 2,
    }
    body = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
    }
    experts = {"moe_intermediate_size": 16, "num_experts": 4, "num_experts_per_tok": 2}
    config = Qwen3OmniMoeConfig(
        enable_audio_output=talker,
        im_start_token_id=ids["<|im_start|>"],
        im_end_token_id=ids["<|im_end|>"],
        system_token_id=ids["system"],
        user_token_id=ids["user"],
        assistant_token_id=ids["assistant"],
        tts_pad_token_id=ids["<tts_pad>"],
        tts_bos_token_id=ids["<tts_bos>"],
        tts_eos_token_id=ids["<tts_eos>"],
        thinker_config={
            **marks,
            "user_token_id": ids["user"],
            "text_config": {**body, **experts, "vocab_size": len(tokenizer) + 4}
            | {"rope_parameters": _mrope([4, 2, 2])},
            "audio_config": {
                "d_model": 32,
                "encoder_layers": 2,
                "encoder_attention_heads": 2,
                "encoder_ffn_dim": 64,
                "downsample_hidden_size": 8,
                "output_dim": 32,
            },
            "vision_config": {"depth": 1, "hidden_size": 32, "num_heads": 2, "out_hidden_size": 32}
            | {"intermediate_size": 32, "deepstack_visual_indexes": [0]},
        },
        talker_config={
            **marks,
            "spatial_merge_size": 2,
            "num_code_groups": 4,
            "thinker_hidden_size": 32,
            "accept_hidden_layer": 1,
            # 64 codes that are sound, then the 1,024 ids that are never picked but for the end.
            "codec_pad_id": 70,
            "codec_bos_id": 71,
            "codec_eos_token_id": 72,
            "codec_nothink_id": 73,
            "codec_think_bos_id": 74,
            "codec_think_eos_id": 75,
            "speaker_id": {name.lower(): 80 + n for n, name in enumerate(VOICES)},
            "text_config": {**body, **experts, "vocab_size": 64 + 1024, "rope_parameters": _mrope([4, 2, 2])}
            | {"shared_expert_intermediate_size": 16},
            "code_predictor_config": {**body, "head_dim": 16, "vocab_size": 64, "num_code_groups": 4},
        },
        code2wav_config={
            "codebook_size": 64,
            "hidden_size": 32,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_quantizers": 4,
            "decoder_dim": 64,
        },
    )
    model = Qwen3OmniMoeForConditionalGeneration(config).eval()
    _spread(model.thinker)
    # Some of its answers end by themselves.
    model.thinker.lm_head.weight.data[ids["<|im_end|>"]] *= END
    if talker:
        _spread(model.talker)
        model.talker.codec_head.weight.data[72] *= END
        _by_fan_in(model.code2wav)
        model.code2wav.decoder[-1].conv.weight.data *= GAIN["qwen3-omni"]
    model.save_pretrained(folder)
    return folder


def moshi(folder: Path) -> Path:
    """A Moshi with its Mimi."""

    _quiet()
    torch.manual_seed(12)
    words = ["<unk>", "<s>", "</s>", "<pad>", *(f"\u2581{a}{b}" for a in "bdgklmnprst" for b in "aeiou")]
    body = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, unk_token="<unk>"))
    body.pre_tokenizer, body.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    body.add_special_tokens([AddedToken(word, special=True) for word in words[:4]])
    PreTrainedTokenizerFast(tokenizer_object=body, unk_token="<unk>", pad_token="<pad>").save_pretrained(
        folder
    )
    config = MoshiConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        ffn_dim=64,
        num_codebooks=4,
        audio_encoder_config={
            "model_type": "mimi",
            "hidden_size": 32,
            "num_filters": 4,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "intermediate_size": 32,
            "codebook_size": 32,
            "codebook_dim": 16,
            "vector_quantization_hidden_dimension": 16,
            "upsample_groups": 32,
            "num_quantizers": 4,
        },
        depth_decoder_config={
            "hidden_size": 32,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "ffn_dim": 64,
            "max_position_embeddings": 5,
        },
    )
    model = MoshiForConditionalGeneration(config).eval()
    # Fresh codebooks are all zeros: whatever was said would sound the same.
    for name, codes in model.audio_encoder.named_buffers():
        if name.endswith("embed_sum"):
            codes.normal_()
    _by_fan_in(model.audio_encoder.decoder)
    model.audio_encoder.decoder.decoder_seanet.layers[-1].conv.weight.data *= GAIN["moshi"]
    model.save_pretrained(folder)
    return folder


KINDS: dict[str, Callable[..., Path]] = {"qwen2.5-omni": qwen25, "qwen3-omni": qwen3, "moshi": moshi}
