"""Durations in words."""

from datetime import timedelta

from django import template

register = template.Library()
UNITS = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1)))


@register.filter
def span(seconds: float) -> str:
    """Write seconds with the largest unit that fits and the one below it, such as `2 h 48 min`."""
    left = timedelta(seconds=max(0, round(seconds)))
    words: list[str] = []
    for unit, length in UNITS:
        if words or left >= length:
            words.append(f"{left // length} {unit}")
            left %= length
    return " ".join(words[:2]) if words else f"{left.seconds} s"
