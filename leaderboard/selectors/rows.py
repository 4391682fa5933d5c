"""A snapshot's tables as plain rows, for files."""

from collections.abc import Sequence
from typing import Any

from leaderboard.models import HeadToHead, Snapshot, Standing
from leaderboard.selectors import pairs


def standings(lines: Sequence[Standing]) -> list[dict[str, Any]]:
    """List a board's lines."""
    return [
        {
            "system": line.system.slug,
            "name": line.system.display_name,
            "model": line.system.model.name,
            "maker": line.system.model.provider,
            "voice": line.system.voice,
            "status": line.status,
            "rank_low": line.rank_low,
            "rank_high": line.rank_high,
            "rating": line.rating,
            "low": line.low,
            "high": line.high,
            "acceptable": line.acceptable,
            "acceptable_low": line.acceptable_low,
            "acceptable_high": line.acceptable_high,
            "votes": line.votes,
            "wins": line.wins,
            "losses": line.losses,
            "ties": line.ties,
            "both_bad": line.both_bad,
            "annotators": line.annotators,
        }
        for line in lines
    ]


def head_to_head(snapshot: Snapshot, lines: Sequence[Standing]) -> list[dict[str, Any]]:
    """List a board's pairs, the better system first."""
    return [pair_row(pair) for pair in pairs.ordered(pairs.of_snapshot(snapshot), lines)]


def pair_row(pair: HeadToHead) -> dict[str, Any]:
    """Write one pair."""
    return {
        "system_a": pair.system_a.slug,
        "system_b": pair.system_b.slug,
        "a_wins": pair.a_wins,
        "b_wins": pair.b_wins,
        "ties": pair.ties,
        "both_bad": pair.both_bad,
        "observed": pair.observed,
        "expected": pair.a_expected,
        "difference": pair.difference,
        "difference_low": pair.difference_low,
        "difference_high": pair.difference_high,
        "different": pair.different,
        "settled": pair.settled,
    }


def history(past: Sequence[Snapshot]) -> list[dict[str, Any]]:
    """List every system's rating in each of a board's snapshots."""
    return [
        {
            "snapshot": snapshot.number,
            "published": snapshot.created_at.isoformat(),
            "votes": snapshot.votes,
            "system": line.system.slug,
            "rating": line.rating,
            "low": line.low,
            "high": line.high,
            "rank_low": line.rank_low,
            "rank_high": line.rank_high,
        }
        for snapshot in past
        for line in snapshot.standings.all()
    ]


def of_system(lines: Sequence[Standing]) -> list[dict[str, Any]]:
    """List a system's lines on all boards."""
    columns = (
        *("status", "rating", "low", "high", "rank_low", "rank_high", "acceptable"),
        *("votes", "wins", "losses", "ties", "both_bad", "annotators"),
    )
    return [
        {"board": line.snapshot.board.slug, "snapshot": line.snapshot.number}
        | {name: getattr(line, name) for name in columns}
        for line in lines
    ]
