"""One's own page: what was done, what was said, what is stored, and the ways out (J66, J10, J136)."""

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from inference.errors import Refused
from judging.models import Affiliation, Annotator, LeaveRequest
from judging.pages.forms import TieForm, name_of
from judging.pages.people import person
from judging.reliability.figures import Share
from judging.services import languages, leaving, own_data, pauses, scoring, training


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def overview(request: HttpRequest) -> HttpResponse:
    """Show everything about the person; a POST adds a tie to a maker."""
    annotator = Annotator.objects.filter(user=person(request).pk).first()
    if request.method == "POST" and annotator:
        form = TieForm(request.POST)
        if form.is_valid():
            try:
                languages.affiliate(annotator, **form.cleaned_data)
            except Refused as refused:
                return _overview(request, annotator, form=form, refused=refused)
            return redirect("me")
        return _overview(request, annotator, form=form)
    return _overview(request, annotator, form=TieForm())


@login_required
@never_cache
@require_GET
def data(request: HttpRequest) -> JsonResponse:
    """Send all that is stored about the person as a file."""
    return JsonResponse(
        own_data.export(person(request)),
        encoder=DjangoJSONEncoder,
        json_dumps_params={"ensure_ascii": False, "indent": 1},
        headers={"Content-Disposition": 'attachment; filename="s2s-arena-my-data.json"'},
    )


@login_required
@require_POST
def tie_over(request: HttpRequest, tie: int) -> HttpResponse:
    """Put down that a tie to a maker is over."""
    languages.end_affiliation(get_object_or_404(Affiliation, pk=tie, annotator__user=person(request).pk))
    return redirect("me")


@login_required
@require_POST
def appeal(request: HttpRequest) -> HttpResponse:
    """Take what the person says to their pause."""
    annotator = get_object_or_404(Annotator, user=person(request).pk)
    try:
        # A sign that no column holds, and that no keyboard has.
        pauses.appeal(annotator, text=request.POST.get("text", "").replace("\0", ""))
    except Refused as refused:
        return _overview(request, annotator, form=TieForm(), refused=refused)
    return redirect("me")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def consent(request: HttpRequest) -> HttpResponse:
    """Take the person's consent back, at their second click, and offer what they may do with their data."""
    if request.method == "POST":
        leaving.stop(person(request))
        return redirect("me_leave")
    return render(request, "judging/me/consent.html")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Offer leaving and withdrawing, each said in full before it is done."""
    refused = None
    if request.method == "POST":
        try:
            asked = leaving.ask(person(request), scope=request.POST.get("scope", ""))
            logout(request)
            return render(request, "judging/me/left.html", {"due_at": asked.due_at})
        except Refused as error:
            refused = error
    context = {"scopes": LeaveRequest.Scope, "refused": refused}
    return render(request, "judging/me/leave.html", context, status=refused.status if refused else 200)


def _percents(alike: Share) -> dict[str, int] | None:
    if not alike.is_shown:
        return None
    shares = {"percent": alike.value, "low": alike.low, "high": alike.high}
    return {name: round(100 * each) for name, each in shares.items()} | {"cases": alike.cases}


def _overview(
    request: HttpRequest, annotator: Annotator | None, *, form: TieForm, refused: Refused | None = None
) -> HttpResponse:
    context = {
        "annotator": annotator,
        "judged": own_data.judged(annotator) if annotator else 0,
        "pause": pauses.in_force(annotator) if annotator else None,
        "may_train": annotator is not None and training.may_begin(annotator),
        "consistency": _percents(scoring.own_consistency(annotator)) if annotator else None,
        "skills": [
            (name_of(skill.language), skill.get_level_display())
            for skill in annotator.skills.select_related("language")
        ]
        if annotator
        else [],
        "ties": annotator.affiliations.select_related("team") if annotator else [],
        "checks": own_data.device_checks(person(request)),
        "consents": own_data.consents(person(request)),
        "form": form,
        "refused": refused,
    }
    status = refused.status if refused else 422 if form.is_bound else 200
    return render(request, "judging/me/overview.html", context, status=status)
