"""Votes with names, in rows or columns, turned into comparisons."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any, Final, NamedTuple

import numpy as np

from leaderboard.ranking.arrays import Floats, Ids, Mask
from leaderboard.ranking.comparisons import OUTCOMES, A, B, Comparisons, from_ids, refuse
from leaderboard.ranking.errors import RankingError

REQUIRED: Final = 3


class Row(NamedTuple):
    """One vote as it comes in.

    Attributes:
        system_a: the system on the first side.
        outcome: one of OUTCOMES.
        annotator: who judged; one label stands for one person.
        weight: positive and finite.
        time: any number that grows with time; None in every row: the rows are in order of time.
        heard: which side was played first, "a" or "b"; empty: not known.
    """

    system_a: str
    system_b: str
    outcome: str
    annotator: str = ""
    prompt: str = ""
    weight: float = 1.0
    time: float | None = None
    heard: str = ""


def from_rows(rows: Iterable[Sequence[Any]], *, systems: Iterable[str] = ()) -> Comparisons:
    """Read votes from named rows.

    Args:
        rows: each a Row or a tuple of its first fields (at least three), all of one length.
        systems: names to hold also when they have no vote.

    Raises:
        BadRow: a row of another length, a system compared with itself, an unknown outcome, a system's name
            that is empty or no text, a time missing in some rows only, a weight not positive and finite.
    """
    rows = list(rows)
    lengths = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
    refuse((lengths < REQUIRED) | (lengths > len(Row._fields)), "has {} fields, not 3 to 8", lengths)
    refuse(lengths != lengths[:1], "has {} fields, unlike the first row", lengths)
    return from_columns(dict(zip(Row._fields, zip(*rows, strict=True), strict=False)), systems=systems)


def from_columns(columns: Mapping[str, Sequence[Any]], *, systems: Iterable[str] = ()) -> Comparisons:
    """Read votes from one sequence for each field of Row; the last five fields may be left out.

    Raises:
        BadRow: as for from_rows.
        RankingError: the columns differ in length, or one of the first three is missing.
    """
    size = len(columns.get("system_a", ()))
    lacking = [name for name in Row._fields[:REQUIRED] if name not in columns] if columns else []
    if lacking or any(len(column) != size for column in columns.values()):
        raise RankingError(f"columns missing or unequal in length: {', '.join(lacking or columns)}")
    first, second, answers = (columns.get(name, ()) for name in Row._fields[:REQUIRED])
    refuse(_nameless(first) | _nameless(second), "a system without a name")
    names = sorted({*first, *second, *systems})
    code = {name: index for index, name in enumerate(OUTCOMES)}
    outcome = _numbered(answers, code)
    refuse(outcome < 0, "unknown outcome {!r}", answers)
    index = {name: number for number, name in enumerate(names)}
    annotators, annotator = _indexed(columns.get("annotator", ("",) * size))
    prompts, prompt = _indexed(columns.get("prompt", ("",) * size))
    ids = {
        "a": _numbered(first, index),
        "b": _numbered(second, index),
        "outcome": outcome,
        "annotator": annotator,
        "prompt": prompt,
        "weight": np.asarray(columns.get("weight", np.ones(size)), dtype=np.float64),
        "time": _times(columns.get("time", (None,) * size)),
        "heard": _numbered(columns.get("heard", ("",) * size), {"a": A, "b": B}),
    }
    return from_ids(ids, systems=names, annotators=annotators, prompts=prompts)


def _numbered(names: Sequence[str], index: Mapping[str, int]) -> Ids:
    return np.fromiter(map(index.get, names, repeat(-1)), dtype=np.int64, count=len(names))


def _indexed(names: Sequence[str]) -> tuple[list[str], Ids]:
    different = sorted(set(names))
    return different, _numbered(names, {name: number for number, name in enumerate(different)})


def _nameless(names: Sequence[Any]) -> Mask:
    return ~np.fromiter(
        (isinstance(name, str) and name != "" for name in names), dtype=np.bool_, count=len(names)
    )


def _times(values: Sequence[float | None]) -> Floats:
    if all(value is None for value in values):
        return np.arange(len(values), dtype=np.float64)
    times = np.asarray(values, dtype=np.float64)
    refuse(~np.isfinite(times), "time {} is missing or not finite", values)
    return times
