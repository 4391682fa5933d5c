"""Accept a system with its real weights or keys, before it is let in (systems.md S71 to S74). Never in CI.

    make accept SYSTEM=moshika
    make accept SYSTEM=mini-omni ARGS="--python ../mini-omni/.venv/bin/python"
    python -m benchmarks.accept cascade --prompts folder/of/fifteen --recogniser openai/whisper-large-v3

Asks for fifteen prompts twice with one seed through the worker, and says how many answers the arena would
take, their rates and channels, whether both runs gave the same samples, seconds and memory. On tongue
twisters the system's own words are compared with what another recogniser hears in its sound. The last step
is yours: it names three answers to listen to.
"""

import argparse
import hashlib
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import soundfile

from inference import catalogue, starter
from inference.adapters import espeak
from inference.adapters.base import PermanentError
from inference.adapters.pipeline.local import LocalRecogniser
from inference.audio.checks import Limits
from inference.audio.decode import decode

PROMPTS = 15
LEAST_ACCEPTED = 14
TWISTERS = 4
LEAST_AGREEING = 3
MOST_WORD_ERROR = 0.3
LISTENED = 3
TWISTER = re.compile(r"tongue.?twister", re.IGNORECASE)
HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass
class Findings:
    """What is found, a line each, and what of it is not as it must be."""

    lines: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def say(self, what: str, found: str, *, good: bool | None = None) -> None:
        """Note one thing; `good` is None where nothing is asked of it."""
        mark = {None: "", True: "ok", False: "NOT OK"}[good]
        self.lines.append(f"| {what} | {found} | {mark} |")
        if good is False:
            self.failures.append(what)


@dataclass(frozen=True)
class Run:
    """One run of the worker: what it said of each prompt, by the prompt's name."""

    folder: Path
    facts: dict[str, dict[str, Any]]
    seconds: float

    @property
    def accepted(self) -> dict[str, dict[str, Any]]:
        """The answers that the arena would take."""
        return {name: one for name, one in self.facts.items() if one["answered"]}

    def sound(self, name: str) -> Path:
        """Where an answer lies."""
        return self.folder / name / "answer.flac"


def main() -> int:
    """Run it; 0: all is as it must be, 1: something is not."""
    options = _parser().parse_args()
    entry = catalogue.read(options.system)
    with tempfile.TemporaryDirectory(prefix="s2s-arena-accept-") as scratch:
        out = options.out or Path(scratch)
        prompts = options.prompts or speak_starter(out / "prompts")
        runs = [run(options, prompts, out / f"run-{number}") for number in (1, 2)]
        findings = Findings()
        look(findings, entry, runs)
        compare(findings, runs[0], recogniser=options.recogniser)
    print(f"{entry.slug}: {entry.model.name} {entry.version}\n\n| what | found | |\n|---|---|---|")
    print("\n".join(findings.lines))
    three = (
        [runs[0].sound(name) for name in list(runs[0].accepted)[:LISTENED]]
        if options.out
        else ["(keep them by --out)"]
    )
    print("\nListen, and sign: right prompt, right speed, whole.", *three, sep="\n  ")
    if findings.failures:
        print(f"Not accepted: {', '.join(findings.failures)}.")
    return int(bool(findings.failures))


