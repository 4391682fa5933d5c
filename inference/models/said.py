"""What a code says in the reader's language; sentences that were written down stay as they were written."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from inference.errors import codes

WRITTEN_IN: Final = "en"
# What becomes of a submission, by the code of the move; those that fail have the codes of docs/errors.md.
MOVES: Final[Mapping[str, object]] = {
    "created": _("It was begun."),
    "uploading": _("Files are on their way."),
    "submitted": _("It was submitted and is looked at."),
    "health_check": _("The first three prompts are asked."),
    "healthy": _("The first prompts were answered; the others are asked now."),
    "valid": _("Everything is here and is taken in."),
    "waits_for_worker": _("Your machine can claim its jobs."),
    "begun": _("The first prompts are being answered."),
    "answered": _("The prompts are answered; a moderator decides now."),
    "retried": _("What failed is asked again."),
    "approved": _("A moderator approved it."),
    "rejected": _("A moderator rejected it."),
    "withdrawn": _("Its team took it back."),
    "cancelled": _("It was cancelled."),
    "time_is_up": _("It was in this state for too long."),
    "cleared": _("A moderator cleared the team for this kind."),
}

# Sentences that say no more than the move itself.
SAID_BY_THE_MOVE: Final = frozenset({"valid", "waits_for_worker", "healthy"})
BUCKETS: Final[Mapping[str, object]] = {
    "accepted": _("Accepted submissions"),
    "running": _("Running at once"),
    "invalid": _("Invalid in a day"),
    "live": _("Public systems of a model"),
    "storage": _("Storage"),
}
WEBHOOK_STATES: Final[Mapping[str, object]] = {
    "active": _("active"),
    "failing": _("not answering"),
    "off": _("switched off"),
}


def is_as_written() -> bool:
    """Whether the reader's language is the one in which sentences are written down."""
    return (get_language() or WRITTEN_IN).startswith(WRITTEN_IN)


def of_code(code: str) -> str:
    """Say a code's title or what a move means; empty for a code that nobody knows."""
    known = codes.CODES.get(codes.OF_JOBS.get(code, code)) if code not in MOVES else None
    if known:
        return gettext(known.title)
    return str(MOVES.get(code, ""))


def fix_of(code: str) -> str:
    """Say what helps against a code; empty where nobody knows."""
    known = codes.CODES.get(codes.OF_JOBS.get(code, code))
    return gettext(known.fix) if known else ""
