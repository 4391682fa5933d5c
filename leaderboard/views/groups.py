"""How a board's lines are parted on pages."""

from typing import Any

from leaderboard.models import Board, Snapshot, Standing
from leaderboard.ranking.board import ESTABLISHED_ANNOTATORS, ESTABLISHED_HALF_WIDTH, ESTABLISHED_VOTES


def groups(snapshot: Snapshot) -> dict[str, list[Standing]]:
    """Part the lines: with a rank, rated without one, and not comparable; and those held by the prior.

    `compared` are those that can be told apart or not: with a rank or without, all that have an interval.
    """
    lines = list(snapshot.standings.all())
    ranked = [line for line in lines if line.rank_low and line.status != Standing.Status.PROVISIONAL]
    return {
        "lines": lines,
        "rated": [line for line in lines if line.rating is not None],
        "ranked": ranked,
        "compared": [line for line in lines if line.low is not None] if _compares(snapshot) else [],
        "unranked": [line for line in lines if line.rating is not None and line not in ranked],
        "apart": [line for line in lines if line.rating is None],
        "held": [line for line in lines if line.prior_driven],
    }


def _compares(snapshot: Snapshot) -> bool:
    return snapshot.method == Board.Method.BRADLEY_TERRY and snapshot.converged


def floor() -> dict[str, Any]:
    """Say what an established system needs (ranking K16)."""
    return {
        "floor_votes": ESTABLISHED_VOTES,
        "floor_annotators": ESTABLISHED_ANNOTATORS,
        "floor_half_width": ESTABLISHED_HALF_WIDTH,
    }
