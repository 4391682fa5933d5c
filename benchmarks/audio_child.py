"""What a decode in a child of its own costs: a fresh interpreter for each clip, or a fork from a warm zygote.

Run from the repository: `python benchmarks/audio_child.py [CLIPS]`. It prints milliseconds for a clip of 10 s
that is taken in whole (decoded, checked, normalised): without a child, and with either kind of it.
"""

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from inference.audio import children, work
from inference.audio.checks import Limits
from inference.audio.clip import Clip
from inference.audio.ingest import ingest

SECONDS, RATE = 10, 24_000


def speechlike() -> bytes:
    """Make ten seconds of noise that swells and fades as syllables do, as WAV."""
    rng = np.random.default_rng(1)
    swell = np.sin(2 * np.pi * 2 * np.arange(SECONDS * RATE) / RATE) ** 2
    return Clip(
        samples=(0.2 * swell * rng.standard_normal(SECONDS * RATE)).astype(np.float32), rate=RATE
    ).wav()


def in_process(raw: bytes) -> None:
    """Do the work with no child at all: the part that nothing can save."""
    work.take_in(raw, limits=asdict(Limits()))


def fresh(raw: bytes) -> None:
    """Start a new interpreter for the clip and end it afterwards."""
    children.close()
    ingest(raw)


def milliseconds(function: Callable[[bytes], object], raw: bytes, clips: int, threads: int = 1) -> float:
    """Wall time a clip."""
    with ThreadPoolExecutor(threads) as pool:
        start = time.perf_counter()
        list(pool.map(function, [raw] * clips))
        return 1000 * (time.perf_counter() - start) / clips


def main() -> None:
    """Measure and print."""
    clips, raw = int(sys.argv[1]) if len(sys.argv) > 1 else 40, speechlike()
    in_process(raw)
    print(f"in process            {milliseconds(in_process, raw, clips):6.0f} ms")
    print(f"fresh interpreter     {milliseconds(fresh, raw, clips):6.0f} ms")
    ingest(raw)
    print(f"fork                  {milliseconds(ingest, raw, clips):6.0f} ms")
    print(f"fork, two threads     {milliseconds(ingest, raw, clips, threads=2):6.0f} ms")


if __name__ == "__main__":
    main()
