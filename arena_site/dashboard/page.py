"""Everything that the first page shows, and the measures of its pictures."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from arena_site.backups import history
from arena_site.dashboard import coverage, doing, waiting
from arena_site.dashboard.coverage import Heat
from arena_site.dashboard.doing import Day

CELL: Final = 18
# Of the longest name, in units of the picture.
LABEL: Final = 150
_BARS: Final = (720, 90)
_SQUARE: Final = (
    f'<rect class="step-{{}}" x="{{}}" y="{{}}" width="{CELL - 2}" height="{CELL - 2}">'
    "<title>{}</title></rect>"
)


class Picture(NamedTuple):
    """A heat map with all its measures."""

    width: int
    height: int
    label: int
    rows: Sequence[tuple[int, str]]
    columns: Sequence[tuple[int, str]]
    squares: SafeString


class Bar(NamedTuple):
    """A day's votes: place and height, and how much of it rules took out."""

    x: float
    width: float
    height: float
    out: float
    day: Day


def context(request: HttpRequest) -> dict[str, Any]:
    """Read the page's figures: seventeen queries, none of them over votes."""
    cut = request.GET.get("by", "")
    cut = cut if cut in coverage.CUTS else "task"
    names, met = coverage.systems(), coverage.meetings()
    days = doing.days()
    return {
        "queues": waiting.queues(),
        "alarms": doing.alarms(),
        "days": days,
        "today": days[-1],
        "bars": bars(days),
        "bar_size": _BARS,
        "way_in": doing.way_in(),
        "jobs": doing.jobs(),
        "backups": history.last(),
        "pairs": picture(coverage.by_systems(names, met)),
        "cut": picture(coverage.by_cut(names, cut)),
        "cut_by": cut,
        "cuts": list(coverage.CUTS.items()),
        "lines": coverage.lines(names, met),
        "steps": range(coverage.STEPS + 1),
    }


def picture(heat: Heat) -> Picture:
    """Lay a heat map out; a template would take most of the page's time over a thousand squares."""
    rows: list[list[tuple[int, int, int, str]]] = [[] for _ in heat.rows]
    for cell in heat.cells:
        rows[cell.y].append((cell.step, LABEL + CELL * cell.x, LABEL + CELL * cell.y, cell.title))
    linked = [
        (address, format_html_join("", _SQUARE, row))
        for address, row in zip(heat.addresses, rows, strict=True)
    ]
    return Picture(
        width=LABEL + CELL * len(heat.columns) + 2,
        height=LABEL + CELL * len(heat.rows) + 2,
        label=LABEL,
        rows=[(LABEL + CELL * place + CELL - 6, name) for place, name in enumerate(heat.rows)],
        columns=[(LABEL + CELL * place + CELL - 6, name) for place, name in enumerate(heat.columns)],
        squares=format_html_join("", '<a href="{}">{}</a>', linked),
    )


def bars(days: Sequence[Day]) -> list[Bar]:
    """Lay a bar chart of votes by day out."""
    width, height = _BARS
    step = width / max(len(days), 1)
    most = max((max(day.votes, day.excluded) for day in days), default=0) or 1
    return [
        Bar(
            place * step,
            step - 3,
            height * day.votes / most,
            height * min(day.excluded, day.votes) / most,
            day,
        )
        for place, day in enumerate(days)
    ]
