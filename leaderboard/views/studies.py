"""Studies of others, and the paper's own figures."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from leaderboard.models import Study
from leaderboard.selectors import papers
from leaderboard.selectors import studies as selected
from leaderboard.views import drawn


@require_safe
def studies(request: HttpRequest) -> HttpResponse:
    """Show the paper's published tables and list the studies that were imported."""
    context = {"paper": selected.paper(), "checks": selected.sums(), "studies": Study.objects.all()}
    return render(request, "leaderboard/studies.html", context)


@require_safe
def paper(request: HttpRequest) -> HttpResponse:
    """Show the paper's tables, from this site's votes by its rules, and as it published them."""
    context = {"paper": selected.paper(), "checks": selected.sums(), "own": papers.own()}
    return render(request, "leaderboard/paper.html", context)


@require_safe
def study(request: HttpRequest, slug: str) -> HttpResponse:
    """Rank a study's systems on each criterion, with intervals."""
    shown = get_object_or_404(Study, slug=slug)
    boards = [
        (
            criterion,
            drawn.study(result) if result else "",
            selected.lines(shown, criterion),
            selected.beside_paper(shown, criterion),
        )
        for criterion in selected.criteria(shown)
        for result in [selected.board(shown.pk, criterion)]
    ]
    context = {"study": shown, "boards": boards, "paper": selected.paper()}
    return render(request, "leaderboard/study.html", context)
