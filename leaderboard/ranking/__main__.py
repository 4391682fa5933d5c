"""Rank a file of pairwise verdicts: python -m leaderboard.ranking votes.csv."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from leaderboard.ranking import files
from leaderboard.ranking.board import rate
from leaderboard.ranking.errors import RankingError
from leaderboard.ranking.report import FORMATS

_METHODS: Final = {"elo": "online-elo", "bradley-terry": "bradley-terry", "davidson": "davidson"}
_TIES: Final = {None: None, "exclude": "drop", "half": "half", "model": "model"}
_FILE: Final = (
    "CSV with a line of names, or JSON lines: a, b, winner (a, b, tie, both_bad) and, if known, annotator, "
    "prompt, criterion, weight, time; or TRACE's JSON"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a board; 0, or 1 with a sentence on stderr, and nothing else, where nothing can be rated."""
    options = _parser().parse_args(arguments)
    method = "davidson" if options.ties == "model" and options.method is None else options.method
    try:
        result = rate(
            files.read(options.votes, criterion=options.criterion),
            method=_METHODS[method or "bradley-terry"],
            seed=options.seed,
            resamples=options.bootstrap,
            alpha=options.prior,
            ties=_TIES[options.ties],
            clusters=options.cluster,
        )
        written = FORMATS[options.format](result)
    except (RankingError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(written)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m leaderboard.ranking", description=__doc__)
    parser.add_argument("votes", type=Path, metavar="FILE", help=_FILE)
    parser.add_argument("--criterion", help="rank by this one, where a file has votes on several")
    parser.add_argument("--method", choices=_METHODS, help="bradley-terry unless said otherwise")
    parser.add_argument(
        "--bootstrap",
        type=int,
        metavar="N",
        help="refits over annotators beside the interval (0: none), or orders for elo; 1000 or 100",
    )
    parser.add_argument(
        "--cluster",
        choices=("auto", "none", "annotator", "prompt", "both"),
        default="auto",
        help="which votes hang together; auto: by both, where there are ten of each",
    )
    parser.add_argument("--prior", type=float, default=1.0, help="pseudo-votes against the average; 0: none")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same bytes")
    parser.add_argument(
        "--ties",
        choices=("exclude", "half", "model"),
        help="ties and both-bad: left out, half a win each, or an outcome of their own (davidson)",
    )
    parser.add_argument("--format", choices=FORMATS, default="table")
    return parser


if __name__ == "__main__":
    sys.exit(main())
