"""Tables and pictures of boards as files."""

import json
from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from leaderboard.models import Snapshot
from leaderboard.pictures import tables
from leaderboard.selectors import boards as selected
from leaderboard.selectors import pairs, rows
from leaderboard.views import drawn

_SVG = "image/svg+xml; charset=utf-8"


@require_safe
def table(request: HttpRequest, slug: str, name: str, form: str) -> HttpResponse:
    """Give a board's standings, pairs or test card as CSV, JSON or LaTeX."""
    snapshot = _snapshot(slug)
    lines = list(snapshot.standings.all())
    if name == "standings":
        return file(rows.standings(lines), name=f"{slug}-{snapshot.number}-{name}", form=form)
    return file(rows.head_to_head(snapshot, lines), name=f"{slug}-{snapshot.number}-{name}", form=form)


@require_safe
def card(request: HttpRequest, slug: str) -> HttpResponse:
    """Give the current snapshot's test card as JSON."""
    snapshot = _snapshot(slug)
    text = json.dumps(snapshot.card, ensure_ascii=False, indent=1)
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
    else:
        made = drawn.history(list(selected.past(snapshot.board)))
    if not made:
        raise Http404
    return _attached(made, f"{slug}-{snapshot.number}-{name}.svg", _SVG)


@require_safe
def trade_off_picture(request: HttpRequest) -> HttpResponse:
    """Give the picture of the two criteria."""
    found = [
        selected.current(board) for slug in drawn.TRADE_OFF for board in selected.whole().filter(slug=slug)
    ]
    made = drawn.trade_off(drawn.trade_off_rows(*found)) if len(found) == len(drawn.TRADE_OFF) else ""
    if not made:
        raise Http404
    return _attached(made, "semantic-paralinguistic.svg", _SVG)


def file(found: Sequence[dict[str, object]], *, name: str, form: str) -> HttpResponse:
    """Answer with a table as a file."""
    kind, write = tables.FORMS[form]
    return _attached(write(found), f"{name}.{form}", kind)


def _attached(text: str, name: str, kind: str) -> HttpResponse:
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(text, content_type=kind, headers={"Content-Disposition": disposition})


def _snapshot(slug: str) -> Snapshot:
    snapshot = selected.current(get_object_or_404(selected.shown(), slug=slug))
    if snapshot is None:
        raise Http404
    return snapshot
