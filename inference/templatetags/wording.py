"""Texts of rows on pages."""

from django import template

from inference.models import wording

register = template.Library()


@register.filter
def worded(row: object, field: str) -> str:
    """Say a text of a row in the reader's language: `{{ criterion|worded:"question" }}`."""
    return wording.in_language(row, field)
