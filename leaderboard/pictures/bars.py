"""Stacked bars: how each row's whole is made up."""

from collections.abc import Sequence
from typing import Final

from leaderboard.pictures.drawings import Words
from leaderboard.pictures.svg import Sheet

_ROW: Final = 30.0
_LEFT: Final = 250.0
_WIDTH: Final = 860.0
_TOP: Final = 44.0
_END: Final = 60.0
_BAR: Final = 16.0
_NAME: Final = 30
_LOOKS: Final = ("pic-cell", "pic-tie", "pic-bad", "pic-lost")


def stacked(rows: Sequence[tuple[str, Sequence[int]]], *, kinds: Sequence[str], words: Words) -> str:
    """Draw a bar a row, as long as its sum; `kinds` names the four parts."""
    longest = max((sum(parts) for _, parts in rows), default=0) or 1
    sheet = Sheet(_WIDTH, _TOP + _ROW * len(rows) + 10)
    for place, (kind, look) in enumerate(zip(kinds, _LOOKS, strict=True)):
        at = _LEFT + 150 * place
        sheet.box(look, (at, 8), (14, 14))
        sheet.text(kind, (at + 20, 20), look="pic-soft", size=12)
    for place, (name, parts) in enumerate(rows):
        y, x = _TOP + _ROW * place, _LEFT
        sheet.text(name if len(name) <= _NAME else f"{name[: _NAME - 1]}…", (0, y + 13))
        for part, look in zip(parts, _LOOKS, strict=True):
            width = part / longest * (_WIDTH - _LEFT - _END)
            sheet.box(look, (x, y), (width, _BAR), words=f"{name}: {part}")
            x += width
        sheet.text(f"{sum(parts)}", (x + 8, y + 13), look="pic-soft", size=12)
    return sheet.svg(name=words.name, title=words.title, words=words.words)
