"""Rate a CSV file of votes from a shell: python -m leaderboard.ranking votes.csv."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from leaderboard.ranking.board import rate
from leaderboard.ranking.errors import RankingError
from leaderboard.ranking.methods import METHODS
from leaderboard.ranking.reading import read_csv
from leaderboard.ranking.result import Result, Standing, canonical_bytes

_COLUMNS = ("", "system", "rating", "95 % interval", "ranks", "votes", "won", "lost", "tie", "both bad", "")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a board as a table, or as JSON; 0, or 1 with a sentence on stderr where nothing can be rated."""
    options = _parser().parse_args(arguments)
    try:
        result = rate(
            read_csv(options.votes),
            method=options.method,
            seed=options.seed,
            resamples=options.resamples,
            alpha=options.alpha,
            ties=options.ties,
        )
    except (RankingError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(canonical_bytes(result).decode() + "\n" if options.json else _table(result))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m leaderboard.ranking", description=__doc__)
    parser.add_argument(
        "votes", type=Path, help="CSV: system_a, system_b, outcome[, annotator, prompt, weight, time]"
    )
    parser.add_argument("--method", choices=METHODS, default="bradley-terry")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resamples", type=int, help="refits, or random orders for online Elo")
    parser.add_argument("--alpha", type=float, default=1.0, help="pseudo-votes against the average")
    parser.add_argument("--ties", choices=("half", "drop"), help="what ties and both-bad count")
    parser.add_argument("--json", action="store_true", help="the whole result, always the same bytes")
    return parser


def _table(result: Result) -> str:
    rows = [_COLUMNS, *(_cells(place, line) for place, line in enumerate(result.standings, start=1))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    lines = [
        "  ".join(
            cell.ljust(width) if column in {1, len(_COLUMNS) - 1} else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, "", *_remarks(result), ""])


def _cells(place: int, line: Standing) -> tuple[str, ...]:
    remark = "not comparable" if line.rating is None else line.status
    return (
        "" if line.rating is None else str(place),
        line.system,
        "" if line.rating is None else f"{line.rating:.1f}",
        "" if line.low is None else f"{line.low:.0f} to {line.high:.0f}",
        "" if line.rank_low is None else f"{line.rank_low} to {line.rank_high}",
        *(str(count) for count in (line.votes, line.wins, line.losses, line.ties, line.both_bad)),
        f"{remark}, held by the prior" if line.prior_driven else remark,
    )


def _remarks(result: Result) -> list[str]:
    counts = f"{result.votes} votes by {result.annotators} annotators on {result.prompts} prompts"
    remarks = [f"{counts}; {result.method}, seed {result.seed}; intervals over {result.interval_unit}."]
    if result.left_out:
        remarks.append(f"{result.left_out} ties and both-bad are left out.")
    if result.interval_unit == "votes":
        remarks.append(
            "The intervals take votes as independent and are too narrow if people or prompts differ."
        )
    if result.interval_unit == "none":
        remarks.append("Fewer than ten people judged: no intervals, and no ranks.")
    if not result.connected:
        remarks.append("Votes do not connect all systems: only the largest group is rated.")
    return remarks


if __name__ == "__main__":
    sys.exit(main())
