"""Texts of rows on pages."""

from typing import Any

from django import template

from inference.models import said, wording

register = template.Library()


@register.filter
def worded(row: object, field: str) -> str:
    """Say a text of a row in the reader's language: `{{ criterion|worded:"question" }}`."""
    return wording.in_language(row, field)


@register.filter
def bucket_name(bucket: str) -> str:
    """Name a quota's bucket."""
    return str(said.BUCKETS.get(str(bucket), bucket))


@register.filter
def webhook_state(state: str) -> str:
    """Say how a webhook is."""
    return str(said.WEBHOOK_STATES.get(str(state), state))


@register.inclusion_tag("inference/_said.html")
def sentence_of(code: str, written: str = "", fix: bool = False) -> dict[str, Any]:
    """Say what a code means in the reader's language, with the sentence that was written down for it.

    `{% sentence_of job.code job.message %}`; with `fix=True` also what helps.
    """
    title = said.of_code(code)
    if code in said.SAID_BY_THE_MOVE:
        written = ""
    return {
        "title": title,
        "written": written,
        "fix": said.fix_of(code) if fix else "",
        "as_written": said.is_as_written() and written,
    }
