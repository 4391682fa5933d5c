"""A result for people and programs: as a table, JSON, CSV, Markdown or LaTeX."""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from io import StringIO
from typing import Final

from leaderboard.ranking import figure
from leaderboard.ranking.result import Result, Standing, rounded

_COLUMNS: Final = (
    "",
    "system",
    "rating",
    "95 % interval",
    "ranks",
    "votes",
    "won",
    "lost",
    "tie",
    "both bad",
    "acceptable",
    "",
)
# Columns of words; the others are numbers.
_WORDS: Final = frozenset({1, len(_COLUMNS) - 1})
_LATEX: Final = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "\N{EN DASH}": "--",
        "^": r"\textasciicircum{}",
        **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    }
)
_PER_SYSTEM: Final = tuple(name for name in Standing.__dataclass_fields__ if name != "component")


def table(result: Result) -> str:
    """Lay out the board for a terminal, with what to beware of below it."""
    rows = _rows(result)
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    lines = [
        "  ".join(
            cell.ljust(width) if column in _WORDS else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, "", *remarks(result), ""])


def markdown(result: Result) -> str:
    """Lay out the board as a table of GitHub's Markdown."""
    head, *rows = (escaped(row) for row in _rows(result))
    rule = "|".join(":--" if column in _WORDS else "--:" for column in range(len(_COLUMNS)))
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(head)} |", f"|{rule}|", *lines, "", *remarks(result), ""])


def latex(result: Result) -> str:
    """Lay out the board as a tabular for LaTeX with booktabs."""
    head, *rows = ([cell.replace(" to ", "\N{EN DASH}") for cell in row] for row in _rows(result))
    columns = "".join("l" if column in _WORDS else "r" for column in range(len(_COLUMNS)))
    comments = "".join(f"% {remark}\n" for remark in remarks(result))
    return comments + tabular(head, rows, columns)


def tabular(head: Sequence[str], rows: Sequence[Sequence[str]], columns: str) -> str:
    """Lay out cells of plain words as a tabular that needs booktabs; `columns`: l or r for each."""
    lines = [f"{' & '.join(cell.translate(_LATEX) for cell in row)} \\\\" for row in (head, *rows)]
    begin = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", lines[0], r"\midrule"]
    return "\n".join([*begin, *lines[1:], r"\bottomrule", r"\end{tabular}", ""])


def as_json(result: Result) -> str:
    """Write method, parameters and systems, the best first; equal votes and seed give equal bytes."""
    fields = asdict(result)
    fields["systems"] = [{name: line[name] for name in _PER_SYSTEM} for line in fields.pop("standings")]
    del fields["iterations"]
    order = ("method", "parameters", "systems")
    ordered = {name: fields.pop(name) for name in order} | fields
    return json.dumps(rounded(ordered), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def as_csv(result: Result) -> str:
    """Write a line a system with all that is known of it."""
    written = StringIO()
    writer = csv.DictWriter(written, fieldnames=_PER_SYSTEM, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rounded(asdict(line)) for line in result.standings)
    return written.getvalue()


def remarks(result: Result) -> list[str]:
    """Say what the numbers come from, and what to beware of."""
    counts = [
        f"{number} {word}{'' if number == 1 else 's'}"
        for number, word in (
            (result.votes, "vote"),
            (result.annotators, "annotator"),
            (result.prompts, "prompt"),
        )
    ]
    made = f"{result.method}, seed {result.seed}"
    said = [f"{counts[0]} by {counts[1]} on {counts[2]}; {made}. {_UNITS[result.interval_unit]}"]
    if result.left_out:
        said.append(f"{result.left_out} ties and both-bad are left out.")
    if not result.connected:
        said.append("Votes do not connect all systems: only the largest group is rated.")
    return said


_UNITS: Final[Mapping[str, str]] = {
    "both": "Intervals hold for other people and other prompts.",
    "annotators": "Intervals hold for other people, and for these prompts.",
    "prompts": "Nobody said who judged: intervals hold for other prompts, but not for other people.",
    "votes": "Intervals take votes as independent: too narrow if people or prompts differ.",
    "orders": "Intervals hold 95 % of the ratings that other orders of the same votes give.",
    "none": "Fewer than ten people judged: no intervals, and no ranks.",
}


def _rows(result: Result) -> list[tuple[str, ...]]:
    return [_COLUMNS, *(_cells(place, line) for place, line in enumerate(result.standings, start=1))]


def _cells(place: int, line: Standing) -> tuple[str, ...]:
    remark = "not comparable" if line.rating is None else "settled" if line.settled else line.status
    return (
        "" if line.rating is None else str(place),
        line.system,
        "" if line.rating is None else f"{line.rating:.1f}",
        "" if line.low is None else f"{line.low:.0f} to {line.high:.0f}",
        "" if line.rank_low is None else f"{line.rank_low} to {line.rank_high}",
        *(str(count) for count in (line.votes, line.wins, line.losses, line.ties, line.both_bad)),
        "" if line.acceptable is None else f"{line.acceptable:.0%}",
        f"{remark}, held by the prior" if line.prior_driven else remark,
    )


def escaped(row: Sequence[str]) -> list[str]:
    """Write cells so that Markdown takes each for one."""
    return [cell.replace("|", r"\|") for cell in row]


FORMATS: Final[Mapping[str, Callable[[Result], str]]] = {
    "table": table,
    "json": as_json,
    "csv": as_csv,
    "markdown": markdown,
    "latex": latex,
    "svg": figure.svg,
}
