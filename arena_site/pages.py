"""The frame that all pages share, and the page of licences."""

from functools import cache, partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from inference.selectors import owners


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Say where to write to, and whether the person has pages of their own (asked where that is drawn)."""
    return {"in_a_team": partial(_in_a_team, request), "contact": settings.CONTACT}


def _in_a_team(request: HttpRequest) -> bool:
    # A request that is refused before it is known whose it is has nobody.
    person = getattr(request, "user", None)
    return person is not None and person.is_authenticated and owners.memberships(person).exists()


@require_safe
def licence(request: HttpRequest) -> HttpResponse:
    """Say under which terms the program and what it holds may be used."""
    return render(request, "licence.html", {"text": _licence()})


@cache
def _licence() -> str:
    """Read the program's licence, once: the file comes with the code."""
    return (settings.BASE_DIR / "LICENSE").read_text()