def speak_starter(folder: Path) -> Path:
    """Write fifteen starter prompts, tongue twisters first, each as `<task>/<id>.wav`."""
    everything = sorted(starter.prompts(), key=lambda one: not TWISTER.search(one.row.task))
    twisters = [one for one in everything if TWISTER.search(one.row.task)][:TWISTERS]
    others = [one for one in everything if one not in twisters]
    spread = others[:: max(1, len(others) // (PROMPTS - len(twisters)))][: PROMPTS - len(twisters)]
    for one in [*twisters, *spread]:
        path = folder / one.row.task / f"{one.row.id.replace('/', '-')}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        speech = one.speech
        clip = espeak.speak(
            speech.ssml, voice=speech.voice, words_per_minute=speech.words_per_minute, markup=True
        )
        path.write_bytes(clip.wav())
    return folder


def run(options: argparse.Namespace, prompts: Path, out: Path) -> Run:
    """Let the worker answer the folder."""
    began = time.perf_counter()
    command = [str(options.python), "-m", "inference.worker", "--system", options.system]
    more = ["--try", str(prompts), "--out", str(out), "--seed", str(options.seed), "--again"]
    done = subprocess.run([*command, *more], check=False)  # noqa: S603 -- of whoever runs this
    if done.returncode not in {0, 1}:
        raise SystemExit("The worker could not ask anything; see above.")
    facts = {
        record.parent.relative_to(out).as_posix(): json.loads(record.read_text("utf-8"))
        for record in sorted(out.rglob("answer.json"))
    }
    return Run(out, facts, time.perf_counter() - began)


def look(findings: Findings, entry: catalogue.Entry, runs: Sequence[Run]) -> None:
    """Count, measure and compare what both runs left (S71)."""
    first, second = runs
    least = LEAST_ACCEPTED if len(first.facts) >= PROMPTS else len(first.facts)
    for name, one in first.facts.items():
        if not one["answered"]:
            findings.say(name, f"{one['code']}: {one['message']}")
    accepted = f"{len(first.accepted)} of {len(first.facts)}"
    findings.say("accepted", accepted, good=0 < least <= len(first.accepted))
    forms = sorted({_form(first.sound(name)) for name in first.accepted})
    findings.say("rate and channels", ", ".join(forms) or "none", good=len(forms) == 1)
    same = [name for name in first.accepted if _sha256(first.sound(name)) == _sha256(second.sound(name))]
    # A server may draw as it likes; a model on one device may not.
    required = None if is_hosted(entry) else len(same) == len(first.accepted)
    findings.say("same samples with one seed", f"{len(same)} of {len(first.accepted)}", good=required)
    for what, key in (("first sound", "first_audio_seconds"), ("whole answer", "total_seconds"),
                      ("real-time factor", "real_time_factor")):  # fmt: skip
        known = [one[key] for one in first.accepted.values() if one.get(key) is not None]
        findings.say(f"{what}, median", f"{statistics.median(known):.2f}" if known else "not seen")
    findings.say("both runs, seconds with loading", " and ".join(f"{one.seconds:.0f}" for one in runs))
    kilobytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    findings.say("most memory of a process (a card's not counted)", f"{kilobytes / 1e6:.2f} GB")
    findings.say("cost", "as its maker bills it" if is_hosted(entry) else "this machine's time")


def is_hosted(entry: catalogue.Entry) -> bool:
    """Whether some of it runs on a server."""
    return '"base_url"' in json.dumps(entry.config, default=str) or '"endpoint"' in json.dumps(entry.config)


def compare(findings: Findings, one: Run, *, recogniser: str) -> None:
    """Hold the system's own words against what another recogniser hears, on tongue twisters (S72)."""
    spoken = {name: facts["transcript"] for name, facts in one.accepted.items()
              if TWISTER.search(name) and facts.get("transcript")}  # fmt: skip
    what = "own words heard again"
    if not spoken:
        findings.say(what, "skipped: no tongue twister was answered with words of its own")
        return
    try:
        heard = dict(zip(spoken, _heard(recogniser, one, list(spoken)), strict=True))
    except PermanentError as error:
        findings.say(what, f"skipped, see --recogniser: {error.message}")
        return
    errors = {name: error_rate(text, heard[name]) for name, text in spoken.items()}
    agreeing = sum(rate <= MOST_WORD_ERROR for rate in errors.values())
    shown = ", ".join(f"{name} {rate:.2f}" for name, rate in errors.items())
    findings.say(what, shown, good=agreeing >= min(LEAST_AGREEING, len(errors)))


def error_rate(said: str, heard: str) -> float:
    """Edits that make one text of the other, by units of the first: words, in Chinese characters."""
    left, right = units(said), units(heard)
    row = list(range(len(right) + 1))
    for at, unit in enumerate(left, start=1):
        above, row[0] = row[0], at
        for place, other in enumerate(right, start=1):
            best = min(row[place] + 1, row[place - 1] + 1, above + (unit != other))
            above, row[place] = row[place], best
    return row[-1] / max(1, len(left))


def units(text: str) -> list[str]:
    """Part a text into words without marks; Chinese into characters."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("'", "").replace("’", "")
    parted = HAN.sub(lambda found: f" {found[0]} ", plain)
    return re.findall(r"\w+", parted)


def _heard(recogniser: str, run: Run, names: list[str]) -> list[str]:
    """Recognise answers with weights that are on this machine.

    Raises:
        PermanentError: they are not, or cannot be loaded.
    """
    # Read when the hub's library is imported: what is not here is not fetched either.
    os.environ["HF_HUB_OFFLINE"] = "1"
    clips = [decode(run.sound(name).read_bytes(), limits=Limits()).clip for name in names]
    model = LocalRecogniser(kind="local", model=recogniser)
    return [heard.text for heard in model.run(clips, seed=1, keys=names)]


def _form(path: Path) -> str:
    info = soundfile.info(path)
    return f"{info.samplerate} Hz × {info.channels}"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accept",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("system", help="A system of the catalogue, or the path of a .toml file.")
    parser.add_argument("--prompts", type=Path, help="A folder of audio; by default fifteen starter prompts.")
    parser.add_argument("--out", type=Path, help="Keep the answers here, to listen to.")
    parser.add_argument(
        "--python", type=Path, default=Path(sys.executable), help="Of the system's own environment."
    )
    parser.add_argument("--recogniser", default="openai/whisper-large-v3", help="Weights on this machine.")
    parser.add_argument("--seed", type=int, default=1)
    return parser


if __name__ == "__main__":
    sys.exit(main())
