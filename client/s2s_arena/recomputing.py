"""A published board worked out again from its votes as the site gives them, by the site's own ranking code.

Ratings, votes and answers come out again from either form. Intervals do not: they take what one person said
of one prompt to hang together, and no form says both. Nor is the order given in which online Elo takes votes.
"""

import importlib
from collections.abc import Iterator, Mapping
from typing import Any

from s2s_arena.errors import ArenaError
from s2s_arena.http import Arena

ANSWERS = ("a", "b", "tie", "both_bad")
COUNTED = ("votes", "wins", "losses", "ties", "both_bad")
# The site publishes six decimals of what it works out; what is left is how numbers are added up.
TOLERANCE = 1e-4
BY_ORDER = "online-elo"
NOT_GIVEN = "Intervals and ranks: what one person said of one prompt hangs together, and no form says both."


def recompute(arena: Arena, board: str, number: int, *, form: str = "matrices") -> dict[str, Any]:
    """Rate a snapshot's systems anew and compare.

    Args:
        arena: where it is.
        board: its slug.
        number: the snapshot's.
        form: matrices, at once; or rows, a month after the snapshot.

    Returns:
        `equal`: ratings and counts are the published ones; the largest difference of a rating, both ratings
        of each system, and what cannot be worked out from what is given.

    Raises:
        ArenaError: `extra_missing`, `not_recomputable`, or what the server says.
    """
    ranking, reading = _code()
    snapshot = arena.get(f"boards/{board}/snapshots/{number}")
    if snapshot["method"] == BY_ORDER:
        fix = "Take a Bradley–Terry board: this one hangs on the order of the votes, which is not given away."
        raise ArenaError(
            "This board cannot be worked out again from outside.", code="not_recomputable", fix=fix
        )
    given = arena.get(f"boards/{board}/snapshots/{number}/votes", form=form)
    votes = _of_rows(given["rows"]) if form == "rows" else _of_matrices(given["matrices"])
    again = _rated(ranking, reading, list(votes), snapshot)
    lines = [_compared(line, again.get(line["system"]["slug"])) for line in snapshot["standings"]]
    worst = max((line["difference"] for line in lines), default=0.0)
    return {
        "board": board,
        "number": number,
        "form": form,
        "equal": worst <= TOLERANCE and all(line["counts_equal"] for line in lines),
        "largest_difference": worst,
        "not_recomputed": [NOT_GIVEN],
        "systems": lines,
    }


def _code() -> tuple[Any, Any]:
    try:
        names = ("leaderboard.ranking.board", "leaderboard.ranking.reading")
        ranking, reading = (importlib.import_module(name) for name in names)
    except ImportError as error:
        fix = "In the arena's repository: pip install './client[recompute]'."
        raise ArenaError("The ranking code is not installed here.", code="extra_missing", fix=fix) from error
    return ranking, reading


def _rated(
    ranking: Any, reading: Any, votes: list[tuple[Any, ...]], snapshot: Mapping[str, Any]
) -> dict[str, Any]:
    if not votes:
        return {}
    said = snapshot["parameters"]
    options = {name: said[name] for name in ("alpha", "ties") if name in said}
    # Nothing is drawn anew: intervals are not compared.
    result = ranking.rate(
        reading.from_rows(votes), method=snapshot["method"], seed=snapshot["seed"], resamples=0, **options
    )
    return {line.system: line for line in result.standings}


def _compared(line: Mapping[str, Any], again: Any) -> dict[str, Any]:
    published, anew = line["rating"], again.rating if again else None
    if published is None or anew is None:
        apart = 0.0 if published is anew else float("inf")
    else:
        apart = abs(published - anew)
    counts = {name: getattr(again, name) if again else 0 for name in COUNTED}
    return {
        "system": line["system"]["slug"],
        "published": published,
        "recomputed": anew,
        "difference": apart,
        "counts_equal": counts == {name: line[name] for name in COUNTED},
    }


def _of_matrices(matrices: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """Give one row a vote, as the ranking reads them: systems, answer, person, prompt (not known), weight."""
    for row in matrices:
        for answer in ANSWERS:
            for _ in range(row[answer]):
                yield row["system_a"], row["system_b"], answer, row["annotator"], "", row["weight"]


def _of_rows(rows: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        yield row["system_a"], row["system_b"], row["answer"], "", row["prompt"] or "", row["weight"]
