"""The cells of a board's line, in words and numbers: a board of a hundred systems has a thousand of them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from leaderboard.ranking.board import ESTABLISHED_ANNOTATORS, ESTABLISHED_HALF_WIDTH, ESTABLISHED_VOTES
from leaderboard.templatetags import figures

register = template.Library()


@register.filter
def whole(number: float | None) -> str:
    """Write a number without what stands behind its point; a dash where there is none."""
    return "–" if number is None else f"{number:.0f}".replace("-", "\N{MINUS SIGN}")


@register.filter
def ranks(line: Any) -> str:
    """Write a rank or a range of them."""
    low, high = _of(line, "rank_low"), _of(line, "rank_high")
    return f"{low}" if low == high else f"{low}–{high}"


@register.filter
def interval(line: Any) -> SafeString:
    """Write the ends of a rating's interval, or that votes are too few for one."""
    low, high = _of(line, "low"), _of(line, "high")
    if low is None:
        return _safe(f'<span class="soft">{escape(_("too few votes"))}</span>')
    return _safe(f"{whole(low)} – {whole(high)}")


@register.filter
def acceptable(line: Any) -> SafeString:
    """Write the share of acceptable answers in per cent, with its interval where it has one."""
    share, low, high = (_of(line, f"acceptable{end}") for end in ("", "_low", "_high"))
    if share is None:
        return _safe("–")
    if low is None:
        return _safe(f"{100 * share:.0f} %")
    return _safe(f'{100 * share:.0f} % <small class="voice">{100 * low:.0f}–{100 * high:.0f}</small>')


@register.filter
def listed(lines: Sequence[Any], most: int) -> str:
    """Name the systems of lines, and no more than so many."""
    names = ", ".join(line.system.display_name for line in lines[:most])
    return f"{names}, …" if len(lines) > most else f"{names}."


@register.simple_tag
def differences(one: Any, others: Iterable[Any]) -> str:
    """Name systems, each with the points before it and their interval (E44); `one`: what is told of one."""
    words = figures.spread_words()
    leads = {other.system_id: one.leads.get(other.system_id) for other in others}
    return "; ".join(
        f"{other.system.display_name}, {words(*lead)}" if lead else other.system.display_name
        for other in others
        for lead in [leads[other.system_id]]
    )


@register.simple_tag
def why_no_rank(line: Any, needed_votes: int) -> str:
    """Say in words what a line lacks for a rank (K16)."""
    votes, half = max(needed_votes, ESTABLISHED_VOTES), _half(line)
    lacks = []
    if line.votes < votes:
        lacks.append(_("%(there)d votes of the %(needed)d needed") % {"there": line.votes, "needed": votes})
    if line.annotators is not None and line.annotators < ESTABLISHED_ANNOTATORS:
        numbers = {"there": line.annotators, "needed": ESTABLISHED_ANNOTATORS}
        lacks.append(_("%(there)d people of the %(needed)d needed") % numbers)
    if half is not None and half > ESTABLISHED_HALF_WIDTH:
        numbers = {"there": math.ceil(half), "most": round(ESTABLISHED_HALF_WIDTH)}
        lacks.append(_("known to ± %(there)d points only; ± %(most)d is needed") % numbers)
    if line.low is None and not lacks:
        lacks.append(_("too few people to say how sure its rating is"))
    return "; ".join(lacks) or _("this part of the votes does not connect all systems")


def _half(line: Any) -> float | None:
    return None if line.low is None else (line.high - line.low) / 2


def _of(line: Any, name: str) -> Any:
    """A line is a row of a snapshot, or of a study that keeps none."""
    return line.get(name) if isinstance(line, Mapping) else getattr(line, name)


def _safe(words: str) -> SafeString:
    # Numbers, and words that were escaped.
    return mark_safe(words)  # noqa: S308 -- as above
