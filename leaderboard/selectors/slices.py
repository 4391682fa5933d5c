"""The ways from a board to the others: the same slice by another criterion, another slice by the same one."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from leaderboard.models import Board, Standing
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
    # As the whole boards stand, the second view last.
    order = defaultdict(
        int, {other.criterion_id: other.position for other in reversed(every) if not other.sliced}
    )
    same = [other for other in every if _cut(other) == _cut(board)]
    mine = [
        other
        for other in every
        if other.criterion_id == board.criterion_id and other.method != Board.Method.ONLINE_ELO
    ]
    kinds = [(kind, [other for other in mine if getattr(other, f"{kind}_id") is not None]) for kind in KINDS]
    return Picker(
        criteria=sorted(
            same, key=lambda other: (other.method == Board.Method.ONLINE_ELO, order[other.criterion_id])
        ),
        whole=next((other for other in mine if not other.sliced), None),
        kinds=[(kind, found) for kind, found in kinds if found],
        number=len(every),
    )


def _cut(board: Board) -> tuple[object, ...]:
    return board.domain_id, board.task_id, board.level_id, board.language_id, board.listeners


@dataclass
class Part:
    """One part of the votes, and how a system stands in it by each criterion; None where it does not.

    Attributes:
        cells: in the order of the criteria.
    """

    board: Board
    cells: list[Standing | None]


@dataclass
class Profile:
    """How one system fares everywhere.

    Attributes:
        whole: its lines on boards of all votes.
        criteria: what the columns of the parts stand for: boards of all votes, one a criterion.
        kinds: level, domain, language and task, each with its parts and, for a picture, the lines by the
            first criterion.
    """

    whole: list[Standing]
    criteria: list[Board]
    kinds: list[tuple[str, list[Part], list[Standing]]]


def profile(lines: Sequence[Standing]) -> Profile:
    """Sort a system's current lines by what their boards are cut by.

    Args:
        lines: in the order of their boards, with these and what they are cut by.
    """
    whole = [line for line in lines if not line.snapshot.board.sliced]
    rated = [line.snapshot.board for line in whole if line.snapshot.board.method != Board.Method.ONLINE_ELO]
    columns = [board.criterion_id for board in rated]
    kinds = []
    for kind in KINDS:
        parts: dict[int, Part] = {}
        for line in lines:
            board = line.snapshot.board
            if (key := getattr(board, f"{kind}_id")) is not None and board.criterion_id in columns:
                part = parts.setdefault(key, Part(board, [None] * len(columns)))
                part.cells[columns.index(board.criterion_id)] = line
        first = [part.cells[0] for part in parts.values() if part.cells and part.cells[0]]
        kinds.append((kind, list(parts.values()), first))
    return Profile(whole, rated, [one for one in kinds if one[1]])
