"""Open data: a public page (E49, A54)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leaderboard.selectors import releases


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """List the releases with their files, and say what they hold."""
    return render(request, "leaderboard/releases.html", {"releases": releases.published()})
