"""How boards would stand without some votes, from the head-to-heads of their last snapshots (M35, M37).

Only two tables of systems by systems are solved for each board, so it takes milliseconds however many votes
there are. Votes weigh alike here, and none that came after the snapshot is in it: an honest estimate.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from django.db.models import Count, QuerySet

from judging.models import Verdict, Vote
from leaderboard.models import Board, HeadToHead
from leaderboard.ranking.arrays import Floats
from leaderboard.ranking.bradley_terry import fit, ratings
from leaderboard.ranking.errors import NotConverged, NoVotes
from leaderboard.selectors import boards

# What moves by less is not worth a line.
LEAST_POINTS: Final = 0.5
MOST_LINES: Final = 8
# What an answer gives to the system with the smaller key; half to each for a tie.
_POINTS: Final = {"a": 1.0, "b": 0.0, "tie": 0.5, "both_bad": 0.5}

Points = dict[tuple[int, int], list[float]]


class Moved(NamedTuple):
    """A system's rating and rank, as they are and as they would be."""

    system: str
    before: float
    after: float
    rank_before: int
    rank_after: int

    @property
    def points(self) -> float:
        """By how many Elo points."""
        return self.after - self.before


class Effect(NamedTuple):
    """What becomes of a board: how many of its verdicts go, and which systems move, the most moved first."""

    board: Board
    verdicts: int
    moved: Sequence[Moved]


def without(votes: QuerySet[Vote]) -> list[Effect]:
    """Say for each public board over all votes how its systems would stand without these."""
    gone = _points_of(votes)
    return [
        effect for board in boards.whole() if (effect := _effect(board, gone.get(board.criterion.slug, {})))
    ]


def _points_of(votes: QuerySet[Vote]) -> dict[str, Points]:
    """Count, by criterion and systems, the votes and the points of the system with the smaller key."""
    pair = ("vote__ballot__pair__system_a_id", "vote__ballot__pair__system_b_id")
    rows = (
        Verdict.objects.filter(vote__in=votes.order_by().values("pk"))
        .values_list("criterion__slug", *pair, "answer")
        .annotate(number=Count("pk"))
        .order_by()
    )
    found: dict[str, Points] = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0]))
    for criterion, one, other, answer, number in rows:
        cell = found[criterion][one, other]
        cell[0] += number
        cell[1] += number * _POINTS[answer]
    return found


def _effect(board: Board, gone: Points) -> Effect | None:
    snapshot = boards.current(board)
    if snapshot is None or not gone:
        return None
    met = HeadToHead.objects.filter(snapshot=snapshot)
    rows = met.values_list("system_a_id", "system_b_id", "a_wins", "b_wins", "ties", "both_bad")
    keys = sorted({key for row in rows for key in row[:2]})
    names = {line.system_id: line.system.slug for line in snapshot.standings.all()}
    place = {key: number for number, key in enumerate(keys)}
    before = np.zeros((len(keys), len(keys)))
    for one, other, a_wins, b_wins, ties, both_bad in rows:
        before[place[one], place[other]] += a_wins + (ties + both_bad) / 2
        before[place[other], place[one]] += b_wins + (ties + both_bad) / 2
    after, verdicts = before.copy(), 0
    for (one, other), (number, points) in gone.items():
        if one in place and other in place:
            after[place[one], place[other]] -= points
            after[place[other], place[one]] -= number - points
            verdicts += round(number)
    moved = _moved([names.get(key, str(key)) for key in keys], before, np.maximum(after, 0))
    return Effect(board, verdicts, moved)


def _moved(names: Sequence[str], before: Floats, after: Floats) -> list[Moved]:
    try:
        was, becomes = (ratings(fit(points).theta) for points in (before, after))
    except (NoVotes, NotConverged):
        return []
    ranks = [1 + (values[:, None] < values[None, :]).sum(axis=1) for values in (was, becomes)]
    found = [
        Moved(name, float(was[n]), float(becomes[n]), int(ranks[0][n]), int(ranks[1][n]))
        for n, name in enumerate(names)
        if abs(was[n] - becomes[n]) >= LEAST_POINTS or ranks[0][n] != ranks[1][n]
    ]
    return sorted(found, key=lambda line: -abs(line.points))[:MOST_LINES]
