"""A board and what can be seen of it: who differs from whom, its pairs, its past, its doubts."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from leaderboard.models import Board, Snapshot
from leaderboard.selectors import boards as selected
from leaderboard.selectors import pairs, slices
from leaderboard.views import drawn
from leaderboard.views.groups import floor, groups

# More lines than these are told in the file, not on the page.
_MOVES = 15
_WIDEST_MATRIX = 40
_NEAREST = 10
# Of so many systems the page names every difference; of more, how many there are.
_FEW = 12


@require_safe
def first(request: HttpRequest) -> HttpResponse:
    """Lead to the first public board."""
    found = selected.shown().first()
    if found is None:
        raise Http404
    return redirect("board", slug=found.slug)


@require_safe
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a board's current snapshot, who really differs from whom, and how it was made."""
    context = _frame(slug)
    if snapshot := context["snapshot"]:
        compared = context["compared"]
        told = pairs.told_apart(snapshot, compared)
        context["told"], context["sentences"] = told, [(line, told[line.system_id]) for line in compared]
        context["summary"] = pairs.summary(compared, told)
        context["lead"] = pairs.lead(compared, told, snapshot.votes)
        context["example"] = next(
            (line for line in context["ranked"] if line.rank_low != line.rank_high), None
        )
        context["few"] = len(compared) <= _FEW
        context["moves"] = snapshot.moved.get("ratings", [])[:_MOVES]
    return render(request, "leaderboard/board.html", context | floor())


@require_safe
def matrix(request: HttpRequest, slug: str) -> HttpResponse:
    """Show every two systems: observed and expected, votes, and the largest deviations."""
    context = _frame(slug)
    if snapshot := context["snapshot"]:
        rows = pairs.ordered(pairs.among(snapshot, context["lines"]), context["lines"])
        met = [pair for pair in rows if pair.observed is not None and pair.a_expected is not None]
        context["pairs"] = rows
        context["surprises"] = sorted(met, key=_surprise, reverse=True)[:10]
        context["wide"] = len(context["lines"]) > _WIDEST_MATRIX
        context["nearest"] = pairs.nearest(rows, snapshot.votes, among=len(context["rated"]), most=_NEAREST)
    return render(request, "leaderboard/matrix.html", context)


def _surprise(pair: Any) -> float:
    """Say by how many standard errors a pair strays from its ratings, votes taken as independent."""
    expected = pair.a_expected
    return float(abs(pair.observed - expected) / (max(expected * (1 - expected), 1e-9) / pair.votes) ** 0.5)


@require_safe
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """Set two systems of a board side by side; `a` and `b` name them."""
    context = _frame(slug)
    lines = {line.system.shown_slug: line for line in context["lines"]}
    one, other = lines.get(request.GET.get("a", "")), lines.get(request.GET.get("b", ""))
    context |= {"one": one, "other": other}
    if one and other and one is not other:
        keys = {one.system_id, other.system_id}
        found = pairs.of_snapshot(context["snapshot"]).filter(system_a__in=keys, system_b__in=keys).first()
        context["pair"] = pair = pairs.turned(found, one.system_id) if found else None
        among = len(context["rated"])
        context["lead"] = pairs.between(pair, context["snapshot"].votes, among=among) if pair else None
        context["elsewhere"] = selected.pairs_elsewhere(one.system, other.system)
    return render(request, "leaderboard/compare.html", context)


@require_safe
def history(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a board's snapshots over time, and what moved from each to the next."""
    context = _frame(slug)
    past = list(selected.past(context["board"]))
    context |= {"past": past, "picture": drawn.history(past)}
    return render(request, "leaderboard/history.html", context)


@require_safe
def doubts(request: HttpRequest, slug: str) -> HttpResponse:
    """Show how much of a board hangs on few votes, few people, or a choice of method; and its test card."""
    return render(request, "leaderboard/doubts.html", _frame(slug))


@require_safe
def trade_off(request: HttpRequest) -> HttpResponse:
    """Set what is said against how it is said: two boards in one plane."""
    both = [selected.whole().filter(slug=slug).first() for slug in drawn.TRADE_OFF]
    found = [selected.current(one) if one else None for one in both]
    rows = drawn.trade_off_rows(*found)
    first = selected.whole().first()
    overall = selected.current(first) if first else None
    context = {
        "rows": rows,
        "picture": drawn.trade_off(rows),
        "waiting": drawn.waiting(overall, selected.first_sounds()) if overall else "",
    }
    return render(request, "leaderboard/trade_off.html", context)


def _frame(slug: str) -> dict[str, Any]:
    """Give what all pages of a board share.

    Raises:
        Http404: no public board has this slug.
    """
    shown: Board = get_object_or_404(selected.shown(), slug=slug)
    snapshot: Snapshot | None = selected.current(shown)
    nothing: dict[str, Any] = {
        "lines": [],
        "rated": [],
        "ranked": [],
        "compared": [],
        "unranked": [],
        "apart": [],
        "held": [],
    }
    parted = groups(snapshot) if snapshot else nothing
    names = {line.system.slug: line.system.display_name for line in parted["lines"]}
    most = pairs.MOST_MORE * snapshot.votes if snapshot else 0
    rules = _rules(snapshot) if snapshot else {}
    shared = {"names": names, "most": most, "rules": rules}
    return {"board": shown, "snapshot": snapshot, "picker": slices.around(shown), **shared, **parted}


def _rules(snapshot: Snapshot) -> dict[str, str]:
    """Give the sentence of each rule that left votes out, in the reader's language."""
    sentence = "sentence_zh_hans" if (get_language() or "en").lower().startswith("zh") else "sentence_en"
    return {row["rule"]: row[sentence] for row in snapshot.card.get("exclusions", [])}
