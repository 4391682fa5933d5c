"""Files of votes: CSV, JSON lines, or TRACE's JSON; whatever is wrong is named by its line."""

import csv
import gzip
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any, Final

from leaderboard.ranking import reading
from leaderboard.ranking.comparisons import Comparisons
from leaderboard.ranking.errors import BadRow, RankingError

# What a column is called here, and what else files call it.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "system_a": ("a", "system_a", "model_a"),
    "system_b": ("b", "system_b", "model_b"),
    "outcome": ("winner", "outcome"),
    "annotator": ("annotator",),
    "prompt": ("prompt", "instruction_path"),
    "weight": ("weight",),
    "time": ("time",),
    "heard": ("heard",),
    "criterion": ("criterion",),
}
_REQUIRED: Final = ("system_a", "system_b", "outcome")
# What a prompt may be said to be about.
PARTS: Final = ("domain", "level")
# TRACE's words for an outcome.
_LABELS: Final[Mapping[Any, str]] = {"1": "a", "2": "b", "both_good": "tie", "both_bad": "both_bad"}


@dataclass(frozen=True, eq=False)
class _Votes:
    """Columns as they stand in a file; `lines` says where each of their rows does, by `unit`.

    `parts` are the columns of PARTS that are there; any cell of theirs may be empty.
    """

    columns: dict[str, Sequence[Any]]
    lines: Sequence[int]
    unit: str = "line"
    parts: Mapping[str, Sequence[Any]] = field(default_factory=dict)


def read(path: Path, *, criterion: str | None = None) -> Comparisons:
    """Read the votes of one file.

    CSV has a line of names; JSON lines have an object each: `a`, `b`, `winner` (a, b, tie or both_bad) and,
    if known, `annotator`, `prompt`, `criterion`, `weight`, `time` (a number or ISO 8601), `heard` (which side
    was played first: a or b). Other columns are ignored. TRACE's file is a list of objects with `model_a`,
    `model_b`, `instruction_path` and, under `label`, an outcome for each criterion.

    Args:
        path: the file, in UTF-8; compressed where its name ends in .gz.
        criterion: the only one to read; None: the file has no more than one.

    Raises:
        RankingError: what is wrong, with the file's name and, where one is to blame, the line.
        OSError: the file cannot be read.
    """
    return read_parts(path, criterion=criterion)[0]


def read_parts(path: Path, *, criterion: str | None = None) -> tuple[Comparisons, dict[str, dict[str, str]]]:
    """Read votes as `read` does, and what each prompt is about: by PARTS, the value of each prompt's name.

    Raises:
        RankingError: as for `read`; or one prompt is said to be about two things.
    """
    text = _text(path)
    votes = None
    try:
        votes = _parsed(text)
        return _of(votes, criterion), {name: _about(votes, name) for name in PARTS}
    except BadRow as error:
        # While parsing, a row is a line already; afterwards it is the place in the columns.
        line = votes.lines[error.row - 1] if votes else error.row
        unit = votes.unit if votes else "line"
        raise RankingError(f"{path.name}, {unit} {line}: {error.reason}") from error
    except RankingError as error:
        raise RankingError(f"{path.name}: {error}") from error


def _text(path: Path) -> str:
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        return data.decode("utf-8-sig")
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise RankingError(f"{path.name}: cannot be decompressed") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise RankingError(f"{path.name}, line {line}: not UTF-8") from error


def _about(votes: _Votes, name: str) -> dict[str, str]:
    """Give what the prompts are about; a vote without a prompt, or a prompt without a word, says nothing."""
    found: dict[str, str] = {}
    pairs = zip(votes.columns.get("prompt", ()), votes.parts.get(name, ()), strict=False)
    for row, (prompt, value) in enumerate(pairs, start=1):
        if value in {None, ""}:
            continue
        if found.setdefault(str(prompt), str(value)) != str(value):
            raise BadRow(row, f"prompt {prompt!r} is of two {name}s, {found[str(prompt)]} and {value}")
    return found


def _parsed(text: str) -> _Votes:
    start = text.lstrip()[:1]
    if start == "[":
        return _trace(text)
    return _json_lines(text) if start == "{" else _csv(text)


