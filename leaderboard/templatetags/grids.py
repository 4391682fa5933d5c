"""Squares for every two systems of a board: who is really different, and who took how many points.

Rows and columns stand in the board's order; lengths across are per cents, so that a phone shows all columns.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final, Protocol

from django import template
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from leaderboard.models import HeadToHead, Standing
from leaderboard.pictures import geometry
from leaderboard.templatetags import figures

register = template.Library()

# Heights in em, as the plots have them.
_ROW: Final = 2.75
_HEAD: Final = 1.6
# More squares than so many a side nobody can see on a page; the files have them all.
MOST: Final = 30
_SHADES: Final = 8
_GAP: Final = 0.08
_Cell = tuple[str, str] | None
_SELF: Final = ("self", "")
# What squares say without their colour, where there is room for it.
_MARKS: Final[Mapping[str, str]] = {"better": "+", "open": "?", "worse": "\N{MINUS SIGN}"}
_MARKED: Final = 12


class Told(Protocol):
    """What `selectors.pairs.told_apart` says of one system."""

    above: list[Standing]
    below: list[Standing]
    undecided: list[Standing]
    leads: dict[int, tuple[float, float, float]]


@register.inclusion_tag("leaderboard/_grid_plot.html")
def differs_grid(lines: Sequence[Standing], told: Mapping[int, Told]) -> dict[str, Any]:
    """Draw who is really better than whom, who worse, and who cannot be told apart."""
    words = {
        "better": _("%(one)s is really better than %(other)s"),
        "worse": _("%(one)s is really worse than %(other)s"),
        "open": _("%(one)s and %(other)s cannot be told apart"),
    }
    names = {line.system_id: line.system.display_name for line in lines[:MOST]}
    parts = {key: _kinds(told[key]) for key in names}
    lead_words = figures.spread_words()

    def cell(one: Standing, other: Standing) -> _Cell:
        kind = parts[one.system_id][other.system_id]
        said = words[kind] % {"one": names[one.system_id], "other": names[other.system_id]}
        lead = told[one.system_id].leads.get(other.system_id)
        return kind, f"{said}: {lead_words(*lead)}" if lead else said

    return {
        "name": "differs",
        "title": _("Who is really different from whom"),
        "words": _("The same in sentences stands below."),
        "legend": [
            (kind, f"{_MARKS[kind]}\N{NO-BREAK SPACE} {label}")
            for kind, label in (
                ("better", _("the row's system is really better")),
                ("open", _("cannot be told apart yet")),
                ("worse", _("the row's system is really worse")),
            )
        ],
        **_grid(lines, cell),
    }


def _kinds(one: Told) -> dict[int, str]:
    """Say of every other system, by its key, how one stands to it."""
    kinds = (("worse", one.above), ("better", one.below), ("open", one.undecided))
    return {other.system_id: kind for kind, others in kinds for other in others}


@register.inclusion_tag("leaderboard/_grid_plot.html")
def heat_grid(lines: Sequence[Standing], meetings: Iterable[HeadToHead]) -> dict[str, Any]:
    """Draw the share of points that each row's system took from each column's."""
    met: dict[tuple[int, int], tuple[float, int]] = {}
    for pair in meetings:
        if pair.observed is not None:
            met[pair.system_a_id, pair.system_b_id] = pair.observed, pair.votes
            met[pair.system_b_id, pair.system_a_id] = 1 - pair.observed, pair.votes
    said = _("%(one)s against %(other)s: %(share).0f %% of points in %(votes)d votes")

    def cell(one: Standing, other: Standing) -> _Cell:
        found = met.get((one.system_id, other.system_id))
        if found is None:
            return None
        share, votes = found
        words = said % {**_names(one, other), "share": 100 * share, "votes": votes}
        return f"heat-{round(_SHADES * share)}", words

    return {
        "name": "heat",
        "title": _("Who took how many points against whom"),
        "words": _("Systems from best to worst in rows and columns; the darker, the more the row won."),
        "legend": [
            (f"heat-{shade}", label)
            for shade, label in ((8, _("the row took all points")), (4, _("half")), (0, _("none")))
        ],
        **_grid(lines, cell),
    }


def _grid(lines: Sequence[Standing], cell: Callable[[Standing, Standing], _Cell]) -> dict[str, Any]:
    shown = lines[:MOST]
    wide = 100 / max(len(shown), 1)
    across = [geometry.per_cent(wide * (place + _GAP / 2)) for place in range(len(shown))]
    width = geometry.per_cent(wide * (1 - _GAP))
    middles = [geometry.per_cent(wide * (place + 0.5)) for place in range(len(shown))]
    marked = len(shown) <= _MARKED
    rows = []
    for place, line in enumerate(shown):
        cells = ""
        for x, middle, other in zip(across, middles, shown, strict=True):
            found = _SELF if other is line else cell(line, other)
            if found is not None:
                cells += _square(x, width, *found) + (_mark(middle, found[0]) if marked else "")
        # Its words are escaped, the rest are our own.
        safe = mark_safe(cells)  # noqa: S308 -- as above
        rows.append({"line": line, "y": geometry.em(_HEAD + _ROW * place), "cells": safe})
    return {
        "rows": rows,
        "heads": [{"x": middle, "label": place} for place, middle in enumerate(middles, start=1)],
        "total": geometry.em(_HEAD + _ROW * len(rows)),
        "left_out": len(lines) - len(shown),
    }


def _square(x: str, width: str, kind: str, words: str) -> str:
    """Draw one square: a template would take most of a page's time for nine hundred of them."""
    title = f"<title>{escape(words)}</title>" if words else ""
    return f'<rect class="cell {kind}" x="{x}" y="1.3em" width="{width}" height="1.35em">{title}</rect>'


def _mark(middle: str, kind: str) -> str:
    sign = _MARKS.get(kind)
    return (
        f'<text class="mark {kind}" x="{middle}" y="2.35em" text-anchor="middle">{sign}</text>'
        if sign
        else ""
    )


def _names(one: Standing, other: Standing) -> dict[str, str]:
    return {"one": one.system.display_name, "other": other.system.display_name}
