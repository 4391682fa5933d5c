"""What moved between two snapshots of a board, and why."""

from collections.abc import Mapping
from typing import Any, Final

from leaderboard.models import Snapshot, Standing

# A rating that moved by less is not listed.
_NOTEWORTHY: Final = 1.0
_DIGITS: Final = 1


def between(before: Snapshot | None, after: Snapshot, lines: Mapping[str, Standing]) -> dict[str, Any]:
    """Compare a snapshot that is being made with the one before it.

    Args:
        before: with its standings; None: there was none.
        after: its figures are set; its card is too.
        lines: its lines by the system's slug.
    """
    if before is None:
        return {}
    old = {line.system.slug: line for line in before.standings.select_related("system")}
    return {
        "from": before.number,
        "votes": after.votes - before.votes,
        "annotators": after.annotators - before.annotators,
        "prompts": after.prompts - before.prompts,
        "excluded": _excluded(before, after),
        "code_changed": before.code_version != after.code_version,
        "method_changed": (before.method, before.method_version) != (after.method, after.method_version),
        "entered": sorted(lines.keys() - old.keys()),
        "left": sorted(old.keys() - lines.keys()),
        "ratings": _moves(old, lines),
    }


def _excluded(before: Snapshot, after: Snapshot) -> dict[str, int]:
    """Give the exclusions that came (or, negative, were lifted), by rule."""
    was, now = (
        {row["rule"]: row["votes"] for row in snapshot.card.get("exclusions", [])}
        for snapshot in (before, after)
    )
    gone = {rule: now.get(rule, 0) - was.get(rule, 0) for rule in sorted(was.keys() | now.keys())}
    return {rule: number for rule, number in gone.items() if number}


def _moves(old: Mapping[str, Standing], new: Mapping[str, Standing]) -> list[dict[str, Any]]:
    moves = []
    for slug in sorted(old.keys() & new.keys()):
        was, now = old[slug], new[slug]
        if was.rating is None or now.rating is None:
            continue
        ranks = [was.rank_low, was.rank_high], [now.rank_low, now.rank_high]
        if abs(now.rating - was.rating) < _NOTEWORTHY and ranks[0] == ranks[1]:
            continue
        moves.append(
            {
                "system": slug,
                "from": round(was.rating, _DIGITS),
                "to": round(now.rating, _DIGITS),
                "ranks_from": ranks[0],
                "ranks_to": ranks[1],
                "votes": now.votes - was.votes,
                "status_from": str(was.status),
                "status_to": str(now.status),
            }
        )
    return sorted(moves, key=lambda move: (-abs(move["to"] - move["from"]), move["system"]))
