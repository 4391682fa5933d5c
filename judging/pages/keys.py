"""The keys of the judging, as the sheet and the keys page show them (J76, J78)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

# Action (as in judging/static/judging/keys.js), the key of the first day, what it does.
ACTIONS = (
    ("prompt", "P", gettext_lazy("Play or pause the prompt")),
    ("first", "1", gettext_lazy("Play or pause A")),
    ("second", "2", gettext_lazy("Play or pause B")),
    ("all", "G", gettext_lazy("Play all three")),
    ("pause", "Space", gettext_lazy("Pause or go on")),
    ("other", "`", gettext_lazy("The other answer at the same moment")),
    ("back", ",", gettext_lazy("Two seconds back")),
    ("on", ".", gettext_lazy("Two seconds on")),
    ("restart", "R", gettext_lazy("The current clip from its start")),
    ("left", "←", gettext_lazy("A is better, then the next row; with Shift for all rows")),
    ("right", "→", gettext_lazy("B is better")),
    ("tie", "↓ T", gettext_lazy("Tie")),
    ("bad", "↑ X", gettext_lazy("Both bad")),
    ("previous", "[", gettext_lazy("The row before")),
    ("next", "]", gettext_lazy("The next row")),
    ("confidence", "C", gettext_lazy("How sure you are of the active row")),
    ("cast", "Enter", gettext_lazy("Save and go on")),
    ("undo", "U", gettext_lazy("Change the last vote")),
    ("report", "F", gettext_lazy("Report a clip")),
    ("skip", "S", gettext_lazy("Skip this pair")),
    ("text", "L", gettext_lazy("Show or hide the prompt's text")),
    ("sheet", "?", gettext_lazy("This table")),
)


@require_GET
def keys(request: HttpRequest) -> HttpResponse:
    """Show every key, to be changed one by one or by a ready set; the browser keeps them."""
    return render(request, "judging/keys.html", {"actions": ACTIONS})
