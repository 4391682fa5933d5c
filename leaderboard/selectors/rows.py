"""A snapshot's tables as plain rows, for files."""

from collections.abc import Sequence
from typing import Any, Final

from inference.models import System
from leaderboard.models import HeadToHead, Snapshot, Standing
from leaderboard.selectors import pairs

_LINE: Final = (
    *("status", "rank_low", "rank_high", "rating", "low", "high"),
    *("acceptable", "acceptable_low", "acceptable_high", "votes", "wins", "losses", "ties", "both_bad"),
    "annotators",
)
_MORE: Final = (
    *("bootstrap_low", "bootstrap_high", "expected_score", "effective_votes", "component", "prior_driven"),
)


def standings(lines: Sequence[Standing], *, whole: bool = False) -> list[dict[str, Any]]:
    """List a board's lines; `whole`: with what few readers ask for."""
    columns = (*_LINE, *_MORE) if whole else _LINE
    return [_named(line.system) | {name: getattr(line, name) for name in columns} for line in lines]


def _named(system: System) -> dict[str, str]:
    """Name a system; a codename stands for its model and maker too until it is revealed."""
    named = {"system": system.shown_slug, "name": system.display_name}
    if system.state == System.State.CODENAMED:
        return named | {"model": "", "maker": "", "voice": ""}
    return named | {"model": system.model.name, "maker": system.model.provider, "voice": system.voice}


def head_to_head(snapshot: Snapshot, lines: Sequence[Standing]) -> list[dict[str, Any]]:
    """List a board's pairs, the better system first."""
    return [pair_row(pair) for pair in pairs.ordered(pairs.of_snapshot(snapshot), lines)]


def pair_row(pair: HeadToHead) -> dict[str, Any]:
    """Write one pair."""
    return {
        "system_a": pair.system_a.shown_slug,
        "system_b": pair.system_b.shown_slug,
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
            "system": line.system.shown_slug,
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
