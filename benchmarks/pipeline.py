"""Time the pipeline in batches against a loop of single calls, local with tiny models and hosted on loopback.

Run from the repository: `python -m benchmarks.pipeline [--prompts 64] [--batch 64] [--in-flight 8]`. Both
sides answer the same prompts in one process, one after the other, and the answers are compared. It prints the
figures and writes them to benchmarks/results/pipeline.json. On a machine that is busy with other things, look
at the processor's seconds, and give torch one thread (`--threads 1`): two wait for each other.
"""

import argparse
import contextlib
import json
import multiprocessing
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from inference.adapters import evidence, registry, secrets
from inference.adapters.base import Adapter, MemoryStages, Reply
from inference.audio.clip import Clip
from tests.fakes.openai_server import KEY, OpenAIServer

RESULTS = Path(__file__).parent / "results" / "pipeline.json"
LATENCY_SECONDS = 0.2
START_SECONDS = 120
# A sentence and a half, of which each token is a pass through the text model.
ANSWER_TOKENS = 64
# Sums over a batch are rounded in another order than those over one row.
TOLERANCE = 1e-5


def prompts(count: int) -> list[Clip]:
    """Make noises of 1 to 3 s."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(16_000, 48_000, count)
    return [Clip(rng.normal(0, 0.05, length).astype(np.float32), 16_000) for length in lengths]


def answers(adapter: Adapter, clips: Sequence[Clip]) -> list[Reply]:
    """Ask, and insist on an answer to each."""
    found = list(adapter.respond(clips, seed=1, stages=[MemoryStages() for _ in clips]))
    wrong = [one for one in found if not isinstance(one, Reply)]
    if wrong:
        raise RuntimeError(f"{len(wrong)} prompts got no answer: {wrong[0]!r}")
    return [one for one in found if isinstance(one, Reply)]


def timed(adapter: Adapter, clips: Sequence[Clip], *, batch: int) -> tuple[float, float, list[Reply]]:
    """Answer all in batches of this size; seconds, seconds of processors, and answers."""
    started, used = time.perf_counter(), time.process_time()
    found = [
        one for start in range(0, len(clips), batch) for one in answers(adapter, clips[start : start + batch])
    ]
    return time.perf_counter() - started, time.process_time() - used, found


def compared(config: dict[str, Any], clips: Sequence[Clip], *, batch: int) -> dict[str, object]:
    """Time a loop of single calls, then batches, and say by how much the answers differ."""
    single = registry.load("pipeline", {**config, "batch_size": 1})
    batched = registry.load("pipeline", {**config, "batch_size": batch})
    answers(batched, clips[:1])
    alone_seconds, alone_used, alone = timed(single, clips, batch=1)
    batch_seconds, batch_used, together = timed(batched, clips, batch=batch)
    return {
        "prompts": len(clips),
        "batch": batch,
        "single_seconds": round(alone_seconds, 3),
        "batched_seconds": round(batch_seconds, 3),
        "times_as_fast": round(alone_seconds / batch_seconds, 2),
        "processor_seconds": {"single": round(alone_used, 3), "batched": round(batch_used, 3)},
        "times_less_processor": round(alone_used / batch_used, 2),
        "answers_equal": all(map(same, alone, together)),
    }


def same(one: Reply, other: Reply) -> bool:
    """Tell whether two answers have the same words and, but for rounding, the same samples."""
    return (
        one.transcript == other.transcript
        and one.clip.samples.shape == other.clip.samples.shape
        and bool(np.allclose(one.clip.samples, other.clip.samples, atol=TOLERANCE))
    )


def local(count: int, batch: int, threads: int) -> dict[str, object]:
    """Measure three tiny models of the real classes on this processor."""
    import torch  # noqa: PLC0415 -- only here

    from tests.fakes import tiny_pipeline  # noqa: PLC0415 -- beside it

    torch.set_num_threads(threads)
    with tempfile.TemporaryDirectory() as folder:
        config = tiny_pipeline.pipeline(Path(folder))
        endless = tiny_pipeline.chat(Path(folder) / "endless", ends=False)
        config["reply"] |= {"model": str(endless), "max_new_tokens": ANSWER_TOKENS}
        return compared(config, prompts(count), batch=batch) | {"threads": threads}


def hosted(count: int, in_flight: int) -> dict[str, object]:
    """Measure three servers that take 200 ms a call, in a process of their own as real ones are."""
    secrets.lend({"loopback": KEY})
    spawning = multiprocessing.get_context("spawn")
    ours, theirs = spawning.Pipe()
    server = spawning.Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    try:
        if not ours.poll(START_SECONDS):
            raise RuntimeError("The server did not start.")
        return compared(ours.recv(), prompts(count), batch=in_flight) | {"latency_seconds": LATENCY_SECONDS}
    finally:
        theirs.close()
        with contextlib.suppress(BrokenPipeError):
            ours.send("That is all.")
        server.join()


def serve(asked: Connection) -> None:
    """Serve until told that it is enough."""
    with OpenAIServer() as server:
        server.latency_seconds = LATENCY_SECONDS
        asked.send(server.config(secret="loopback"))  # noqa: S106 -- its name
        asked.recv()


def main() -> None:
    """Measure both and write them down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--prompts", type=int, default=64)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--in-flight", type=int, default=8)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="of torch")
    options = parser.parse_args()
    found: dict[str, Any] = {
        "machine": {
            "processors": os.cpu_count(),
            "system": platform.system(),
            "load_before": os.getloadavg()[0],
        },
        "libraries": evidence.versions(("torch", "transformers", "openai", "numpy")),
        "hosted": hosted(options.prompts, options.in_flight),
        "local": local(options.prompts, options.batch, options.threads),
    }
    found["machine"]["load_after"] = os.getloadavg()[0]
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
