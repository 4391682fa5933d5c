"""The ways from a board to the others: the same slice by another criterion, another slice by the same one."""

from dataclasses import dataclass, field

from leaderboard.models import Board
from leaderboard.selectors import boards

KINDS = ("level", "domain", "language", "task")


@dataclass
class Picker:
    """What can be chosen instead of a board.

    Attributes:
        criteria: the same slice on each criterion and by each method, this board included.
        whole: the board of this criterion without a slice.
        kinds: level, domain, language and task, each with its boards on this criterion.
        number: of all boards.
    """

    criteria: list[Board]
    whole: Board | None = None
    kinds: list[tuple[str, list[Board]]] = field(default_factory=list)
    number: int = 0


def around(board: Board) -> Picker:
    """Find the boards around one, in one query."""
    every = list(boards.shown())
    same = [other for other in every if _cut(other) == _cut(board)]
    mine = [
        other
        for other in every
        if other.criterion_id == board.criterion_id and other.method != Board.Method.ONLINE_ELO
    ]
    kinds = [(kind, [other for other in mine if getattr(other, f"{kind}_id") is not None]) for kind in KINDS]
    return Picker(
        criteria=sorted(
            same, key=lambda other: (other.method == Board.Method.ONLINE_ELO, other.criterion.position)
        ),
        whole=next((other for other in mine if not other.sliced), None),
        kinds=[(kind, found) for kind, found in kinds if found],
        number=len(every),
    )


def _cut(board: Board) -> tuple[object, ...]:
    return board.domain_id, board.task_id, board.level_id, board.language_id, board.listeners
