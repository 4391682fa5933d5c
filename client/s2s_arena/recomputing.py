"""A published board worked out again from its votes, by the site's own ranking code."""

import importlib
from collections.abc import Mapping
from typing import Any

from s2s_arena.errors import ArenaError
from s2s_arena.http import Arena

ANSWERS = ("a", "b", "tie", "both_bad")
# The same code and the same votes, in another process: what is left is how numbers are added up.
TOLERANCE = 0.5


def recompute(arena: Arena, board: str, number: int) -> dict[str, Any]:
    """Rate a snapshot's systems anew and compare.

    Returns:
        `equal`, the largest difference of a rating, and both ratings of each system.

    Raises:
        ArenaError: `extra_missing`, or what the server says.
    """
    try:
        ranking = importlib.import_module("leaderboard.ranking.board")
        reading = importlib.import_module("leaderboard.ranking.reading")
    except ImportError as error:
        fix = "pip install 's2s-arena-client[recompute]'"
        raise ArenaError("The ranking code is not installed here.", code="extra_missing", fix=fix) from error
    snapshot = arena.get(f"boards/{board}/snapshots/{number}")
    given = arena.get(f"boards/{board}/snapshots/{number}/votes")
    counted = reading.from_rows(_rows(given["matrices"]))
    options = {"resamples": 0} if snapshot["method"] == "bradley-terry" else {}
    again = ranking.rate(counted, method=snapshot["method"], seed=snapshot["seed"], **options)
    anew = {line.system: line.rating for line in again.standings}
    lines = [
        {"system": line["system"], "published": line["rating"], "recomputed": anew.get(line["system"])}
        for line in snapshot["standings"]
        if line["rating"] is not None
    ]
    worst = max((_apart(line) for line in lines), default=0.0)
    return {
        "board": board,
        "number": number,
        "equal": worst <= TOLERANCE,
        "largest_difference": worst,
        "systems": lines,
    }


def _apart(line: Mapping[str, Any]) -> float:
    if line["recomputed"] is None:
        return float("inf")
    return abs(float(line["published"]) - float(line["recomputed"]))


def _rows(matrices: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    """One row a vote: two systems, the answer, and the pseudonym of who gave it."""
    return [
        (row["system_a"], row["system_b"], answer, row["annotator"])
        for row in matrices
        for answer in ANSWERS
        for _ in range(row[answer])
    ]
