"""What studies come to, on scales of their own."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from leaderboard.models import Study, StudyVerdict
from leaderboard.ranking import reading
from leaderboard.ranking.board import rate
from leaderboard.ranking.errors import NoVotes
from leaderboard.ranking.result import Result

_PAPER: Final = Path(__file__).parents[1] / "static" / "leaderboard" / "paper.json"
_SEED: Final = 1
# What TRACE calls the paper's systems, and what the paper does.
_IN_PAPER: Final[Mapping[str, str]] = {
    "4o": "GPT-4o realtime",
    "4o_cascade": "Cascade",
    "funaudio": "FunAudioLLM with GPT-4o",
    "speechgpt": "SpeechGPT",
    "miniomni": "Mini-Omni",
    "4o_llama_omni": "LLaMA-Omni",
}


class Beside(NamedTuple):
    """A study's order on one criterion beside the paper's.

    Attributes:
        pairs: of systems that both know.
        turned: of these, the ones that stand the other way round here; `surely`: and are really different.
    """

    pairs: int
    turned: int
    surely: int


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
    places = _places()
    return [
        {"system": line.system}
        | {name: getattr(line, name) for name in columns}
        | {"online_elo": elo.get(line.system), "paper_place": places.get(line.system)}
        for line in result.standings
    ]


def _places() -> dict[str, int]:
    """Give the place in the paper's pilot, from 1, of each system by the name that a study gives it."""
    order = {name: place for place, name in enumerate(paper()["pilot"]["order"], start=1)}
    return order | {theirs: order[name] for theirs, name in _IN_PAPER.items()}


def beside_paper(study: Study, criterion: str) -> Beside | None:
    """Compare a study's order with that of the paper's pilot; None where they share no two systems."""
    result, places = board(study.pk, criterion), _places()
    if result is None:
        return None
    rating = {line.system: line.rating for line in result.standings}
    found = []
    for met in result.head_to_head:
        one, other = (rating.get(system) for system in (met.system_a, met.system_b))
        if one is None or other is None or not {met.system_a, met.system_b} <= places.keys():
            continue
        # The paper's first place is its smallest.
        turned = (one > other) != (places[met.system_a] < places[met.system_b])
        found.append((turned, turned and met.different))
    return Beside(len(found), sum(one for one, _ in found), sum(sure for _, sure in found)) if found else None


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
