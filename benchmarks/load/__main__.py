"""`python -m benchmarks.load GOAL`: one goal in this process, or each in a process of its own."""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks import load

# How long each runs: as its goal says, and for a look.
SECONDS = {
    "l1": (600, 30),
    "l2": (30, 10),
    "l3": (30, 10),
    "l4": (60, 20),
    "l5": (60, 20),
    "l6": (3600, 120),
    "l8": (0, 0),
}


def main() -> int:
    """Run what was asked for, and print its figures."""
    parser = argparse.ArgumentParser(description=load.__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("goal", choices=[*SECONDS, "all"])
    parser.add_argument("--seconds", type=float, default=None)
    parser.add_argument("--rate", type=float, default=40.0, help="Cycles a second.")
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--short", action="store_true", help="A look of a few minutes at all of them.")
    parser.add_argument("--json", type=Path, help="A folder for the figures.")
    options = parser.parse_args()
    if options.goal == "all":
        return max(_in_its_own_process(goal, options) for goal in SECONDS)
    options.seconds = options.seconds or SECONDS[options.goal][options.short]
    from benchmarks.load import goals  # noqa: PLC0415 -- after the choice

    before = os.getloadavg()[0]
    figures = goals.GOALS[options.goal](options)
    told = {"goal": options.goal, "cores": os.cpu_count(), "load_before": round(before, 1), **figures}
    print(json.dumps(told, indent=1))
    if options.json:
        options.json.mkdir(parents=True, exist_ok=True)
        (options.json / f"load-{options.goal}.json").write_text(json.dumps(told, indent=1) + "\n")
    return 0


def _in_its_own_process(goal: str, options: argparse.Namespace) -> int:
    more = ["--short"] if options.short else []
    more += ["--json", str(options.json)] if options.json else []
    command = [sys.executable, "-m", "benchmarks.load", goal, "--rate", str(options.rate), *more]
    return subprocess.run(command, check=False).returncode  # noqa: S603 -- our own program


if __name__ == "__main__":
    sys.exit(main())
