"""How a board's lines are parted on pages."""

from typing import Any

from leaderboard.models import Snapshot, Standing
from leaderboard.ranking.board import ESTABLISHED_ANNOTATORS, ESTABLISHED_HALF_WIDTH, ESTABLISHED_VOTES


def groups(snapshot: Snapshot) -> dict[str, list[Standing]]:
    """Part the lines: with a rank, rated without one, and not comparable; and those held by the prior."""
    lines = list(snapshot.standings.all())
    ranked = [line for line in lines if line.rank_low and line.status != Standing.Status.PROVISIONAL]
    return {
        "lines": lines,
        "rated": [line for line in lines if line.rating is not None],
        "ranked": ranked,
        "unranked": [line for line in lines if line.rating is not None and line not in ranked],
        "apart": [line for line in lines if line.rating is None],
        "held": [line for line in lines if line.prior_driven],
    }


def floor() -> dict[str, Any]:
    """Say what an established system needs (ranking K16)."""
    return {
        "floor_votes": ESTABLISHED_VOTES,
        "floor_annotators": ESTABLISHED_ANNOTATORS,
        "floor_half_width": ESTABLISHED_HALF_WIDTH,
    }
