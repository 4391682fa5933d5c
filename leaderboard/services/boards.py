"""Boards: one for each slice that somebody has judged."""

from collections.abc import Iterator
from typing import Any, Final

from django.db import models

from inference.models import Domain, Language, Level, Task
from leaderboard.models import Board
from leaderboard.selectors.votes import Counted

_KINDS: Final[dict[str, type[models.Model]]] = {
    "domain": Domain,
    "task": Task,
    "level": Level,
    "language": Language,
}
# After the whole boards, kind by kind.
_FIRST: Final = 100


def provide(counted: Counted) -> list[Board]:
    """Make the boards that are missing: each whole one cut by every domain, task, level and language.

    Returns:
        The new ones.
    """
    whole = [
        board
        for board in Board.objects.filter(active=True, method=Board.Method.BRADLEY_TERRY).select_related(
            "criterion"
        )
        if not board.sliced
    ]
    there = set(Board.objects.values_list("slug", flat=True))
    wanted = [board for one in whole for board in _slices(one, counted) if board.slug not in there]
    # Two builders may want the same board at once.
    Board.objects.bulk_create(wanted, ignore_conflicts=True)
    return wanted


def _slices(whole: Board, counted: Counted) -> Iterator[Board]:
    for number, (kind, model) in enumerate(_KINDS.items()):
        rows: Any = model._default_manager.filter(pk__in=counted.values(kind)).order_by("pk")  # noqa: SLF001 -- Django's public name
        for place, row in enumerate(rows):
            english, chinese = _titles(kind, row)
            yield Board(
                slug=f"{whole.slug}-{kind}-{_name(kind, row)}",
                title_en=f"{whole.title_en} · {english}",
                title_zh_hans=f"{whole.title_zh_hans} · {chinese}",
                criterion=whole.criterion,
                visibility=whole.visibility,
                position=_FIRST * (1 + number) + place,
                **{kind: row},
            )


def _name(kind: str, row: Any) -> str:
    names = {"level": "number", "language": "code"}
    return str(getattr(row, names.get(kind, "slug"))).lower()


def _titles(kind: str, row: Any) -> tuple[str, str]:
    if kind == "level":
        return f"L{row.number} {row.name_en}", f"L{row.number} {row.name_zh_hans}"
    return row.name_en, row.name_zh_hans
