"""Write a tiny moshi with random weights, in the files that a real one has: `python make.py weights`."""

import sys
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import MoshiConfig, MoshiForConditionalGeneration, PreTrainedTokenizerFast

CODEC = {
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
}
DEPTH = {
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "ffn_dim": 64,
    "max_position_embeddings": 5,
}
# Brings the last layer between silence and clipping.
GAIN = 0.2


def main(folder: Path) -> None:
    """Write tokenizer, weights and card."""
    torch.manual_seed(12)
    words = ["<unk>", "<s>", "</s>", "<pad>", *(f"\u2581{a}{b}" for a in "bdgklmnprst" for b in "aeiou")]
    body = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, unk_token="<unk>"))
    body.pre_tokenizer, body.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    body.add_special_tokens([AddedToken(word, special=True) for word in words[:4]])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=body, unk_token="<unk>", pad_token="<pad>")
    tokenizer.save_pretrained(folder)
    config = MoshiConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        ffn_dim=64,
        num_codebooks=4,
        audio_encoder_config=CODEC,
        depth_decoder_config=DEPTH,
    )
    model = MoshiForConditionalGeneration(config).eval()
    for name, codes in model.audio_encoder.named_buffers():
        if name.endswith("embed_sum"):
            codes.normal_()
    for one in model.audio_encoder.decoder.modules():
        if isinstance(one, torch.nn.Conv1d | torch.nn.ConvTranspose1d):
            torch.nn.init.kaiming_normal_(one.weight, nonlinearity="linear")
            if one.bias is not None:
                torch.nn.init.zeros_(one.bias)
    model.audio_encoder.decoder.decoder_seanet.layers[-1].conv.weight.data *= GAIN
    model.save_pretrained(folder)
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\nA tiny moshi with random weights.\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
