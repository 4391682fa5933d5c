"""The cells of a board's line, in words and numbers: a board of a hundred systems has a thousand of them."""

from collections.abc import Mapping
from html import escape
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

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


def _of(line: Any, name: str) -> Any:
    """A line is a row of a snapshot, or of a study that keeps none."""
    return line.get(name) if isinstance(line, Mapping) else getattr(line, name)


def _safe(words: str) -> SafeString:
    # Numbers, and words that were escaped.
    return mark_safe(words)  # noqa: S308 -- as above
