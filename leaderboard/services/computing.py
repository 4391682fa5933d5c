"""What a board comes to: pure of what is stored, so that a snapshot can be computed again."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from django.conf import settings

from leaderboard.models import Board
from leaderboard.ranking.board import rate
from leaderboard.ranking.comparisons import Comparisons
from leaderboard.ranking.errors import NoVotes
from leaderboard.ranking.result import Result, canonical_bytes
from leaderboard.selectors.earning import EQUAL, Earning
from leaderboard.selectors.votes import Counted

# What a board without a usable vote comes to.
_NOTHING: Final = b"null"


@dataclass(frozen=True, kw_only=True)
class Computed:
    """A board's votes and what they come to.

    Attributes:
        result: None: no vote that the method can use.
        canonical: the bytes that stand for it.
        earning: whose votes count, and for how much.
    """

    comparisons: Comparisons
    result: Result | None
    canonical: bytes
    earning: Earning = EQUAL

    @property
    def votes_sha256(self) -> str:
        """Digest of what went in."""
        return self.comparisons.sha256()

    @property
    def result_sha256(self) -> str:
        """Digest of what came out."""
        return sha256(self.canonical).hexdigest()


def options(board: Board) -> dict[str, Any]:
    """Say what a board's method is given: people are drawn anew beside, but for slices."""
    if board.method != Board.Method.BRADLEY_TERRY:
        return {}
    return {"resamples": 0 if board.sliced else settings.BOOTSTRAP_RESAMPLES}


def compute(counted: Counted, board: Board, *, method: str, seed: int, given: Mapping[str, Any]) -> Computed:
    """Rate what counts of a board.

    Args:
        counted: the votes of a seal.
        board: whose slice is taken.
        method: of the ranking library.
        seed: of all that is random.
        given: the method's options.
    """
    comparisons = counted.within(board)
    try:
        result = rate(comparisons, method=method, seed=seed, **given)
    except NoVotes:
        return Computed(comparisons=comparisons, result=None, canonical=_NOTHING, earning=counted.earning)
    return Computed(
        comparisons=comparisons,
        result=result,
        canonical=canonical_bytes(result),
        earning=counted.earning,
    )
