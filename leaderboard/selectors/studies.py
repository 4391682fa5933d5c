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


@lru_cache(maxsize=1)
def paper() -> dict[str, Any]:
    """Read the figures that the paper published."""
    found: dict[str, Any] = json.loads(_PAPER.read_text(encoding="utf-8"))
    return found
