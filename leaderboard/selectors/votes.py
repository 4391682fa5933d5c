"""The votes that count as of a seal, read in one pass into columns, and cut into slices without another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from django.db import connection
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.db.models.expressions import Combinable

from inference.models import Prompt, System
from judging import selectors as judged
from judging.models import Criterion, Seal, Verdict
from leaderboard.models import Board
from leaderboard.ranking.arrays import Ids, Mask
from leaderboard.ranking.comparisons import MIRRORED, OUTCOMES, A, B, Comparisons, from_ids
from leaderboard.selectors import earning
from leaderboard.selectors.earning import EQUAL, Earning

# PostgreSQL's binary form: a header of so many bytes, rows, and an end mark of two; a row is its number of
# fields (two bytes), and each field its length (four) and its bytes.
_HEADER: Final = 19
_TRAILER: Final = 2
_FIELDS: Final = 2
_LENGTH: Final = 4
# Votes in one row of what is read: a row of many columns stays far below PostgreSQL's gigabyte.
_TOGETHER: Final = 500_000
# PostgreSQL counts microseconds from 2000-01-01, everybody else from 1970-01-01.
_EPOCH: Final = 946_684_800_000_000
# By name: where it stands, the function that writes it in binary, and what that is.
COLUMNS: Final[Mapping[str, tuple[str, str, str]]] = {
    "vote": ("vote_id", "int8send", ">i8"),
    "system_a": ("vote__ballot__pair__system_a_id", "int8send", ">i8"),
    "system_b": ("vote__ballot__pair__system_b_id", "int8send", ">i8"),
    "prompt": ("vote__ballot__pair__prompt_id", "int8send", ">i8"),
    "annotator": ("vote__ballot__annotator_id", "int8send", ">i8"),
    "criterion": ("criterion_id", "int8send", ">i8"),
    "cast_at": ("vote__cast_at", "timestamptz_send", ">i8"),
    "answer": ("answer_number", "int4send", ">i4"),
    "left": ("left_number", "int4send", ">i4"),
    "first": ("first_number", "int4send", ">i4"),
}
_SLICED_BY: Final = ("domain", "task", "level", "language")


Columns = dict[str, npt.NDArray[np.int64]]


def _number(field: str, values: Sequence[str]) -> Combinable:
    """Number a text column by its place in the list of values."""
    whens = [When(**{field: value}, then=Value(place)) for place, value in enumerate(values)]
    return Case(*whens, output_field=IntegerField())


@dataclass(frozen=True, eq=False)
class Counted:
    """Every verdict that counts, one row each, as columns of keys: shape (n,).

    Attributes:
        columns: vote; system_a (the smaller key), system_b, prompt, annotator, criterion; answer, index into
            OUTCOMES; left, 0 where a stood left; first, 0 where the left side was played first; cast_at,
            microseconds since 1970.
        slugs: a system's name by its key.
        prompts: domain, task, level and language keys of each prompt key; None where it has none.
        earning: whose votes count, and for how much.
        left_out: the same columns of those that are sealed and do not count, where they were read.
    """

    columns: Columns
    slugs: Mapping[int, str]
    prompts: Mapping[int, Mapping[str, int | None]]
    earning: Earning = EQUAL
    left_out: Columns = field(default_factory=dict)

    def comparisons(self, criterion: Criterion) -> Comparisons:
        """Give the comparisons on one criterion, in the ranking's words: what stood left comes first."""
        return self._by_criterion(criterion.pk)

    def _by_criterion(self, key: int) -> Comparisons:
        if key not in self._made:
            self._made[key] = self._make(np.flatnonzero(self.columns["criterion"] == key))
        return self._made[key]

    @cached_property
    def _made(self) -> dict[int, Comparisons]:
        return {}

    def _make(self, rows: Ids) -> Comparisons:
        taken = {name: column[rows] for name, column in self.columns.items()}
        weight = self.earning.weights(taken["system_a"], taken["system_b"], taken["annotator"])
        kept = weight > 0
        taken = {name: column[kept] for name, column in taken.items()}
        mirrored = taken["left"] == B
        systems, (a, b) = _named(self.slugs, taken["system_a"], taken["system_b"])
        annotators, (annotator,) = _named(None, taken["annotator"])
        prompts, (prompt,) = _named(None, taken["prompt"])
        answer = taken["answer"].astype(np.int64)
        ids = {
            "a": np.where(mirrored, b, a),
            "b": np.where(mirrored, a, b),
            "outcome": np.where(mirrored, MIRRORED[answer], answer),
            "annotator": annotator,
            "prompt": prompt,
            "weight": weight[kept],
            "time": taken["cast_at"] / 1e6,
            "heard": np.where(taken["first"] == 0, A, B),
        }
        return from_ids(ids, systems=systems, annotators=annotators, prompts=prompts)

    def holds(self, criterion: Criterion) -> bool:
        """Say whether anybody judged by a criterion."""
        return bool((self.columns["criterion"] == criterion.pk).any())

    def values(self, by: str) -> set[int]:
        """List the domains, tasks, levels or languages (keys) of the prompts that were judged."""
        used = np.unique(self.columns["prompt"]).tolist()
        return {value for key in used if (value := self.prompts[key][by]) is not None}

    def within(self, board: Board) -> Comparisons:
        """Give a board's comparisons: those of its criterion and slice, with the systems that they name."""
        whole = self.comparisons(board.criterion)
        wanted = {by: key for by in _SLICED_BY if (key := getattr(board, f"{by}_id")) is not None}
        if not wanted:
            return whole
        part = self.part(whole, wanted)
        return part.among(part.votes_per_system > 0)

    def part(self, whole: Comparisons, wanted: Mapping[str, int]) -> Comparisons:
        """Give those on prompts of the wanted domain, task, level or language, by their keys."""
        fits = np.array(
            [all(self.prompts[int(name)][by] == key for by, key in wanted.items()) for name in whole.prompts],
            dtype=np.bool_,
        )
        mask: Mask = fits[whole.prompt] if len(whole) else np.zeros(0, dtype=np.bool_)
        return whole.where(mask)


