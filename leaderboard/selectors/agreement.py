"""How far the judges agree, with themselves and with each other, as the current snapshots say (J123)."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from judging.models import Criterion
from leaderboard.models import Board, Snapshot
from leaderboard.ranking.coefficients import Measure
from leaderboard.selectors import boards

# Source: J119, fewer are shown to nobody.
FEWEST_CASES: Final = 10
# The reliability that the majority of so many judges of one pair should have.
RELIABLE: Final = 0.80
BY: Final = ("task", "level", "language")


class Line(NamedTuple):
    """The agreement on one criterion within one part of the prompts; None where there are too few cases.

    Attributes:
        part: a task, level or language; None: all prompts.
        alpha, ac1, raw: among different people; `units` pairs of answers were judged by at least two.
        own: of people with themselves, on pairs that came again.
        needed: judges of one pair whose majority would be reliable enough.
    """

    part: Any
    alpha: Measure | None
    ac1: Measure | None
    raw: Measure | None
    own: Measure | None
    units: int
    needed: int | None


class OnCriterion(NamedTuple):
    """A criterion's lines: on all prompts, then by each of BY."""

    criterion: Criterion
    whole: Line
    parts: Mapping[str, Sequence[Line]]


def latest() -> tuple[Snapshot, list[OnCriterion]] | None:
    """Read the test cards of the current snapshots; None where there is none yet.

    No number moves between snapshots, as on the boards (J96).
    """
    newest = {snapshot.board_id: snapshot for snapshot in _current()}
    if not newest:
        return None
    shown = [board for board in boards.shown() if board.pk in newest]
    found = [
        _on(board, [other for other in shown if other.criterion_id == board.criterion_id], newest)
        for board in shown
        if not board.sliced and newest[board.pk].card.get("agreement")
    ]
    last = max(newest.values(), key=lambda snapshot: (snapshot.created_at, snapshot.pk))
    return last, found


def _current() -> Sequence[Snapshot]:
    """List each public board's current snapshot; the second view has no agreement of its own."""
    rated = Snapshot.objects.filter(
        board__in=boards.shown().filter(method=Board.Method.BRADLEY_TERRY).values("pk")
    )
    return list(
        rated.order_by("board_id", "-number").distinct("board_id").only("board", "card", "created_at")
    )


def _on(whole: Board, boards: Sequence[Board], newest: Mapping[int, Snapshot]) -> OnCriterion:
    def lines(by: str) -> list[Line]:
        found = [board for board in boards if getattr(board, by) and newest[board.pk].card.get("agreement")]
        return [_line(newest[board.pk].card["agreement"], getattr(board, by)) for board in found]

    all_prompts = _line(newest[whole.pk].card["agreement"], None)
    return OnCriterion(whole.criterion, all_prompts, {by: lines(by) for by in BY})


def _line(figures: Mapping[str, Any], part: Any) -> Line:
    alpha = _enough(figures["alpha"])
    return Line(
        part=part,
        alpha=alpha,
        ac1=_enough(figures["ac1"]),
        raw=_enough(figures["raw"]),
        own=_enough(figures["self_consistency"]),
        units=figures["raw"]["units"],
        needed=judges_needed(alpha.value) if alpha else None,
    )


def _enough(figure: Mapping[str, Any]) -> Measure | None:
    if figure["units"] < FEWEST_CASES or figure["value"] is None:
        return None
    low, high = (math.nan if figure[end] is None else figure[end] for end in ("low", "high"))
    return Measure(figure["value"], low, high, figure["units"])


def judges_needed(alpha: float) -> int | None:
    """Say how many judges one pair needs for a reliable majority; None where no number is enough.

    Source: Spearman 1910, Brown 1910: the reliability of n judges is n·α / (1 + (n − 1)·α).
    """
    if alpha <= 0:
        return None
    return max(1, math.ceil(RELIABLE * (1 - alpha) / (alpha * (1 - RELIABLE)) - 1e-9))
