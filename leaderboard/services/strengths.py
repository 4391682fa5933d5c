"""A new snapshot's ratings go down to the choice of pairs, which never reads a board (judging J100)."""

from judging.services import strengths
from judging.services.strengths import Rated
from leaderboard.models import Board, Snapshot


def hand_down(snapshot: Snapshot) -> bool:
    """Hand down the ratings of a snapshot, if its board is its criterion's first with intervals.

    Returns:
        Whether it was.
    """
    if snapshot.board_id != _first_of(snapshot):
        return False
    rated = {
        line.system_id: Rated(rating=line.rating, half_width=(line.high - line.low) / 2)
        for line in snapshot.standings.all()
        if line.rating is not None and line.low is not None and line.high is not None
    }
    strengths.hand_down(
        rated,
        criterion=snapshot.board.criterion,
        snapshot_number=snapshot.number,
        as_of=snapshot.seal.at,
    )
    return True


def _first_of(snapshot: Snapshot) -> int | None:
    boards = Board.objects.filter(
        criterion=snapshot.board.criterion_id, method=Board.Method.BRADLEY_TERRY, active=True
    )
    return boards.order_by("position", "pk").values_list("pk", flat=True).first()
