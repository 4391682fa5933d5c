"""The public pages; every number about votes comes from a board's current snapshot (judging J96)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from inference import catalogue
from inference.catalogue import machine
from inference.models import System
from leaderboard import selectors
from leaderboard.models import Snapshot, Standing
from leaderboard.ranking.board import ESTABLISHED_ANNOTATORS, ESTABLISHED_HALF_WIDTH, ESTABLISHED_VOTES

_TOP = 5


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Say what this is, and show the top of the first board."""
    board = selectors.boards().first()
    snapshot = selectors.current(board) if board else None
    groups = _groups(snapshot) if snapshot else {}
    top = (groups.get("ranked") or groups.get("unranked") or [])[:_TOP]
    return render(
        request, "leaderboard/home.html", {"board": board, "snapshot": snapshot, "top": top, **groups}
    )


@require_safe
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a board's current snapshot and how it was made."""
    boards = list(selectors.boards())
    shown = get_object_or_404(selectors.boards(), slug=slug)
    snapshot = selectors.current(shown)
    context = {"board": shown, "boards": boards, "snapshot": snapshot, **_floor()}
    return render(request, "leaderboard/board.html", context | (_groups(snapshot) if snapshot else {}))


@require_safe
def system(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a public system's card and its lines in the current snapshots."""
    shown = get_object_or_404(selectors.public_systems(), slug=slug)
    context = {"system": shown, "standings": selectors.standings_of(shown), "recipe": _recipe(shown)}
    return render(request, "leaderboard/system.html", context)


@require_safe
def methods(request: HttpRequest) -> HttpResponse:
    """Explain in plain words how votes become a board."""
    return render(request, "leaderboard/methods.html", _floor())


def _recipe(system: System) -> dict[str, Any] | None:
    """Say how anybody can run the system; None where the catalogue does not have it."""
    if system.slug not in catalogue.names():
        return None
    entry = catalogue.read(system.slug)
    return {"entry": entry, "needs": machine.needs(entry), "commands": machine.commands(entry)}


def _groups(snapshot: Snapshot) -> dict[str, list[Standing]]:
    """Part the lines: with a rank, rated without one, and not comparable; and those held by the prior."""
    lines = list(snapshot.standings.all())
    ranked = [line for line in lines if line.status == Standing.Status.ESTABLISHED and line.rank_low]
    return {
        "lines": lines,
        "ranked": ranked,
        "unranked": [line for line in lines if line.rating is not None and line not in ranked],
        "apart": [line for line in lines if line.rating is None],
        "held": [line for line in lines if line.prior_driven],
    }


def _floor() -> dict[str, Any]:
    """Say what an established system needs (ranking K16)."""
    return {
        "floor_votes": ESTABLISHED_VOTES,
        "floor_annotators": ESTABLISHED_ANNOTATORS,
        "floor_half_width": ESTABLISHED_HALF_WIDTH,
    }
