"""The paper's tables from this site's votes, kept with the snapshot of the board that rates by its rule."""

from collections.abc import Iterable
from typing import Any, Final

from inference.models import Prompt
from leaderboard.models import Board
from leaderboard.ranking import paper
from leaderboard.ranking.comparisons import Comparisons
from leaderboard.ranking.errors import NoVotes
from leaderboard.ranking.paper import Parts

# The columns of the paper's tables, and where a prompt has their names.
_KINDS: Final = {"domain": "task__domain__slug", "level": "level__number"}


def parts() -> Parts:
    """Say of every prompt, by its key in words, which domain and level it is of."""
    rows: Iterable[tuple[Any, ...]] = Prompt.objects.values_list("pk", *_KINDS.values())
    found: dict[str, dict[str, str]] = {kind: {} for kind in _KINDS}
    for key, *values in rows:
        for kind, value in zip(_KINDS, values, strict=True):
            if value is not None:
                found[kind][str(key)] = str(value)
    return found


def of(board: Board, comparisons: Comparisons, about: Parts) -> dict[str, Any]:
    """Give the tables of a whole board of online Elo; none of any other, nor where nothing is decided."""
    if board.method != Board.Method.ONLINE_ELO or board.sliced:
        return {}
    try:
        return paper.tables(comparisons, about)
    except NoVotes:
        return {}
