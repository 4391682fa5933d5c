"""The S2S-Arena paper's tables, by its rules, from any votes: python -m leaderboard.ranking.paper votes.csv.

Ties and both-bad are left out (the paper forces a choice), everybody starts at 1000, K is 32, votes are
played in order of time, and every domain and level is a run of its own. It is a view, never the ranking: it
depends on that order and has no interval (`elo.reshuffled` says how far orders alone move it).
"""

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any, Final

import numpy as np

from leaderboard.ranking import elo, files, report
from leaderboard.ranking.arrays import Floats
from leaderboard.ranking.comparisons import MIRRORED, TIE, A, B, Comparisons
from leaderboard.ranking.errors import NoVotes, RankingError
from leaderboard.ranking.result import DECIMALS

# What a prompt is about, by its name; the paper's columns.
Parts = Mapping[str, Mapping[str, str]]
Cells = Sequence[str]


def tables(comparisons: Comparisons, parts: Parts) -> dict[str, Any]:
    """Give the main table, and one by each kind of part.

    Args:
        comparisons: votes on one criterion.
        parts: by kind (domain, level), what each prompt is about; a prompt that is not named is in none.

    Returns:
        `main`: rows with elo, win_rate (per cent), wins, losses, matches; `by`: for each kind columns, the
        matches of each, and rows with a rating a column and their macro_average. A system that met nobody in
        a column stays at 1000 there, so that each column sums to 1000 for every system.

    Raises:
        NoVotes: nothing is decided.
    """
    decided = comparisons.where(comparisons.outcome < TIE)
    if not len(decided):
        raise NoVotes("no vote is decided")
    return {
        "rule": {"start": elo.START, "k": elo.K, "scale": elo.SCALE},
        "votes": len(decided),
        "left_out": len(comparisons) - len(decided),
        "main": _main(decided),
        "by": {kind: _by(decided, about) for kind, about in parts.items() if about},
    }


def _main(decided: Comparisons) -> list[dict[str, Any]]:
    won = decided.counts.sum(axis=1) + decided.counts.sum(axis=0)[:, MIRRORED]
    rows = [
        {
            "system": system,
            "elo": round(float(rating), DECIMALS),
            "win_rate": round(100 * int(wins) / max(int(wins + losses), 1), DECIMALS),
            "wins": int(wins),
            "losses": int(losses),
            "matches": int(wins + losses),
        }
        for system, rating, wins, losses in zip(
            decided.systems, elo.run(decided), won[:, A], won[:, B], strict=True
        )
    ]
    return sorted(rows, key=lambda row: (-row["elo"], row["system"]))


def _by(decided: Comparisons, about: Mapping[str, str]) -> dict[str, Any]:
    of_prompt = [about.get(name) for name in decided.prompts]
    columns = sorted({value for value in of_prompt if value is not None})
    ratings, matches = np.zeros((2, len(columns), len(decided.systems)))
    for place, column in enumerate(columns):
        inside = np.array([value == column for value in of_prompt], dtype=np.bool_)
        part = decided.where(inside[decided.prompt])
        ratings[place], matches[place] = elo.run(part), part.votes_per_system
    rows = [
        {
            "system": system,
            "ratings": _rounded(ratings[:, place]),
            "matches": matches[:, place].astype(int).tolist(),
            "macro_average": round(float(ratings[:, place].mean()), DECIMALS),
        }
        for place, system in enumerate(decided.systems)
    ]
    return {
        "columns": columns,
        "matches": (matches.sum(axis=1) / 2).astype(int).tolist(),
        "rows": sorted(rows, key=lambda row: (-float(row["macro_average"]), row["system"])),
    }


def _rounded(ratings: Floats) -> list[float]:
    return [round(float(rating), DECIMALS) for rating in ratings]


def _laid_out(found: Mapping[str, Any]) -> Iterator[tuple[str, list[Cells]]]:
    """Give every table's title and its rows of words, the head first and what columns sum to last."""
    head = ("system", "Elo", "win rate, %", "won", "lost", "matches")
    names = ("elo", "win_rate", "wins", "losses", "matches")
    rows = [
        (row["system"], *(f"{row[name]:.1f}" if name in names[:2] else str(row[name]) for name in names))
        for row in found["main"]
    ]
    total = f"{sum(row['elo'] for row in found['main']):.1f}"
    sums = [str(sum(row[name] for row in found["main"])) for name in names[2:]]
    yield "main", [head, *rows, ("sum", total, "", *sums)]
    for kind, table in found["by"].items():
        lines = [(row["system"], *_numbers([*row["ratings"], row["macro_average"]])) for row in table["rows"]]
        every = [row["ratings"] for row in table["rows"]]
        total_row = ("sum", *_numbers([sum(column) for column in zip(*every, strict=True)]), "")
        yield f"by {kind}", [("system", *table["columns"], "macro average"), *lines, total_row]


def _numbers(values: Sequence[float]) -> list[str]:
    return [f"{value:.1f}" for value in values]


def markdown(found: Mapping[str, Any]) -> str:
    """Write the tables in GitHub's Markdown."""
    parts = [f"{found['votes']} decided votes; {found['left_out']} ties and both-bad are left out.\n"]
    for title, (head, *rows) in _laid_out(found):
        rule = "|".join([":--", *["--:"] * (len(head) - 1)])
        lines = [f"| {' | '.join(report.escaped(row))} |" for row in (head, *rows)]
        parts.append("\n".join([f"## {title}\n", lines[0], f"|{rule}|", *lines[1:], ""]))
    return "\n".join(parts)


def latex(found: Mapping[str, Any]) -> str:
    """Write the tables as tabulars that need booktabs."""
    return "\n".join(
        f"% {title}\n{report.tabular(head, rows, 'l' + 'r' * (len(head) - 1))}"
        for title, (head, *rows) in _laid_out(found)
    )


def as_csv(found: Mapping[str, Any]) -> str:
    """Write one cell a line: table, column, system, value."""
    written = StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(("table", "column", "system", "value"))
    for title, (head, *rows) in _laid_out(found):
        for row in rows:
            writer.writerows(
                (title, column, row[0], value)
                for column, value in zip(head[1:], row[1:], strict=True)
                if value
            )
    return written.getvalue()


def as_json(found: Mapping[str, Any]) -> str:
    """Write all that is known."""
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


FORMATS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "markdown": markdown,
    "json": as_json,
    "csv": as_csv,
    "latex": latex,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; 0, or 1 with a sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m leaderboard.ranking.paper", description=__doc__)
    parser.add_argument("votes", type=Path, metavar="FILE", help="as python -m leaderboard.ranking reads it")
    parser.add_argument("--criterion", help="by this one, where a file has votes on several")
    parser.add_argument("--format", choices=FORMATS, default="markdown")
    options = parser.parse_args(arguments)
    try:
        written = FORMATS[options.format](
            tables(*files.read_parts(options.votes, criterion=options.criterion))
        )
    except (RankingError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(written)
    return 0


if __name__ == "__main__":
    sys.exit(main())
