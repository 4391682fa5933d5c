"""The pictures and the matrix of a board, made from the rows of one snapshot."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django import template
from django.utils.translation import gettext as _

from inference.models.wording import in_language
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


@register.filter
def minus(number: object) -> str:
    """Write a negative number with the sign that is as wide as a plus."""
    return str(number).replace("-", "\N{MINUS SIGN}")


@register.filter
def signed(number: float) -> str:
    """Write a change with its sign, rounded."""
    return minus(f"{number:+.0f}") if round(number) else "0"


@register.filter
def absolute(number: float) -> float:
    """Drop the sign."""
    return abs(number)


@register.filter
def less(number: float, other: float) -> float:
    """Take one number from another."""
    return number - other


@register.simple_tag
def spread(value: float, low: float, high: float) -> str:
    """Write a difference of ratings with its interval."""
    return spread_words()(value, low, high)


def spread_words() -> Callable[[float, float, float], str]:
    """Give what writes differences in the reader's language, for whoever has many."""
    words = _("%(value)+.0f points (%(low)+.0f to %(high)+.0f)")
    return lambda value, low, high: minus(words % {"value": value, "low": low, "high": high})


@register.filter
def named(slug: str, names: Mapping[str, str]) -> str:
    """Give a system's name by its slug; one that is not known keeps the slug."""
    return names.get(slug, slug)


@dataclass(frozen=True, kw_only=True)
class _Dot:
    """What a plot shows in one row: a value, and its interval where it has one."""

    name: str
    words: str
    value: float
    low: float | None
    high: float | None
    voice: str = ""
    ranks: str = ""
    hollow: bool = False


@register.inclusion_tag("leaderboard/_interval_plot.html")
def interval_plot(standings: Sequence[Standing]) -> dict[str, Any]:
    """Draw each rated system as a dot with its interval, in the order given."""
    dots = [_system(line) for line in standings if line.rating is not None]
    return _plot("ratings", _("Ratings with their intervals"), dots, middle=_AVERAGE)


@register.inclusion_tag("leaderboard/_interval_plot.html")
def slice_plot(standings: Sequence[Standing], name: str) -> dict[str, Any]:
    """Draw one system's rating in each part of the votes; `name` is the picture's on its page."""
    dots = [
        replace(_system(line), name=in_language(line.snapshot.board.part, "name"), voice="", ranks="")
        for line in standings
        if line.rating is not None
    ]
    return _plot(name, _("Ratings in parts of the votes"), dots, middle=_AVERAGE)


@register.inclusion_tag("leaderboard/_interval_plot.html")
def lead_plot(pairs: Sequence[HeadToHead]) -> dict[str, Any]:
    """Draw how far a system is before each opponent; filled where the two are really different."""
    dots = [
        _Dot(
            name=pair.system_b.display_name,
            voice=pair.system_b.shown_voice,
            words=f"{pair.system_b.display_name}: {spread(lead, low, high)}",
            value=lead,
            low=low,
            high=high,
            hollow=not pair.different,
        )
        for pair in pairs
        for lead, low, high in [(pair.difference, pair.difference_low, pair.difference_high)]
        if lead is not None and low is not None and high is not None
    ]
    return _plot("leads", _("Points before each opponent, with intervals"), dots, middle=0.0)


def _system(line: Standing) -> _Dot:
    rating, ranks = line.rating or 0.0, ""
    words = f"{line.system.display_name}: {rating:.0f}"
    if line.rank_low:
        ranks = f"{line.rank_low}–{line.rank_high}" if line.rank_high != line.rank_low else f"{line.rank_low}"
        words += _(", rank %(ranks)s") % {"ranks": ranks}
    if line.low is not None and line.high is not None:
        words += _(", interval %(low).0f to %(high).0f") % {"low": line.low, "high": line.high}
    return _Dot(
        name=line.system.display_name,
        voice=line.system.shown_voice,
        ranks=ranks,
        words=words,
        value=rating,
        low=line.low,
        high=line.high,
        hollow=line.status == Standing.Status.PROVISIONAL,
    )


def _plot(name: str, title: str, dots: Sequence[_Dot], *, middle: float) -> dict[str, Any]:
    if not dots:
        return {"rows": []}
    ends = [end for dot in dots for end in (dot.value, dot.low, dot.high) if end is not None]
    scale = geometry.scale_over(ends)
    height = _ROW * len(dots)
    return {
        "name": name,
        "title": title,
        "ranks": any(dot.ranks for dot in dots),
        "rows": [_whisker(dot, place, scale) for place, dot in enumerate(dots)],
        "ticks": [{"x": scale.at(value), "label": minus(f"{value:g}")} for value in scale.ticks()],
        "middle": scale.at(middle) if scale.low <= middle <= scale.high else None,
        "height": geometry.em(height),
        "total": geometry.em(height + _AXIS),
    }


def _whisker(dot: _Dot, place: int, scale: geometry.Scale) -> dict[str, Any]:
    row: dict[str, Any] = {"dot": dot, "y": geometry.em(_ROW * place), "x": scale.at(dot.value)}
    if dot.low is not None and dot.high is not None:
        row |= {"low": scale.at(dot.low), "high": scale.at(dot.high)}
    return row


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
        "dot": {"name": line.system.display_name, "voice": line.system.shown_voice},
        "votes": line.votes,
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
