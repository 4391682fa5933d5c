"""How an answer came about, as a block on its page."""

from django.template.loader import render_to_string

from inference.models import Response
from inference.selectors import evidence


def block(response: Response) -> str:
    """Show its facts, stages and tries."""
    return render_to_string("inference/_evidence.html", {"evidence": evidence.of(response), "staff": True})
