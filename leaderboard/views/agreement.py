"""How far the judges agree: a public page (J123)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from leaderboard.selectors import agreement

_BY = {
    "task": gettext_lazy("By task"),
    "level": gettext_lazy("By level"),
    "language": gettext_lazy("By language"),
}


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show every criterion's figures, on all prompts and by task, level and language."""
    found = agreement.latest()
    tables = [
        (one.criterion, [("", [one.whole]), *((_BY[by], lines) for by, lines in one.parts.items() if lines)])
        for one in (found[1] if found else [])
    ]
    context = {"snapshot": found and found[0], "tables": tables, "fewest": agreement.FEWEST_CASES}
    return render(request, "leaderboard/agreement.html", context)