def _csv(text: str) -> _Votes:
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    lines, rows = [], []
    try:
        header = [name.strip() for name in next(reader, [])]
        if twice := {name for name in header if name and header.count(name) > 1}:
            raise BadRow(1, f"names {min(twice)} twice")
        line = reader.line_num
        for row in reader:
            if row:
                if len(row) != len(header):
                    raise BadRow(line + 1, f"has {len(row)} fields, unlike the {len(header)} names above")
                rows.append(row)
                # Where the row begins: quoted fields may hold line breaks.
                lines.append(line + 1)
            line = reader.line_num
    except csv.Error as error:
        raise BadRow(reader.line_num, str(error)) from error
    given = dict(zip(header, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(header, ())
    return _Votes(_renamed(given), lines, parts=given)


def _json_lines(text: str) -> _Votes:
    entries, lines = [], []
    for line, written in enumerate(text.splitlines(), start=1):
        if not written.strip():
            continue
        try:
            entry = json.loads(written)
        except json.JSONDecodeError as error:
            raise BadRow(line, f"not JSON: {error.msg}") from error
        if not isinstance(entry, dict):
            raise BadRow(line, "not an object")
        entries.append(entry)
        lines.append(line)
    parts = {name: [entry.get(name) for entry in entries] for name in PARTS}
    return _Votes(_gathered(entries, lines), lines, parts=parts)


def _trace(text: str) -> _Votes:
    try:
        entries = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadRow(error.lineno, f"not JSON: {error.msg}") from error
    rows, places = [], []
    for place, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict) or not isinstance(entry.get("label"), dict):
            raise RankingError(f"entry {place}: no object with a label for each criterion")
        for criterion, label in entry["label"].items():
            if not isinstance(label, str) or label not in _LABELS:
                raise RankingError(f"entry {place}: unknown label {label!r}")
            rows.append(entry | {"criterion": criterion, "winner": _LABELS[label]})
            places.append(place)
    try:
        return _Votes(_gathered(rows, places), places, unit="entry")
    except BadRow as error:
        raise RankingError(f"entry {error.row}: {error.reason}") from error


def _gathered(entries: Sequence[Mapping[str, Any]], lines: Sequence[int]) -> dict[str, Sequence[Any]]:
    """Turn objects into columns: a name is there in all of them or in none."""
    known = {name for names in _NAMES.values() for name in names}
    present = [name for name in entries[0] if name in known] if entries else []
    for entry, line in zip(entries, lines, strict=True):
        lacking = [name for name in present if entry.get(name) is None]
        extra = [name for name in entry if name in known and name not in present]
        if lacking or extra:
            raise BadRow(line, f"{(lacking + extra)[0]} is missing here or in the first vote")
        if odd := [name for name in present if not isinstance(entry[name], str | int | float)]:
            raise BadRow(line, f"{odd[0]} is neither text nor a number")
    return _renamed({name: [entry[name] for entry in entries] for name in present})


def _renamed(given: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
    columns = {}
    for ours, names in _NAMES.items():
        found = [name for name in names if name in given]
        if len(found) > 1:
            raise RankingError(f"columns {' and '.join(found)} say the same: leave one out")
        if found:
            columns[ours] = given[found[0]]
    missing = [_NAMES[name][0] for name in _REQUIRED if name not in columns]
    if missing:
        raise RankingError(f"no column {', '.join(missing)}")
    return columns


def _of(votes: _Votes, criterion: str | None) -> Comparisons:
    """Take the votes on one criterion, and turn words into numbers."""
    columns = dict(votes.columns)
    given = columns.pop("criterion", None)
    kept = _chosen(given, criterion, votes)
    for name, convert in (("weight", float), ("time", _moment)):
        if name in columns:
            columns[name] = _converted(columns[name], convert, name)
    for name in ("system_a", "system_b", "annotator", "prompt"):
        if name in columns:
            columns[name] = [str(value) for value in columns[name]]
    if kept is not None:
        votes_kept = {name: [column[row] for row in kept] for name, column in columns.items()}
        try:
            return reading.from_columns(votes_kept)
        except BadRow as error:
            raise BadRow(kept[error.row - 1] + 1, error.reason) from error
    return reading.from_columns(columns)


def _chosen(given: Sequence[Any] | None, criterion: str | None, votes: _Votes) -> list[int] | None:
    """Say which rows to keep; None: all."""
    there = sorted(set(map(str, given or ())))
    if criterion is None:
        if len(there) > 1:
            raise RankingError(f"votes on several criteria: choose one of {', '.join(there)}")
        return None
    if given is None:
        raise RankingError("no column criterion")
    if criterion not in there:
        raise RankingError(f"no vote on criterion {criterion!r}; there are {', '.join(there) or 'none'}")
    return [row for row in range(len(votes.lines)) if str(given[row]) == criterion]


def _converted(values: Iterable[Any], convert: Any, name: str) -> list[float]:
    numbers = []
    for row, value in enumerate(values, start=1):
        try:
            numbers.append(convert(value))
        except (TypeError, ValueError) as error:
            raise BadRow(row, f"{name} {value!r} cannot be read") from error
    return numbers


def _moment(value: Any) -> float:
    try:
        return float(value)
    except ValueError:
        return datetime.fromisoformat(value).timestamp()
