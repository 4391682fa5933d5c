"""A team's submissions: how each stands, whose move it is, and how every prompt went."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from inference.errors import Refused
from inference.models import Job, Submission
from inference.selectors import owners
from inference.selectors import submissions as reads
from inference.services.submissions import deciding, states

ROWS_ON_A_PAGE = 100
DECISIONS = {
    "cancel": deciding.cancel,
    "retry": deciding.retry,
    "accept-partial": deciding.accept_partial,
    "withdraw": deciding.withdraw,
}


@login_required
@never_cache
@require_safe
def my_submissions(request: HttpRequest) -> HttpResponse:
    """List the submissions of the person's teams."""
    rows = owners.submissions(_person(request))
    page = Paginator(rows, ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "inference/my_submissions.html", {"page": page})


@login_required
@never_cache
@require_safe
def my_submission(request: HttpRequest, submission: UUID) -> HttpResponse:
    """Show one: its state, whose move it is, what is wrong, and every prompt."""
    found, now = _own(request, submission), timezone.now()
    covered = reads.coverage(found)
    state = request.GET.get("state", "")
    rows = reads.jobs(found).order_by("prompt__slug")
    if state in Job.State.values:
        rows = rows.filter(state=state)
    limit = states.limit(found)
    context = {
        "submission": found,
        "coverage": covered,
        "percent": round(100 * covered["ok"] / covered["expected"]) if covered["expected"] else 0,
        "sentence": reads.sentence(found, covered, now=now),
        "age_limit": found.state_since + limit.age if limit else None,
        "actions": [one for one in states.actions(found) if one in DECISIONS],
        "events": found.events.select_related("actor").order_by("-number"),
        "page": Paginator(rows, ROWS_ON_A_PAGE).get_page(request.GET.get("page")),
        "refused": found.uploads.filter(state="refused").order_by("pk")[:ROWS_ON_A_PAGE],
        "state": state,
        "states": Job.State.choices,
        "is_open": found.state not in Submission.CLOSED,
    }
    return render(request, "inference/my_submission.html", context)


@login_required
@never_cache
@require_POST
def decide(request: HttpRequest, submission: UUID, action: str) -> HttpResponse:
    """Cancel, retry, accept what there is, or withdraw."""
    found = _own(request, submission)
    if action not in DECISIONS:
        raise Http404
    try:
        DECISIONS[action](found, by=_person(request))
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("my_submission", submission=submission)


def _person(request: HttpRequest) -> AbstractBaseUser:
    if not request.user.is_authenticated:
        raise Http404
    return request.user


def _own(request: HttpRequest, key: UUID) -> Submission:
    return get_object_or_404(owners.submissions(_person(request)), public_id=key)
