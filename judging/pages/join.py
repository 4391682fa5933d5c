"""The way in: each step its own page, shown when it is due (J6–J13)."""

from collections.abc import Mapping

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from inference.errors import Refused
from inference.selectors import makers
from judging.models import Annotator
from judging.pages.forms import ConsentForm, LanguagesForm, TieFormSet
from judging.pages.people import device, mark_device, person
from judging.services import annotators, consents, enrolment, languages

UNPROCESSABLE = 422


@login_required
@never_cache
@require_GET
def way_in(request: HttpRequest) -> HttpResponse:
    """Go to the step that is due, or say that nothing is."""
    annotators.require_may_enrol(person(request))
    if step := enrolment.due(person(request), device=device(request)):
        return mark_device(request, redirect(f"join_{step}"))
    annotator = enrolment.require(person(request), device=device(request))
    context = {"untrained": annotator.training_passed_at is None}
    return render(request, "judging/join/done.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def consent(request: HttpRequest) -> HttpResponse:
    """Show the terms in force, and take the person's yes."""
    annotators.require_may_enrol(person(request))
    text = consents.text(get_language() or "")
    is_new = not Annotator.objects.filter(user=person(request).pk).exists()
    form = ConsentForm(
        request.POST or None,
        initial={"version": text.version, "language": text.language},
        invited=is_new and settings.REGISTRATION == "invitation",
    )
    refused = None
    if form.is_valid() and (shown := form.shown()):
        try:
            enrolment.accept_terms(person(request), shown, invitation=form.cleaned_data.get("invitation", ""))
            return redirect("join")
        except Refused as error:
            refused = error
    context = {
        "form": form,
        "text": text,
        "blocks": consents.blocks(text.body),
        "given": consents.is_given(person(request)),
        "closed": is_new and settings.REGISTRATION == "closed",
        "refused": refused,
    }
    return step(request, "consent", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def languages_(request: HttpRequest) -> HttpResponse:
    """Ask what the person knows, and whom they are close to."""
    annotator = annotators.of(person(request))
    form = LanguagesForm(request.POST or None, annotator=annotator)
    ties = TieFormSet(request.POST or None, prefix="ties")
    refused = None
    if form.is_valid() and ties.is_valid():
        try:
            languages.state(annotator, form.levels())
            for tie in ties.cleaned_data:
                if tie.get("provider"):
                    languages.affiliate(annotator, provider=tie["provider"], kind=tie["kind"])
            return redirect("join")
        except Refused as error:
            refused = error
    context = {
        "form": form,
        "ties": ties,
        "makers": makers.names(),
        "declared": annotator.affiliations.all(),
        "refused": refused,
    }
    return step(request, "languages", context)


@require_GET
def terms(request: HttpRequest) -> HttpResponse:
    """Show everybody the terms in force, and what is kept of those who judge."""
    text = consents.text(get_language() or "")
    context = {"text": text, "blocks": consents.blocks(text.body)}
    return render(request, "judging/terms.html", context)


def step(request: HttpRequest, name: str, context: Mapping[str, object]) -> HttpResponse:
    """Show a step; a form that was not taken is a 422, or what its refusal says."""
    refused = context.get("refused")
    bound = request.method == "POST"
    status = refused.status if isinstance(refused, Refused) else UNPROCESSABLE if bound else 200
    return render(request, f"judging/join/{name}.html", {**context, "here": name}, status=status)
