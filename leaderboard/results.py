"""Reads: what a team learns about its own system, no sooner and no more than anybody could (api A49)."""

import math
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inference.models import Job, Response, System
from judging import selectors as judged
from leaderboard.models import Board, Standing
from leaderboard.ranking.board import ESTABLISHED_VOTES
from leaderboard.selectors import boards as selectors

LEAST_VOTES, LEAST_PEOPLE = 10, 3
# The normal quantile of a 95 % interval.
Z = 1.959964
PUBLIC = (System.State.CODENAMED, System.State.LIVE, System.State.RETIRED)


@dataclass(frozen=True)
class Cell:
    """How a system fared in one criterion on one task, level and language, as shares of its votes."""

    criterion: str
    task: str
    level: int | None
    language: str | None
    won: float
    lost: float
    tie: float
    both_bad: float
    won_low: float
    won_high: float
    votes: int


def standings(system: System) -> list[Standing]:
    """Its lines in the current snapshots; none before it is public."""
    return selectors.standings_of(system) if system.state in PUBLIC else []


def cells(system: System) -> list[Cell]:
    """Shares by criterion, task, level and language, where at least ten votes of three people stand."""
    if system.state not in PUBLIC:
        return []
    found: list[Cell] = []
    for board in selectors.whole().filter(method=Board.Method.BRADLEY_TERRY):
        snapshot = selectors.current(board)
        if snapshot is None:
            continue
        grouped: dict[tuple[str, int | None, str | None], list[tuple[int, str]]] = defaultdict(list)
        for vote in judged.comparisons(snapshot.seal, criterion=board.criterion.slug):
            if system.pk in {vote.system_a, vote.system_b}:
                answer = _seen_from(vote.answer, is_a=vote.system_a == system.pk)
                grouped[vote.task, vote.level, vote.language].append((vote.annotator, answer))
        for key, votes in sorted(grouped.items(), key=str):
            if len(votes) >= LEAST_VOTES and len({person for person, _ in votes}) >= LEAST_PEOPLE:
                found.append(_cell(board.criterion.slug, key, [answer for _, answer in votes]))
    return found


def timings(system: System) -> dict[str, Any]:
    """How fast it answers, and how often it fails."""
    rows = Response.objects.filter(system=system).exclude(state=Response.State.REJECTED)
    times = list(rows.values_list("first_audio_ms", "total_ms"))
    failed = Job.objects.filter(system=system, state=Job.State.FAILED).count()
    first = [one for one, _ in times if one is not None]
    total = [one for _, one in times if one is not None]
    asked = len(times) + failed
    return {
        "median_first_audio_ms": round(statistics.median(first)) if first else None,
        "median_total_ms": round(statistics.median(total)) if total else None,
        "answered": len(times),
        "failed": failed,
        "failure_rate": failed / asked if asked else None,
    }


def votes_wanted(lines: Sequence[Standing]) -> int:
    """How many votes are missing until the system can be established on the first board."""
    return max(0, ESTABLISHED_VOTES - lines[0].votes) if lines else ESTABLISHED_VOTES


def _seen_from(answer: str, *, is_a: bool) -> str:
    if answer in {"tie", "both_bad"}:
        return answer
    return "won" if (answer == "a") == is_a else "lost"


def _cell(criterion: str, key: tuple[str, int | None, str | None], answers: Sequence[str]) -> Cell:
    count = len(answers)
    won = answers.count("won")
    low, high = wilson(won, count)
    task, level, language = key
    return Cell(
        criterion=criterion,
        task=task,
        level=level,
        language=language,
        won=won / count,
        lost=answers.count("lost") / count,
        tie=answers.count("tie") / count,
        both_bad=answers.count("both_bad") / count,
        won_low=low,
        won_high=high,
        votes=count,
    )


def wilson(count: int, of: int) -> tuple[float, float]:
    """Interval of a share at 95 %, 0 to 1.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    """
    share = count / of
    middle = share + Z**2 / (2 * of)
    spread = Z * math.sqrt(share * (1 - share) / of + Z**2 / (4 * of**2))
    scale = 1 + Z**2 / of
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)
