"""Whether all are heard alike: systems and owners for everybody, the rest for moderators (J110)."""

from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from judging.services import balance as shares
from judging.services.balance import Part


class Row(NamedTuple):
    """A line as it is drawn: shares in per cent, and lengths in per cent of the widest of its part."""

    name: str
    actual: list[float | None]
    target: float
    length: float
    goal: float


@require_GET
def balance(request: HttpRequest) -> HttpResponse:
    """Show actual shares beside target shares of the last days."""
    sealed = shares.public()
    inner = shares.inner() if getattr(request.user, "is_staff", False) else []
    context = {
        "at": sealed.at,
        "days": shares.DAYS,
        "groups": [
            (False, [(part, _rows(part)) for part in sealed.parts if part.lines]),
            (True, [(part, _rows(part)) for part in inner if part.lines]),
        ],
    }
    return render(request, "judging/balance.html", context)


def _rows(part: Part) -> list[Row]:
    widest = max(max(line.target, line.actual[-1] or 0.0) for line in part.lines) or 1.0
    return [
        Row(
            name=line.name,
            actual=[None if each is None else 100 * each for each in line.actual],
            target=100 * line.target,
            length=round(100 * (line.actual[-1] or 0.0) / widest, 2),
            goal=round(100 * line.target / widest, 2),
        )
        for line in part.lines
    ]
