"""The pictures themselves: each from plain rows to SVG."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from leaderboard.pictures.geometry import Scale, scale_over
from leaderboard.pictures.svg import Sheet

_ROW: Final = 30.0
_LEFT: Final = 250.0
_RIGHT: Final = 60.0
_WIDTH: Final = 860.0
_TOP: Final = 24.0
_AXIS: Final = 44.0
_NAME: Final = 30
_LETTER: Final = 7.5
_EVEN: Final = 0.5
_Axis = Callable[[float], float]


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a picture says: its name on the page, its title, the same in words, and its two axes."""

    name: str
    title: str
    words: str
    across: str = ""
    up: str = ""


@dataclass(frozen=True, kw_only=True)
class Value:
    """A number with its interval; low and high are None without one."""

    at: float
    low: float | None = None
    high: float | None = None

    @property
    def ends(self) -> list[float]:
        """Everything that an axis has to hold."""
        return [end for end in (self.at, self.low, self.high) if end is not None]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A named value of a list, with a note at the right (a rank, say); hollow marks what is provisional."""

    name: str
    value: Value
    note: str = ""
    hollow: bool = False


@dataclass(frozen=True, kw_only=True)
class Point:
    """A named point of a plane."""

    name: str
    x: Value
    y: Value
    hollow: bool = False


def intervals(rows: Sequence[Row], *, words: Words) -> str:
    """Draw each row as a dot with its interval, in the order given."""
    scale = scale_over([end for row in rows for end in row.value.ends])
    bottom = _TOP + _ROW * len(rows)
    sheet = Sheet(_WIDTH, bottom + _AXIS)
    for tick in scale.ticks():
        x = _across(scale, tick)
        sheet.line("pic-grid", (x, _TOP), (x, bottom))
        sheet.text(f"{tick:g}", (x, bottom + 18), look="pic-soft", anchor="middle", size=12)
    sheet.text(
        words.across, ((_LEFT + _WIDTH - _RIGHT) / 2, bottom + 38), look="pic-soft", anchor="middle", size=12
    )
    for place, row in enumerate(rows):
        y = _TOP + _ROW * (place + _EVEN)
        sheet.text(_short(row.name), (0, y + 5))
        sheet.text(row.note, (_WIDTH, y + 5), look="pic-soft", anchor="end", size=13)
        if row.value.low is not None and row.value.high is not None:
            sheet.line("pic-line", (_across(scale, row.value.low), y), (_across(scale, row.value.high), y))
        look = "pic-hollow" if row.hollow else "pic-dot"
        sheet.dot(look, (_across(scale, row.value.at), y), words=f"{row.name}: {row.value.at:.0f}")
    return sheet.svg(name=words.name, title=words.title, words=words.words)


def _across(scale: Scale, value: float) -> float:
    return _LEFT + scale.share(value) * (_WIDTH - _LEFT - _RIGHT)


def scatter(points: Sequence[Point], *, words: Words, diagonal: bool = False) -> str:
    """Draw points in a plane, each with a cross of two intervals; names stand where they hide the least."""
    width, height, left, bottom, top = 820.0, 620.0, 70.0, 560.0, 20.0
    across = scale_over([end for point in points for end in point.x.ends])
    up = scale_over([end for point in points for end in point.y.ends])
    sheet = Sheet(width, height)

    def x(value: float) -> float:
        return left + across.share(value) * (width - left - 20)

    def y(value: float) -> float:
        return bottom - up.share(value) * (bottom - top)

    for tick in across.ticks():
        sheet.line("pic-grid", (x(tick), top), (x(tick), bottom))
        sheet.text(f"{tick:g}", (x(tick), bottom + 20), look="pic-soft", anchor="middle", size=12)
    for tick in up.ticks():
        sheet.line("pic-grid", (left, y(tick)), (width - 20, y(tick)))
        sheet.text(f"{tick:g}", (left - 8, y(tick) + 4), look="pic-soft", anchor="end", size=12)
    if diagonal:
        low, high = max(across.low, up.low), min(across.high, up.high)
        if low < high:
            sheet.line("pic-edge", (x(low), y(low)), (x(high), y(high)))
    sheet.text(words.across, ((left + width) / 2, height - 12), look="pic-soft", anchor="middle", size=13)
    sheet.text(words.up, (0, 14), look="pic-soft", size=13)
    _crosses(sheet, points, x, y)
    placed: list[tuple[float, float, float, float]] = []
    for point in points:
        _label(sheet, point.name, (x(point.x.at), y(point.y.at)), placed, width)
    return sheet.svg(name=words.name, title=words.title, words=words.words)


def _crosses(sheet: Sheet, points: Sequence[Point], x: _Axis, y: _Axis) -> None:
    for point in points:
        at = x(point.x.at), y(point.y.at)
        if point.x.low is not None and point.x.high is not None:
            sheet.line("pic-faint", (x(point.x.low), at[1]), (x(point.x.high), at[1]))
        if point.y.low is not None and point.y.high is not None:
            sheet.line("pic-faint", (at[0], y(point.y.low)), (at[0], y(point.y.high)))
    for point in points:
        look = "pic-hollow" if point.hollow else "pic-dot"
        words = f"{point.name}: {point.x.at:.0f}, {point.y.at:.0f}"
        sheet.dot(look, (x(point.x.at), y(point.y.at)), words=words)


def _label(
    sheet: Sheet,
    name: str,
    at: tuple[float, float],
    placed: list[tuple[float, float, float, float]],
    width: float,
) -> None:
    """Write a name beside its dot where no other name stands; where there is no room the list has it."""
    short = _short(name)
    length = _LETTER * len(short)
    for right, down in ((1, -6), (-1, -6), (1, 16), (-1, 16), (1, -20), (-1, 30)):
        start = at[0] + 9 if right > 0 else at[0] - 9 - length
        box = (start, at[1] + down - 12, start + length, at[1] + down + 3)
        free = all(box[2] < b[0] or b[2] < box[0] or box[3] < b[1] or b[3] < box[1] for b in placed)
        if free and box[0] > 0 and box[2] < width:
            placed.append(box)
            sheet.text(short, (start, at[1] + down), size=12)
            return


def history(series: Sequence[tuple[str, Sequence[tuple[int, float]]]], *, words: Words) -> str:
    """Draw each series (a name; snapshots' numbers and ratings, in order) as a line with its name."""
    width, height, left, right, top, bottom = 860.0, 560.0, 60.0, 230.0, 24.0, 510.0
    numbers = [number for _, steps in series for number, _ in steps]
    up = scale_over([rating for _, steps in series for _, rating in steps])
    first, last = min(numbers), max(numbers)
    sheet = Sheet(width, height)

    def x(number: int) -> float:
        return left + (number - first) / max(last - first, 1) * (width - left - right)

    def y(rating: float) -> float:
        return bottom - up.share(rating) * (bottom - top)

    for tick in up.ticks():
        sheet.line("pic-grid", (left, y(tick)), (width - right, y(tick)))
        sheet.text(f"{tick:g}", (left - 8, y(tick) + 4), look="pic-soft", anchor="end", size=12)
    for number in sorted(set(numbers)):
        sheet.text(f"#{number}", (x(number), bottom + 20), look="pic-soft", anchor="middle", size=12)
    sheet.text(
        words.across, ((left + width - right) / 2, height - 8), look="pic-soft", anchor="middle", size=12
    )
    below = -1e9
    for name, steps in sorted(series, key=lambda one: y(one[1][-1][1])):
        points = [(x(number), y(rating)) for number, rating in steps]
        sheet.path("pic-line", points)
        for (number, rating), point in zip(steps, points, strict=True):
            sheet.dot("pic-dot", point, words=f"{name}, #{number}: {rating:.0f}", radius=3)
        # Names that would overlap move down and are joined to their line.
        below = max(below + 15, points[-1][1] + 4)
        sheet.line("pic-grid", (points[-1][0] + 4, points[-1][1]), (width - right + 22, below - 4))
        sheet.text(_short(name), (width - right + 26, below), size=12)
    return sheet.svg(name=words.name, title=words.title, words=words.words)


def heat(names: Sequence[str], cells: Sequence[Sequence[tuple[float, str] | None]], *, words: Words) -> str:
    """Draw a square for each two systems: the darker, the more the row won; cells hold share and words."""
    side, left, top = 26.0, 250.0, 40.0
    size = side * len(names)
    sheet = Sheet(left + size + 10, top + size + 10)
    for column in range(len(names)):
        sheet.text(
            f"{column + 1}",
            (left + side * (column + _EVEN), top - 8),
            look="pic-soft",
            anchor="middle",
            size=11,
        )
    for place, (name, row) in enumerate(zip(names, cells, strict=True)):
        y = top + side * place
        sheet.text(f"{place + 1}", (0, y + 18), look="pic-soft", size=11)
        sheet.text(_short(name), (26, y + 18), size=13)
        for column, cell in enumerate(row):
            at = (left + side * column + 1, y + 1)
            if place == column:
                sheet.box("pic-self", at, (side - 2, side - 2))
            elif cell is not None:
                sheet.box("pic-cell", at, (side - 2, side - 2), opacity=0.06 + 0.9 * cell[0], words=cell[1])
    return sheet.svg(name=words.name, title=words.title, words=words.words)


def _short(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"
