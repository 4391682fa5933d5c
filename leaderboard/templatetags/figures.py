"""The pictures and the matrix of a board, made from the rows of one snapshot."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django import template
from django.utils.translation import gettext as _

from leaderboard.models import HeadToHead, Standing
from leaderboard.pictures import geometry

register = template.Library()

# Heights in em, so that the pictures grow with the reader's letters.
_ROW: Final = 2.75
_AXIS: Final = 1.75
# Of the width; the rest is for the number behind the longest bar.
_LONGEST_BAR: Final = 88.0
# Shades of the matrix: 0 lost everything, 8 won everything, 4 even.
_SHADES: Final = 8
_AVERAGE: Final = 1000.0


@register.filter
def percent(share: float) -> float:
    """Turn a share between 0 and 1 into per cent."""
    return 100 * share


@register.inclusion_tag("leaderboard/_interval_plot.html")
def interval_plot(standings: Sequence[Standing]) -> dict[str, Any]:
    """Draw each rated system as a dot with its interval, in the order given."""
    rated = [line for line in standings if line.rating is not None]
    if not rated:
        return {"rows": []}
    ends = [value for line in rated for value in (line.rating, line.low, line.high) if value is not None]
    scale = geometry.scale_over(ends)
    height = _ROW * len(rated)
    return {
        "rows": [_whisker(line, place, scale) for place, line in enumerate(rated)],
        "ticks": [{"x": scale.at(value), "label": f"{value:g}"} for value in scale.ticks()],
        "middle": scale.at(_AVERAGE) if scale.low <= _AVERAGE <= scale.high else None,
        "height": geometry.em(height),
        "total": geometry.em(height + _AXIS),
    }


def _whisker(line: Standing, place: int, scale: geometry.Scale) -> dict[str, Any]:
    rating = line.rating or 0.0
    row: dict[str, Any] = {"line": line, "y": geometry.em(_ROW * place), "x": scale.at(rating)}
    words = f"{line.system.display_name}: {rating:.0f}"
    if line.low is not None and line.high is not None:
        row |= {"low": scale.at(line.low), "high": scale.at(line.high)}
        words += _(", interval %(low).0f to %(high).0f") % {"low": line.low, "high": line.high}
    return row | {"words": words}


@register.inclusion_tag("leaderboard/_vote_bars.html")
def vote_bars(standings: Sequence[Standing]) -> dict[str, Any]:
    """Draw how each system's votes came out, as one bar whose length is their number."""
    most = max((line.votes for line in standings), default=0)
    rows = [_bar(line, place, most) for place, line in enumerate(standings)] if most else []
    return {"rows": rows, "total": geometry.em(_ROW * len(rows))}


def _bar(line: Standing, place: int, most: int) -> dict[str, Any]:
    parts, start = [], 0.0
    for kind in ("wins", "ties", "both_bad", "losses"):
        width = _LONGEST_BAR * getattr(line, kind) / most
        parts.append({"kind": kind, "x": geometry.per_cent(start), "width": geometry.per_cent(width)})
        start += width
    words = _("%(name)s: %(wins)d won, %(ties)d ties, %(both_bad)d both bad, %(losses)d lost") % {
        "name": line.system.display_name,
        "wins": line.wins,
        "ties": line.ties,
        "both_bad": line.both_bad,
        "losses": line.losses,
    }
    return {
        "line": line,
        "y": geometry.em(_ROW * place),
        "parts": parts,
        "end": geometry.per_cent(start + 1),
        "words": words,
    }


@register.inclusion_tag("leaderboard/_matrix.html")
def matrix(standings: Sequence[Standing], meetings: Iterable[HeadToHead]) -> dict[str, Any]:
    """Lay out how each row's system fared against each column's, in the order of the standings."""
    met = {}
    for counts in meetings:
        one, other, shared = counts.system_a_id, counts.system_b_id, counts.ties + counts.both_bad
        if not counts.a_wins + counts.b_wins + shared:
            continue
        met[one, other] = _cell(counts.a_wins, counts.b_wins, shared)
        met[other, one] = _cell(counts.b_wins, counts.a_wins, shared)
    rows = [
        {
            "number": number,
            "line": line,
            "cells": [
                {"self": True} if line is other else met.get((line.system_id, other.system_id))
                for other in standings
            ],
        }
        for number, line in enumerate(standings, start=1)
    ]
    return {"rows": rows}


def _cell(won: int, lost: int, shared: int) -> dict[str, Any]:
    votes = won + lost + shared
    share = (won + shared / 2) / votes
    return {"won": won, "lost": lost, "shared": shared, "votes": votes, "shade": round(_SHADES * share)}
