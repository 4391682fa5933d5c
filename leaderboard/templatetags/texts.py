"""Longer texts on pages."""

import re

from django import template

register = template.Library()


@register.filter
def paragraphs(text: str) -> list[str]:
    """Part a card into its paragraphs; a line's end within one is only where its file was wrapped."""
    return [part for part in re.split(r"\n\s*\n", text.strip()) if part]
