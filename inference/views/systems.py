"""The owner's pages: a team's own systems, what went wrong with them, and whose move is next.

Whoever is in no team finds nothing here, and of another team's system cannot tell that it exists.
"""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from inference.errors import Refused
from inference.forms import ResumeForm
from inference.models import System
from inference.selectors import evidence, failures, owners
from inference.services import owners as decisions
from inference.services.jobs.breaker import PAUSE_CODE

UNPROCESSABLE = 422
ANSWERS_ON_A_PAGE = 50


@login_required
@never_cache
@require_safe
def my_systems(request: HttpRequest) -> HttpResponse:
    """List the systems of the person's teams."""
    teams = [membership.team for membership in owners.memberships(_person(request)).select_related("team")]
    if not teams:
        raise Http404
    systems = list(owners.systems(_person(request)))
    counts = owners.jobs_by_state(systems)
    rows = [{"system": system, "jobs": counts[system.pk]} for system in systems]
    return render(request, "inference/my_systems.html", {"teams": teams, "rows": rows})


@login_required
@never_cache
@require_safe
def my_system(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one system: its jobs, what failed, and whose move that makes it."""
    return _page(request, _own(request, slug), ResumeForm())


@login_required
@never_cache
@require_POST
def resume(request: HttpRequest, slug: str) -> HttpResponse:
    """Let a system run again that its failures paused."""
    system, form = _own(request, slug), ResumeForm(request.POST)
    if not form.is_valid():
        return _page(request, system, form, status=UNPROCESSABLE)
    try:
        decisions.resume(system, by=_person(request), reason=form.cleaned_data["reason"])
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, gettext("Its jobs run again."))
    return redirect("my_system", slug=slug)


@login_required
@never_cache
@require_safe
def my_answers(request: HttpRequest, slug: str) -> HttpResponse:
    """List what a system answered, with the time it took."""
    system = _own(request, slug)
    page = Paginator(evidence.answers(system), ANSWERS_ON_A_PAGE).get_page(request.GET.get("page"))
    rows = [{"answer": answer, "factor": evidence.real_time_factor(answer)} for answer in page]
    context = {"system": system, "page": page, "rows": rows, "hidden": evidence.hidden(system)}
    return render(request, "inference/my_answers.html", context)


@login_required
@never_cache
@require_safe
def my_answer(request: HttpRequest, slug: str, prompt: UUID) -> HttpResponse:
    """Show how one answer came about."""
    system = _own(request, slug)
    answer = get_object_or_404(evidence.answers(system), prompt__public_id=prompt)
    context = {"system": system, "answer": answer, "evidence": evidence.of(answer)}
    return render(request, "inference/my_answer.html", context)


def _person(request: HttpRequest) -> AbstractBaseUser:
    if not request.user.is_authenticated:
        raise Http404
    return request.user


def _own(request: HttpRequest, slug: str) -> System:
    return get_object_or_404(owners.systems(_person(request)), slug=slug)


def _page(request: HttpRequest, system: System, form: ResumeForm, *, status: int = 200) -> HttpResponse:
    context = {
        "system": system,
        "jobs": owners.jobs_by_state([system])[system.pk],
        "failed": failures.by_code([system]),
        "waiting": failures.waiting_again([system]),
        "paused_by_itself": system.pause_code == PAUSE_CODE,
        "form": form,
        "submissions": system.submissions.select_related("prompt_set").order_by("-pk"),
    }
    return render(request, "inference/my_system.html", context, status=status)
