"""Time speech-to-speech models in batches: tiny ones on this processor, or of real size on a GPU.

Run from the repository: `python -m benchmarks.omni [--tiny | --large]`; without either, large where there is
a GPU. Weights are random, so every answer is made as long as said below, and nothing is downloaded. It prints
the figures and writes them to benchmarks/results/omni-tiny.json or omni-large.json.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import (
    AutoFeatureExtractor,
    AutoTokenizer,
    Qwen2_5OmniConfig,
    Qwen2_5OmniForConditionalGeneration,
    WhisperConfig,
    WhisperForConditionalGeneration,
)

from inference.adapters import evidence, registry
from inference.adapters.base import MemoryStages, Reply
from inference.adapters.omni.adapter import Omni
from inference.adapters.omni.base import Spoken, Weights
from inference.audio.clip import Clip
from tests.fakes import tiny_omni

RESULTS = Path(__file__).parent / "results"
BATCHES = (1, 4, 16, 64)
# Of one length each time: an answer of about 60 words, spoken in 10 s.
TEXT_TOKENS, CODEC_TOKENS = 100, 500
PROMPT_SECONDS = 5.0
TRANSCRIPT_TOKENS = 60
TINY: dict[str, dict[str, Any]] = {
    "qwen2.5-omni": {
        "thinker": {"min_new_tokens": 16, "max_new_tokens": 16},
        "talker": {"min_new_tokens": 40, "max_new_tokens": 40},
    },
    "qwen3-omni": {
        "thinker": {"min_new_tokens": 16, "max_new_tokens": 16},
        "talker": {"min_new_tokens": 10, "max_new_tokens": 10},
    },
    "moshi": {"listen_seconds": 0.8},
}


def prompts(count: int) -> list[Clip]:
    """Noise of one length."""
    rng = np.random.default_rng(1)
    return [
        Clip(rng.normal(0, 0.05, round(PROMPT_SECONDS * 16_000)).astype(np.float32), 16_000)
        for _ in range(count)
    ]


def tiny(count: int = 32) -> dict[str, Any]:
    """Answer the same prompts one by one and in one batch, with each of the three classes."""
    found: dict[str, Any] = {}
    for kind, settings in TINY.items():
        with tempfile.TemporaryDirectory() as folder:
            path = str(tiny_omni.KINDS[kind](Path(folder)))
            adapter = registry.load(
                "omni", {"path": path, "batch_size": count, "model": {"kind": kind, **settings}}
            )

            def ask(clips: Sequence[Clip], adapter: Any = adapter) -> list[Any]:
                return list(adapter.respond(clips, seed=1, stages=[MemoryStages() for _ in clips]))

            clips = prompts(count)
            ask(clips[:1])
            loop, alone = timed(lambda: [ask([one])[0] for one in clips])  # noqa: B023 -- called at once
            batch, together = timed(lambda: ask(clips))  # noqa: B023 -- called at once
            found[kind] = {
                "prompts": count,
                "loop_seconds": round(loop, 3),
                "batch_seconds": round(batch, 3),
                "times_as_fast": round(loop / batch, 2),
                "same_words": [one.transcript for one in alone] == [one.transcript for one in together],
                "largest_difference": max(map(_difference, alone, together)),
            }
    return found


def _difference(one: Reply, other: Reply) -> float:
    return float(np.abs(one.clip.samples - other.clip.samples).max())


def large() -> dict[str, Any]:
    """Qwen2.5-Omni of 7B and Whisper-large-v3, in bfloat16."""
    return {"qwen2.5-omni-7b": qwen(), "whisper-large-v3": whisper()}


def qwen() -> list[dict[str, Any]]:
    """Answer batches with random weights of the released checkpoint's shape."""
    with tempfile.TemporaryDirectory() as folder:
        # Its tokenizer, speakers and features; the weights are made below.
        path = tiny_omni.qwen25(Path(folder))
        tokenizer = AutoTokenizer.from_pretrained(path)
        ears = AutoFeatureExtractor.from_pretrained(path)
    model = built(Qwen2_5OmniForConditionalGeneration, _qwen_config(tokenizer))
    model.speaker_map["Chelsie"] = {
        "bos_token": tokenizer.convert_tokens_to_ids("<tts_bos>"),
        "cond": torch.randn(1, 192),
        "ref_mel": torch.randn(1, 300, 80),
    }
    lengths = {
        "thinker": {"min_new_tokens": TEXT_TOKENS, "max_new_tokens": TEXT_TOKENS},
        "talker": {"min_new_tokens": CODEC_TOKENS, "max_new_tokens": CODEC_TOKENS},
    }
    adapter = Omni.model_validate({"path": "random", "model": {"kind": "qwen2.5-omni", **lengths}})
    loaded = Weights(
        model=model,
        tokenizer=tokenizer,
        ears=ears,
        device="cuda:0",
        hardware="",
        dtype="bfloat16",
        revision="",
        seconds=0.0,
    )

    def answer(batch: int) -> float:
        spoken = adapter.model.answer(prompts(batch), loaded, seed=1)
        return sum(one.clip.seconds for one in spoken if isinstance(one, Spoken))

    return measured(answer)


