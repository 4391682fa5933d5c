"""What it costs to take a clip in: without a child, by a fork from a warm zygote, and in a fresh interpreter.

Run from the repository: `python -m benchmarks.audio_child [--clips 40] [--seconds 10] [--against COMMIT]`.
It prints milliseconds a clip. With a commit, that commit's code and this one's take turns, and the best round
of either is compared, since others may use the machine; it also says whether both made the same file.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import numpy as np

from inference.audio import children, work
from inference.audio.checks import Limits
from inference.audio.clip import Clip
from inference.audio.ingest import decode, ingest

HERE = Path(__file__).resolve()
RATE, ROUNDS = 24_000, 7


def speechlike(seconds: float) -> bytes:
    """Make noise that swells and fades as syllables do, as WAV."""
    rng = np.random.default_rng(1)
    time_ = np.arange(round(seconds * RATE)) / RATE
    swell = np.sin(2 * np.pi * 2 * time_) ** 2
    return Clip(samples=(0.2 * swell * rng.standard_normal(len(time_))).astype(np.float32), rate=RATE).wav()


def in_process(raw: bytes) -> None:
    """Do the work with no child at all: the part that nothing can save."""
    work.take_in(raw, limits=asdict(Limits()))


def fresh(raw: bytes) -> None:
    """Start a new interpreter for the clip and end it afterwards."""
    children.close()
    ingest(raw)


def milliseconds(function: Callable[[bytes], object], raw: bytes, clips: int, threads: int = 1) -> float:
    """Wall time a clip."""
    function(raw)
    with ThreadPoolExecutor(threads) as pool:
        start = time.perf_counter()
        list(pool.map(function, [raw] * clips))
        return 1000 * (time.perf_counter() - start) / clips


def figures(clips: int, seconds: float) -> dict[str, float]:
    """Measure every way, the two that a job goes last."""
    raw = speechlike(seconds)
    return {
        "in process": milliseconds(in_process, raw, clips),
        "ingest, fresh interpreter": milliseconds(fresh, raw, max(3, clips // 8)),
        "ingest, fork, two threads": milliseconds(ingest, raw, clips, threads=2),
        "ingest, fork": milliseconds(ingest, raw, clips),
        "decode, fork": milliseconds(decode, raw, clips),
    }


def measured(tree: Path, options: argparse.Namespace) -> tuple[dict[str, float], str]:
    """Measure a tree's code in an interpreter of its own; also answers the digest of its playback file."""
    order = ["--json", f"--clips={options.clips}", f"--seconds={options.seconds}"]
    done = subprocess.run(  # noqa: S603 -- this very program
        [sys.executable, "-m", "benchmarks.audio_child", *order],
        cwd=tree,
        stdout=subprocess.PIPE,
        check=True,
    )
    found = json.loads(done.stdout)
    return found["figures"], found["playback"]


def unpack(commit: str, folder: Path) -> None:
    """Put a commit's audio package into a folder, and this program beside it."""
    (folder / "benchmarks").mkdir()
    shutil.copy(HERE, folder / "benchmarks" / HERE.name)
    archive, paths = folder / "commit.tar", ["inference/__init__.py", "inference/audio"]
    order = ["git", "archive", f"--output={archive}", commit, *paths]
    subprocess.run(order, cwd=HERE.parents[1], check=True)  # noqa: S603 -- who runs this names the commit
    shutil.unpack_archive(archive, folder, filter="data")


def compare(options: argparse.Namespace) -> None:
    """Let a commit and this tree take turns, and print the best of each and their ratio."""
    with tempfile.TemporaryDirectory() as name:
        unpack(options.against, Path(name))
        trees = (Path(name), HERE.parents[1])
        turns = [[measured(tree, options) for tree in trees] for _ in range(ROUNDS)]
    print(f"| ms a clip of {options.seconds:g} s | {options.against} | now | ratio |\n|---|---:|---:|---:|")
    for name in turns[0][0][0]:
        before, now = (min(turn[side][0][name] for turn in turns) for side in (0, 1))
        print(f"| {name} | {before:.1f} | {now:.1f} | {now / before:.2f} |")
    same = len({digest for turn in turns for _, digest in turn}) == 1
    print(f"\nThe playback files are {'the same' if same else 'DIFFERENT'}.")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clips", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--against", help="A commit with which to compare.")
    parser.add_argument("--json", action="store_true", help="For a run inside a run.")
    options = parser.parse_args()
    if options.against:
        compare(options)
        return
    found = figures(options.clips, options.seconds)
    if options.json:
        playback = repr(ingest(speechlike(options.seconds)).playback)
        print(json.dumps({"figures": found, "playback": hashlib.sha256(playback.encode()).hexdigest()}))
        return
    for name, value in found.items():
        print(f"{name:28}{value:6.1f} ms")


if __name__ == "__main__":
    main()
