"""Send 100,000 changed files, hundreds made by hand and all bombs through the real way in, and judge it.

Run from the repository: `make mutants`, or `python -m benchmarks.mutants [--files 100000] [--run 1]`.
Mutant n of a run is the same file each time: `--only N` takes a single one and says what becomes of it.
The result is written as JSON; the exit status is 1 where a promise was broken.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import soundfile
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks.audio_verdicts import TAKEN, Tally, Verdict, judge, listen
from tests.inference.audio import handmade, mutation
from tests.inference.audio.bombs import BOMBS

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "benchmarks" / "results" / "mutants.json"
SHARD = 250
MOST_SECONDS, MOST_BYTES, MOST_BOMB_SECONDS = 10.0, 512_000_000, 2.0


def shard(start: int, stop: int, run: int) -> Tally:
    """Judge the mutants of some numbers, in a process of its own."""
    listener, tally = listen(), Tally()
    for number in range(start, stop):
        mutant = mutation.mutant(number, run=run)
        tally.add(
            judge(f"mutant {number}: {mutant.seed}, {mutant.change}", mutant.raw, listener), mutant.seed
        )
    return tally


def mutants(*, files: int, run: int, processes: int, advance: Callable[[int], None]) -> Tally:
    """Judge all mutants over several processes."""
    total = Tally()
    # Spawned, since the progress bar has a thread; a process that dies breaks the pool and so ends the run.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        shards = [
            pool.submit(shard, start, min(start + SHARD, files), run) for start in range(0, files, SHARD)
        ]
        for done in as_completed(shards):
            tally = done.result()
            total.merge(tally)
            advance(tally.outcomes.total())
    return total


def by_hand() -> Tally:
    """Judge the files that were made by hand."""
    listener, tally = listen(), Tally()
    for name, make in handmade.all_files().items():
        tally.add(judge(name, make(), listener), name.split(":")[0])
    return tally


def bombs() -> list[Verdict]:
    """Judge the bombs; each has one right answer."""
    listener, verdicts = listen(), []
    for name, (make, code) in BOMBS.items():
        verdict = judge(name, make(), listener)
        if verdict.outcome != code:
            verdict.wrong = f"{verdict.outcome} where {code} is right"
        verdicts.append(verdict)
    return verdicts


def explained() -> set[str]:
    """The reason codes that docs/audio.md explains."""
    table = (ROOT / "docs" / "audio.md").read_text(encoding="utf-8").split("## Bad audio\n")[1]
    return {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")}


def promises(files: Tally, made: Tally, blown: list[Verdict]) -> Iterator[dict[str, Any]]:
    """Hold what was found against what is promised."""
    outcomes = files.outcomes + made.outcomes
    unexplained = sorted(set(outcomes) - explained() - {TAKEN})
    wrong = [*files.wrong, *made.wrong]
    seconds = max(files.slowest.seconds, made.slowest.seconds)
    peak = max(files.largest.peak_bytes, made.largest.peak_bytes)
    bomb_seconds, bomb_peak = max(v.cpu_seconds for v in blown), max(v.peak_bytes for v in blown)
    for promise, found, kept in (
        ("no crash outside a child, and no wrong playback file", len(wrong), not wrong),
        (f"no file takes more than {MOST_SECONDS:g} s", round(seconds, 3), seconds <= MOST_SECONDS),
        ("no child holds more than 512 MB", peak, peak <= MOST_BYTES),
        ("every refusal has a reason of docs/audio.md", unexplained, not unexplained),
        ("each bomb is refused for what it is", [asdict(v) for v in blown if v.wrong],
         not any(v.wrong for v in blown)),
        (f"no bomb takes more than {MOST_BOMB_SECONDS:g} s of processor time", bomb_seconds,
         bomb_seconds <= MOST_BOMB_SECONDS),
        ("no bomb's child holds more than 512 MB", bomb_peak, bomb_peak <= MOST_BYTES),
    ):  # fmt: skip
        yield {"promise": promise, "found": found, "kept": kept}


def written(tally: Tally) -> dict[str, Any]:
    """A tally as JSON."""
    return {
        "files": tally.outcomes.total(),
        "outcomes": dict(tally.outcomes.most_common()),
        "outcomes_by_seed": {name: dict(found.most_common()) for name, found in tally.seeds.items()},
        "slowest": asdict(tally.slowest),
        "most_processor_time": asdict(tally.busiest),
        "largest": asdict(tally.largest),
        "children_crashed": len(tally.crashed_children),
        "first_children_crashed": [asdict(verdict) for verdict in tally.crashed_children[:20]],
        "wrong": [asdict(verdict) for verdict in tally.wrong[:20]],
    }


def main() -> None:
    """Run everything, write the result and end with 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000, help="How many mutants.")
    parser.add_argument("--run", type=int, default=1, help="The seed of the series.")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", type=int, help="Judge this mutant alone.")
    parser.add_argument("--result", type=Path, default=RESULT)
    options = parser.parse_args()
    console = Console()
    if options.only is not None:
        console.print(shard(options.only, options.only + 1, options.run).slowest)
        return
    began = time.monotonic()
    files = with_bar(console, files=options.files, run=options.run, processes=options.processes)
    made, blown = by_hand(), bombs()
    result = {
        "what": "audio files changed at random, made by hand, and bombs, through inference.audio.ingest",
        "how": f"python -m benchmarks.mutants --files {options.files} --run {options.run}",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"libsndfile {soundfile.__libsndfile_version__}",
        "seconds": round(time.monotonic() - began),
        "promises": list(promises(files, made, blown)),
        "mutants": written(files),
        "made_by_hand": written(made),
        "bombs": [asdict(verdict) for verdict in blown],
    }
    options.result.parent.mkdir(parents=True, exist_ok=True)
    options.result.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.exit(report(console, result))


def with_bar(console: Console, *, files: int, run: int, processes: int) -> Tally:
    """Judge all mutants below a bar that shows how many are left."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("mutants", total=files)
        return mutants(
            files=files, run=run, processes=processes, advance=lambda done: bar.advance(task, done)
        )


def report(console: Console, result: dict[str, Any]) -> int:
    """Print what was found, and return the exit status."""
    found = result["mutants"]
    outcomes = ", ".join(f"{count:,} {name}" for name, count in found["outcomes"].items())
    console.print(f"{found['files']:,} mutants in {result['seconds']} s: {outcomes}")
    console.print(f"{found['children_crashed']} of the children crashed")
    console.print(f"{result['made_by_hand']['files']} files made by hand, {len(result['bombs'])} bombs")
    for promise in result["promises"]:
        word = "kept" if promise["kept"] else "BROKEN"
        console.print(f"{word:7} {promise['promise']}: {promise['found'] or 'none'}", highlight=False)
    return 0 if all(promise["kept"] for promise in result["promises"]) else 1


if __name__ == "__main__":
    main()
