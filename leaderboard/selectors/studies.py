"""What studies come to, on scales of their own."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from leaderboard.models import Study, StudyVerdict
from leaderboard.ranking import reading
from leaderboard.ranking.board import rate
from leaderboard.ranking.errors import NoVotes
from leaderboard.ranking.result import Result

_PAPER: Final = Path(__file__).parents[1] / "static" / "leaderboard" / "paper.json"
_SEED: Final = 1


def criteria(study: Study) -> list[str]:
    """List the criteria that a study judged, by name."""
    return list(study.verdicts.order_by("criterion").values_list("criterion", flat=True).distinct())


@lru_cache(maxsize=64)
def board(study: int, criterion: str) -> Result | None:
    """Rank a study's systems on one criterion; studies never change, so once. None: nothing to rank."""
    rows = StudyVerdict.objects.filter(study=study, criterion=criterion).order_by("number")
    columns = ("system_a", "system_b", "answer", "judge", "prompt")
    comparisons = reading.from_rows(rows.values_list(*columns))
    try:
        return rate(comparisons, seed=_SEED, resamples=0)
    except NoVotes:
        return None


@lru_cache(maxsize=64)
def papers_way(study: int, criterion: str) -> dict[str, float]:
    """Rate as the paper does: online Elo over the decided verdicts in their order (start 1000, K 32)."""
    rows = StudyVerdict.objects.filter(study=study, criterion=criterion).order_by("number")
    comparisons = reading.from_rows(rows.values_list("system_a", "system_b", "answer", "judge", "prompt"))
    try:
        result = rate(comparisons, method="online-elo", seed=_SEED)
    except NoVotes:
        return {}
    return {line.system: line.rating for line in result.standings if line.rating is not None}


def lines(study: Study, criterion: str) -> list[dict[str, Any]]:
    """List a study's systems on one criterion, the best first, beside their rating by the paper's rule."""
    result = board(study.pk, criterion)
    if result is None:
        return []
    elo = papers_way(study.pk, criterion)
    columns = (
        *("rank_low", "rank_high", "rating", "low", "high", "acceptable"),
        *("votes", "wins", "losses", "ties", "both_bad"),
    )
    return [
        {"system": line.system}
        | {name: getattr(line, name) for name in columns}
        | {"online_elo": elo.get(line.system)}
        for line in result.standings
    ]


@lru_cache(maxsize=1)
def paper() -> dict[str, Any]:
    """Read the figures that the paper published."""
    found: dict[str, Any] = json.loads(_PAPER.read_text(encoding="utf-8"))
    return found


def sums() -> dict[str, float]:
    """Add up the paper's main table: what its rule conserves."""
    rows = paper()["main"]["rows"]
    return {
        "sum": sum(row["elo"] for row in rows),
        "wins": sum(row["wins"] for row in rows),
        "losses": sum(row["losses"] for row in rows),
    }
