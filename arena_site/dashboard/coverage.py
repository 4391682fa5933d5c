"""Who met whom, and how often, from the tallies alone: never from the votes (M12, M14)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from inference.admin.base import list_address
from inference.models import Language, Level, System, Task
from judging.models import PairTally, Strength, SystemPair

CUTS: Final = {"task": _("task"), "level": _("level"), "language": _("language")}
_TABLES: Final[Mapping[str, Any]] = {"task": Task, "level": Level, "language": Language}
# Of a cell: 0 nothing, 1 to 4 by quarters of the target, 5 from the target on.
STEPS: Final = 5
# As many votes as make a system no longer provisional, between two systems and in a cut.
PAIR_TARGET: Final = 30
CUT_TARGET: Final = 100


class Cell(NamedTuple):
    """A square of a heat map.

    Attributes:
        x, y: its place, in cells from 0.
        step: 0 to 5, how near the target.
        number: votes.
        title: in words.
    """

    x: int
    y: int
    step: int
    number: int
    title: str


class Heat(NamedTuple):
    """A heat map: names of rows and columns, cells, and what each row's cells lead to."""

    rows: Sequence[str]
    columns: Sequence[str]
    cells: Sequence[Cell]
    addresses: Sequence[str]


class Line(NamedTuple):
    """A system's precision and exposure.

    Attributes:
        share: of all appearances; fair is one of as many systems.
        half_width: of its rating's interval on the first criterion that has one; None: not rated.
    """

    slug: str
    votes: int
    share: float
    fair: float
    half_width: float | None


def systems() -> dict[int, str]:
    """List the systems that are or were drawn, by key."""
    shown = System.objects.filter(state__in=["live", "codenamed", "retired"])
    return dict(shown.order_by("slug").values_list("pk", "slug"))


def meetings() -> dict[tuple[int, int], int]:
    """Count the votes that count, by two systems (keys, the smaller first)."""
    rows = SystemPair.objects.values_list("system_a_id", "system_b_id", "counted")
    return {(a, b): counted for a, b, counted in rows}


def by_systems(names: Mapping[int, str], met: Mapping[tuple[int, int], int]) -> Heat:
    """Draw system × system."""
    keys = list(names)
    target = _target((met.get(pair, 0) for pair in combinations(sorted(keys), 2)), PAIR_TARGET)
    cells = []
    for y, row in enumerate(keys):
        for x, column in enumerate(keys[:y]):
            number = met.get((min(row, column), max(row, column)), 0)
            title = f"{names[row]} × {names[column]}: {number}"
            cells.append(Cell(x, y, _step(number, target), number, title))
    return Heat(list(names.values()), list(names.values()), cells, _addresses(names))


def by_cut(names: Mapping[int, str], cut: str) -> Heat:
    """Draw system × task, level or language."""
    counted: Counter[tuple[int, int | None]] = Counter()
    for a, b, value, number in (
        PairTally.objects.values_list("systems__system_a_id", "systems__system_b_id", f"{cut}_id")
        .annotate(number=Sum("counted"))
        .order_by()
    ):
        counted[a, value] += number
        counted[b, value] += number
    used = sorted({value for _system, value in counted if value is not None})
    labels = {row.pk: str(row) for row in _TABLES[cut].objects.filter(pk__in=used)}
    ordered = sorted(used, key=lambda value: labels.get(value, ""))
    target = _target((counted[system, value] for system in names for value in ordered), CUT_TARGET)
    cells = [
        Cell(x, y, _step(number, target), number, f"{name} × {labels.get(value, '')}: {number}")
        for y, (system, name) in enumerate(names.items())
        for x, value in enumerate(ordered)
        for number in [counted[system, value]]
    ]
    columns = [labels.get(value, "") for value in ordered]
    return Heat(list(names.values()), columns, cells, _addresses(names))


def lines(names: Mapping[int, str], met: Mapping[tuple[int, int], int]) -> list[Line]:
    """Give each system's exposure and precision, the least exposed first."""
    votes: Counter[int] = Counter()
    for (one, other), number in met.items():
        votes[one] += number
        votes[other] += number
    total, fair = sum(votes[key] for key in names) or 1, 1 / max(len(names), 1)
    rated = Strength.objects.order_by("-criterion__position").values_list("system_id", "half_width")
    widths = dict(rated)
    found = [Line(name, votes[key], votes[key] / total, fair, widths.get(key)) for key, name in names.items()]
    return sorted(found, key=lambda line: (line.votes, line.slug))


def _target(numbers: Iterable[int], least: int) -> int:
    """Aim at the average, so that a gap shows however many votes there are, and never below the least."""
    found = list(numbers)
    return max(least, round(sum(found) / len(found))) if found else least


def _addresses(names: Mapping[int, str]) -> list[str]:
    """Lead to a system's tallies."""
    every = list_address(SystemPair)
    return [f"{every}?{urlencode({'q': name})}" for name in names.values()]


def _step(number: int, target: int) -> int:
    """Say how near a number is to its target: 1 to 4 by quarters, 5 from the target on."""
    return 0 if not number else min(1 + 4 * number // target, STEPS)
