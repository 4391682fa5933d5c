"""The pictures and the matrix of a board, made from the rows of one snapshot."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django import template
from django.utils.translation import gettext as _

from leaderboard.models import HeadToHead, Standing
from leaderboard.templatetags import geometry

register = template.Library()

ROW: Final = 44
_AXIS: Final = 36
# Shades of the matrix: 0 lost everything, 8 won everything, 4 even.
_SHADES: Final = 8


@register.inclusion_tag("leaderboard/_interval_plot.html")
def interval_plot(standings: Sequence[Standing]) -> dict[str, Any]:
    """Draw each rated system as a dot with its interval, the best on top; heights in CSS pixels."""
    rated = [line for line in standings if line.rating is not None]
    if not rated:
        return {"rows": []}
    ends = [value for line in rated for value in (line.rating, line.low, line.high) if value is not None]
    scale = geometry.scale_over(ends)
    height = ROW * len(rated)
    return {
        "rows": [_whisker(line, place, scale) for place, line in enumerate(rated)],
        "ticks": [{"x": scale.at(value), "label": f"{value:g}"} for value in scale.ticks()],
        "middle": scale.at(1000) if scale.low <= 1000 <= scale.high else None,  # noqa: PLR2004 -- the Elo scale's
        "height": height,
        "total": height + _AXIS,
        "label_y": height + 22,
    }


def _whisker(line: Standing, place: int, scale: geometry.Scale) -> dict[str, Any]:
    rating = line.rating or 0.0
    words = _("%(name)s: %(rating).0f") % {"name": line.system.display_name, "rating": rating}
    row: dict[str, Any] = {"line": line, "y": ROW * place, "x": scale.at(rating)}
    if line.low is not None and line.high is not None:
        words += _(", 95 %% interval %(low).0f to %(high).0f") % {"low": line.low, "high": line.high}
        row |= {"low": scale.at(line.low), "high": scale.at(line.high)}
    return row | {"words": words}


@register.inclusion_tag("leaderboard/_vote_bars.html")
def vote_bars(standings: Sequence[Standing]) -> dict[str, Any]:
    """Draw how each system's votes came out, as one bar whose length is their number."""
    most = max((line.votes for line in standings), default=0)
    if not most:
        return {"rows": []}
    rows = []
    for place, line in enumerate(standings):
        parts, start = [], 0.0
        for kind in ("wins", "ties", "both_bad", "losses"):
            width = 92 * getattr(line, kind) / most
            parts.append({"kind": kind, "x": geometry.per_cent(start), "width": geometry.per_cent(width)})
            start += width
        rows.append({"line": line, "y": ROW * place, "parts": parts, "end": geometry.per_cent(start + 1)})
    return {"rows": rows, "total": ROW * len(rows)}


@register.inclusion_tag("leaderboard/_matrix.html")
def matrix(standings: Sequence[Standing], meetings: Iterable[HeadToHead]) -> dict[str, Any]:
    """Lay out how each row's system fared against each column's, in the order of the standings."""
    met = {}
    for counts in meetings:
        one, other, shared = counts.system_a_id, counts.system_b_id, counts.ties + counts.both_bad
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