def read(seal: Seal, *, criteria: Sequence[Criterion] | None = None, earned: bool = True) -> Counted:
    """Read what counts as of a seal, in one query without a row's price in Python.

    Args:
        seal: the cut-off.
        criteria: None: all of them.
        earned: False: every vote weighs alike, whoever cast it.
    """
    rows = judged.counted(seal)
    if criteria is not None:
        rows = rows.filter(criterion__in=[criterion.pk for criterion in criteria])
    return made(columns(rows), earning=earning.of(seal) if earned else EQUAL)


def columns(rows: QuerySet[Verdict], *, whole: bool = True) -> Columns:
    """Read verdicts as columns, each shape (n,), int64.

    Args:
        rows: in any order.
        whole: False: they are a few of all, found by their keys.
    """
    rows = rows.annotate(
        answer_number=_number("answer", OUTCOMES),
        left_number=_number("vote__ballot__left", ("a", "b")),
        first_number=_number("vote__ballot__first", ("left", "right")),
    )
    asked = rows.values_list(*(field for field, _, _ in COLUMNS.values()))
    found = _read(*asked.query.sql_with_params(), whole=whole)
    found["cast_at"] += _EPOCH
    return found


def made(found: Columns, *, earning: Earning, left_out: Columns | None = None) -> Counted:
    """Add to columns what votes weigh, what systems are called and what prompts are about."""
    facts = Prompt.objects.values_list("pk", "task__domain_id", "task_id", "level_id", "language_id")
    return Counted(
        columns=found,
        earning=earning,
        left_out=left_out or {},
        slugs=dict(System.objects.values_list("pk", "slug")),
        prompts={key: dict(zip(_SLICED_BY, values, strict=True)) for key, *values in facts},
    )


def _read(sql: str, parameters: Sequence[Any], *, whole: bool) -> Columns:
    """Take a query's rows, none of whose fields is null, as columns.

    PostgreSQL joins each column's bytes itself: a million rows of a driver cost more than the query. All
    columns are joined in one order, whichever it is. `whole`: the query goes over all votes.
    """
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    joined = ", ".join(f"string_agg({send}(\"{name}\"), '')" for name, (_, send, _) in COLUMNS.items())
    by_column = f"SELECT {joined} FROM ({sql}) AS said ({names}) GROUP BY vote / {_TOGETHER}"  # noqa: S608 -- names from above
    with connection.cursor() as cursor:
        # The join is over whole tables, and a hash of a million rows should not spill to disk. Tables that
        # just filled look empty to the planner, and nested loops over them would take hours.
        cursor.execute("SELECT set_config('work_mem', '256MB', false)")
        cursor.execute("SELECT set_config('enable_nestloop', %s, false)", ["off" if whole else "on"])
        with cursor.copy(f"COPY ({by_column}) TO STDOUT (FORMAT BINARY)", parameters) as copy:
            data = memoryview(b"".join(copy))
        cursor.execute("RESET work_mem; RESET enable_nestloop")
    parts: dict[str, list[npt.NDArray[np.int64]]] = {name: [] for name in COLUMNS}
    at = _HEADER
    while at < len(data) - _TRAILER:
        at += _FIELDS
        for name, (_, _, form) in COLUMNS.items():
            length, at = int.from_bytes(data[at : at + _LENGTH], "big"), at + _LENGTH
            parts[name].append(np.frombuffer(data[at : at + length], dtype=form).astype(np.int64))
            at += length
    return {name: np.concatenate([np.zeros(0, dtype=np.int64), *found]) for name, found in parts.items()}


def _named(
    slugs: Mapping[int, str] | None, *columns: npt.NDArray[np.int64]
) -> tuple[list[str], list[npt.NDArray[np.int64]]]:
    """Name keys, and number the names in sorted order: a key's own digits, or its slug.

    Keys are counted up by the database, so that a table over all of them is quicker than sorting the votes.
    """
    there = np.zeros(1 + max(int(column.max(initial=0)) for column in columns), dtype=np.bool_)
    for column in columns:
        there[column] = True
    keys = np.flatnonzero(there)
    names = [slugs[key] if slugs else str(key) for key in keys.tolist()]
    order = sorted(range(len(names)), key=names.__getitem__)
    place = np.zeros(len(there), dtype=np.int64)
    place[keys[order]] = np.arange(len(order))
    return [names[index] for index in order], [place[column] for column in columns]
