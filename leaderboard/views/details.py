"""Tables and pictures of one system, of studies and of the paper, as files."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from inference.models import System
from leaderboard.models import Study
from leaderboard.selectors import boards as selected
from leaderboard.selectors import pairs, papers, rows, slices, studies
from leaderboard.views import drawn
from leaderboard.views.downloads import file, svg


@require_safe
def system_table(request: HttpRequest, slug: str, name: str, form: str) -> HttpResponse:
    """Give a system's lines on all boards, or its pairs on the first one, as CSV, JSON or LaTeX."""
    shown = get_object_or_404(selected.public_systems(), slug=slug)
    lines = selected.standings_of(shown)
    if name == "results":
        return file(rows.of_system(lines), name=f"{slug}-{name}", form=form)
    met = pairs.of_system(lines[0].snapshot, shown) if lines else []
    return file([rows.pair_row(pair) for pair in met], name=f"{slug}-{name}", form=form)


@require_safe
def system_picture(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Give one of a system's pictures as SVG."""
    shown: System = get_object_or_404(selected.public_systems(), slug=slug)
    lines = selected.standings_of(shown)
    if not lines:
        raise Http404
    if name == "opponents":
        made = drawn.leads(pairs.by_lead(lines[0].snapshot, shown))
    elif name == "waiting":
        overall, sounds = selected.current(lines[0].snapshot.board), selected.first_sounds()
        if overall is None or shown.pk not in sounds:
            raise Http404
        made = drawn.waiting(overall, sounds, marked=shown)
    else:
        kinds = {kind: first for kind, _, first in slices.profile(lines).kinds}
        made = drawn.parts(kinds.get(name, []))
    return svg(made, f"{slug}-{name}")


@require_safe
def study_table(request: HttpRequest, slug: str, criterion: str, form: str) -> HttpResponse:
    """Give a study's ranking on one criterion as CSV, JSON or LaTeX."""
    study = get_object_or_404(Study, slug=slug)
    found = studies.lines(study, criterion)
    if not found:
        raise Http404
    return file(found, name=f"{slug}-{criterion}", form=form)


@require_safe
def study_picture(request: HttpRequest, slug: str, criterion: str) -> HttpResponse:
    """Give the ratings of a study's systems on one criterion as SVG."""
    study = get_object_or_404(Study, slug=slug)
    result = studies.board(study.pk, criterion)
    return svg(drawn.study(result) if result else "", f"{slug}-{criterion}")


@require_safe
def paper_table(request: HttpRequest, form: str) -> HttpResponse:
    """Give the paper's main table as CSV, JSON or LaTeX."""
    return file(studies.paper()["main"]["rows"], name="paper", form=form)


@require_safe
def own_paper_table(request: HttpRequest, name: str, form: str) -> HttpResponse:
    """Give one of the paper's tables from this site's votes as CSV, JSON or LaTeX."""
    found = papers.own()
    if found is None:
        raise Http404
    return file(found.rows(name), name=f"paper-{name}-{found.snapshot.number}", form=form)
