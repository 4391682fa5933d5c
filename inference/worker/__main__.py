"""`python -m inference.worker`: run a system outside the site.

python -m inference.worker --system cascade --try prompts/
python -m inference.worker --adapter pipeline --config mine.json --try prompts/ --out answers/
python -m inference.worker --system glm-4-voice --pull 6a8e0c0e-…
"""

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from inference import catalogue
from inference.adapters import registry
from inference.adapters.base import Adapter
from inference.errors import Refused
from inference.worker import clips
from inference.worker.records import Record, settings_hash
from inference.worker.trying import Outcome, attempt

SHOWN = 60


@dataclass(frozen=True)
class Asked:
    """What is tried.

    Attributes:
        name: the system's slug, or the adapter's name.
        settings: hash of the adapter and its configuration.
    """

    name: str
    adapter: Adapter
    settings: str


def main() -> int:
    """Run what the command line says; 0: all answered, 1: some failed, 2: nothing could be asked."""
    options = _parser().parse_args()
    console = Console(stderr=True, highlight=False)
    try:
        asked = _asked(options)
        if options.pull:
            return _pull(asked, options.pull, console=console)
        out = options.out or options.folder / f"answers-{asked.name}"
        prompts = clips.find(options.folder, leave_out=out)
        _make(out)
    except Refused as refused:
        console.print(refused.message, style="red")
        return 2
    outcomes = _run(options, asked=asked, out=out, prompts=prompts, console=console)
    return _conclude(outcomes, of=len(prompts), out=out, console=console)


def _pull(asked: Asked, submission: str, *, console: Console) -> int:
    """Answer the jobs of a submission over the API.

    Raises:
        Refused: what the arena says.
    """
    # The client lies beside the site, as for arena_site; installed, it is found anyway.
    sys.path.append(str(Path(__file__).resolve().parents[2] / "client"))
    from inference.worker import pulling  # noqa: PLC0415 -- needs the client, which the folder mode does not

    def told(line: str) -> None:
        console.print(line, markup=False, soft_wrap=True)

    done = pulling.pull(asked.adapter, submission, told=told)
    told(f"{done.answered} answered, {done.failed} failed, {done.lost} taken over by another machine.")
    return 1 if done.failed else 0


def _make(out: Path) -> None:
    """Make the folder of the answers before anything is asked, and perhaps paid for.

    Raises:
        Refused: `no_place`.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"The answers cannot go to {out}: {error.strerror}.", "no_place") from error


def _run(
    options: argparse.Namespace,
    *,
    asked: Asked,
    out: Path,
    prompts: list[clips.PromptFile],
    console: Console,
) -> list[Outcome]:
    def record(prompt: clips.PromptFile) -> Record:
        return Record(out / prompt.name)

    waiting = [prompt for prompt in prompts if options.again or not record(prompt).answered][: options.limit]
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    outcomes = []
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task(asked.name, total=len(waiting))
        about = {"system": asked.name, "settings_sha256": asked.settings}
        for outcome in attempt(asked.adapter, waiting, seed=options.seed, record=record, about=about):
            progress.console.print(_line(outcome), markup=False, soft_wrap=True)
            progress.advance(bar)
            outcomes.append(outcome)
    return outcomes


def _line(outcome: Outcome) -> str:
    facts = outcome.facts
    if not outcome.answered:
        return f"FAILED {outcome.name}: {facts['code']}: {facts['message']}"
    words = (facts["transcript"] or "").replace("\n", " ")
    return (
        f"{outcome.name}: {facts['total_seconds']:.2f} s for {facts['seconds']:.2f} s at {facts['rate']} Hz, "
        f"{facts['stop_reason']}" + (f": {words[:SHOWN]}{'…' * (len(words) > SHOWN)}" if words else "")
    )


def _conclude(outcomes: list[Outcome], *, of: int, out: Path, console: Console) -> int:
    failed = Counter(one.facts["code"] for one in outcomes if not one.answered)
    answered = len(outcomes) - failed.total()
    left = f", {of - len(outcomes)} not asked" if of > len(outcomes) else ""
    said = f"{answered} answered, {failed.total()} failed{left}. The answers lie in {out}."
    console.print(said, soft_wrap=True)
    for code, count in failed.most_common():
        console.print(f"  {count} × {code}", style="red")
    return 1 if failed else 0


def _asked(options: argparse.Namespace) -> Asked:
    """Build what is to be tried.

    Raises:
        Refused: it is not known, or its configuration is wrong.
    """
    if options.system:
        entry = catalogue.read(options.system)
        name, adapter, config = entry.slug, entry.adapter, entry.config
    else:
        name, adapter, config = options.adapter, options.adapter, _config(options.config)
    return Asked(name, registry.load(adapter, config), settings_hash(adapter, config))


def _config(path: Path | None) -> dict[str, object]:
    if path is None:
        return {}
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refused(f"{path} is no configuration: {error}", "bad_adapter_config") from error
    if not isinstance(config, dict):
        raise Refused(f"{path} must hold a JSON object.", "bad_adapter_config")
    return config


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a number of 1 or more is needed")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m inference.worker", description="Run a system outside the site."
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--system", metavar="NAME", help="A system of the catalogue.")
    which.add_argument("--adapter", metavar="NAME", help="An adapter, with --config.")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="The adapter's configuration, a JSON object."
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--try", dest="folder", type=Path, metavar="FOLDER",
                      help="Answer the audio files below this folder.")  # fmt: skip
    what.add_argument("--pull", metavar="SUBMISSION",
                      help="Answer the jobs of a submission over the API (id, or its folder).")  # fmt: skip
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="Where the answers go; by default into FOLDER."
    )
    parser.add_argument("--seed", type=int, default=1, help="What systems draw from.")
    parser.add_argument("--limit", type=_count, help="At most so many prompts.")
    parser.add_argument("--again", action="store_true", help="Ask for what is answered already too.")
    return parser


if __name__ == "__main__":
    sys.exit(main())
