"""Tables and pictures of boards as files."""

import json
from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from leaderboard.models import Snapshot
from leaderboard.pictures import tables
from leaderboard.selectors import boards as selected
from leaderboard.selectors import hidden, pairs, rows
from leaderboard.views import drawn
from leaderboard.views.groups import groups

_SVG = "image/svg+xml; charset=utf-8"


@require_safe
def table(request: HttpRequest, slug: str, name: str, form: str) -> HttpResponse:
    """Give a board's standings, pairs or past as CSV, JSON or LaTeX."""
    snapshot = _snapshot(slug)
    lines = list(snapshot.standings.all())
    if name == "standings":
        found = rows.standings(lines)
    elif name == "history":
        found = rows.history(selected.past(snapshot.board))
    else:
        found = rows.head_to_head(snapshot, lines)
    return file(found, name=f"{slug}-{snapshot.number}-{name}", form=form)


@require_safe
def card(request: HttpRequest, slug: str) -> HttpResponse:
    """Give the current snapshot's test card as JSON."""
    snapshot = _snapshot(slug)
    text = json.dumps(hidden.renamed(snapshot, snapshot.card), ensure_ascii=False, indent=1)
    return _attached(text, f"{slug}-{snapshot.number}-card.json", "application/json")


@require_safe
def picture(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Give one of a board's pictures as SVG."""
    snapshot = _snapshot(slug)
    lines = list(snapshot.standings.all())
    if name == "ratings":
        made = drawn.intervals(lines)
    elif name == "matrix":
        made = drawn.heat(lines, pairs.ordered(pairs.of_snapshot(snapshot), lines))
    elif name == "differs":
        compared = groups(snapshot)["compared"]
        made = drawn.differs(compared, pairs.told_apart(snapshot, compared))
    elif name == "votes":
        made = drawn.votes(lines)
    else:
        made = drawn.history(list(selected.past(snapshot.board)))
    return svg(made, f"{slug}-{snapshot.number}-{name}")


@require_safe
def trade_off_picture(request: HttpRequest) -> HttpResponse:
    """Give the picture of the two criteria."""
    return svg(drawn.trade_off(_both()), "semantic-paralinguistic")


@require_safe
def trade_off_table(request: HttpRequest, form: str) -> HttpResponse:
    """Give both ratings of each system as CSV, JSON or LaTeX."""
    found = [
        {"system": row["system"].shown_slug, "name": row["system"].display_name}
        | {
            f"{name}{end}": getattr(row[side], end.strip("_") or "rating")
            for name, side in zip(drawn.TRADE_OFF, ("across", "up"), strict=True)
            for end in ("", "_low", "_high")
        }
        for row in _both()
    ]
    return file(found, name="semantic-paralinguistic", form=form)


@require_safe
def waiting_picture(request: HttpRequest) -> HttpResponse:
    """Give the picture of ratings against the time until the first sound."""
    board = selected.whole().first()
    snapshot = selected.current(board) if board else None
    return svg(drawn.waiting(snapshot, selected.first_sounds()) if snapshot else "", "waiting")


def _both() -> list[dict[str, Any]]:
    boards = [selected.whole().filter(slug=slug).first() for slug in drawn.TRADE_OFF]
    return drawn.trade_off_rows(*(selected.current(board) if board else None for board in boards))


def file(found: Sequence[dict[str, object]], *, name: str, form: str) -> HttpResponse:
    """Answer with a table as a file."""
    kind, write = tables.FORMS[form]
    return _attached(write(found), f"{name}.{form}", kind)


def svg(made: str, name: str) -> HttpResponse:
    """Answer with a picture as a file.

    Raises:
        Http404: there is nothing to draw.
    """
    if not made:
        raise Http404
    return _attached(made, f"{name}.svg", _SVG)


def _attached(text: str, name: str, kind: str) -> HttpResponse:
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(text, content_type=kind, headers={"Content-Disposition": disposition})


def _snapshot(slug: str) -> Snapshot:
    snapshot = selected.current(get_object_or_404(selected.shown(), slug=slug))
    if snapshot is None:
        raise Http404
    return snapshot