def _qwen_config(tokenizer: Any) -> Any:
    """Sizes as released; the ids of the small tokenizer. Source: config.json of Qwen/Qwen2.5-Omni-7B."""
    ids = {name: tokenizer.convert_tokens_to_ids(name) for name in (*tiny_omni.AUDIO, *tiny_omni.UNSPOKEN)}
    pad, start, end = tiny_omni.UNSPOKEN
    marks = {
        "audio_token_index": ids[tiny_omni.AUDIO[0]],
        "audio_start_token_id": ids[tiny_omni.AUDIO[1]],
        "audio_end_token_id": ids[tiny_omni.AUDIO[2]],
    }
    rope = {"rope_type": "default", "rope_theta": 1_000_000.0, "mrope_section": [16, 24, 24]}
    return Qwen2_5OmniConfig(
        thinker_config={
            **marks,
            "text_config": {"rope_parameters": rope},
            "vision_config": {"hidden_size": 1_280},
        },
        talker_config={
            **marks,
            "hidden_size": 896,
            "num_hidden_layers": 24,
            "num_attention_heads": 12,
            "num_key_value_heads": 4,
            "rope_parameters": rope,
            "tts_text_pad_token_id": ids[pad],
            "tts_text_start_token_id": ids[start],
            "tts_text_end_token_id": ids[end],
        },
    )


def whisper() -> list[dict[str, Any]]:
    """Transcribe batches of 30 s windows; the release has 32 layers each and 128 mels."""
    config = WhisperConfig(
        vocab_size=51_866,
        num_mel_bins=128,
        d_model=1_280,
        encoder_layers=32,
        decoder_layers=32,
        encoder_attention_heads=20,
        decoder_attention_heads=20,
        encoder_ffn_dim=5_120,
        decoder_ffn_dim=5_120,
        decoder_start_token_id=50_258,
    )
    model = built(WhisperForConditionalGeneration, config)

    def transcribe(batch: int) -> float:
        features = torch.zeros(batch, 128, 3_000, device="cuda", dtype=torch.bfloat16)
        model.generate(features, min_new_tokens=TRANSCRIPT_TOKENS, max_new_tokens=TRANSCRIPT_TOKENS)
        return batch * 30.0

    return measured(transcribe)


def built(kind: Any, config: Any) -> Any:
    """Make a model with random weights on the GPU."""
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device("cuda"):
            return kind(config).to(torch.bfloat16).eval()
    finally:
        torch.set_default_dtype(torch.float32)


def measured(work: Callable[[int], float]) -> list[dict[str, Any]]:
    """Run each size of batch once to warm up and once for the clock; `work` returns seconds of sound."""
    found = []
    for batch in BATCHES:
        torch.cuda.reset_peak_memory_stats()
        try:
            work(batch)
            seconds, sound = timed(lambda: work(batch))  # noqa: B023 -- called at once
        except torch.cuda.OutOfMemoryError:
            found.append({"batch": batch, "outcome": "out of memory"})
            break
        found.append(
            {
                "batch": batch,
                "seconds": round(seconds, 3),
                "prompts_a_second": round(batch / seconds, 3),
                "real_time_factor": round(seconds / sound, 4),
                "peak_gib": round(torch.cuda.max_memory_allocated() / 2**30, 2),
            }
        )
        print(found[-1], flush=True)
    return found


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Run and return seconds, once the GPU has come to rest, and what came out."""
    started = time.perf_counter()
    result = work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - started, result


def main() -> None:
    """Choose, measure, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--tiny", action="store_true")
    size.add_argument("--large", action="store_true")
    options = parser.parse_args()
    name = "large" if options.large or (torch.cuda.is_available() and not options.tiny) else "tiny"
    machine = {
        "processors": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
        "threads": 1 if name == "tiny" else torch.get_num_threads(),
    }
    found = {
        "machine": machine,
        "libraries": evidence.versions(("torch", "transformers")),
        name: tiny() if name == "tiny" else large(),
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(found, indent=2) + "\n"
    (RESULTS / f"omni-{name}.json").write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
