"""The annotator's pages. Nothing on them, in their headers or addresses depends on who made a clip (J89)."""

import uuid
from random import SystemRandom
from urllib.parse import urlencode

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from inference.errors import Refused
from judging.forms import KEYS, VoteForm
from judging.models import Annotator, Ballot, Criterion
from judging.pages.people import device
from judging.services import annotators, ballots, clips, draws, enrolment, refusals

_rng = SystemRandom()
CONFLICT = 409
UNPROCESSABLE = 422
UNAVAILABLE = 503
_SHOWN = (
    "pair__prompt__task",
    "pair__prompt__level",
    "pair__prompt__language",
    "pair__response_a",
    "pair__response_b",
)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Start judging, go on with the open pair, or learn that nothing waits."""
    if enrolment.due(_person(request), device=device(request)):
        annotators.require_may_enrol(_person(request))
        return redirect("join")
    annotator = enrolment.admit(_person(request))
    if request.method == "POST":
        return _next(annotator)
    waiting = ballots.waiting(annotator)
    context = {
        "waiting": waiting is not None,
        "nothing": waiting is None and draws.draw(annotator, rng=_rng) is None,
        "saved": "saved" in request.GET,
    }
    return render(request, "judging/start.html", context)


@never_cache
@require_GET
def ballot(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Show one pair; its clock starts with the first time."""
    own = _own(request, public_id)
    try:
        annotators.of(_person(request))
        ballots.open_(own)
    except Refused as refused:
        return _refuse(request, own, refused)
    return _page(request, own)


@require_GET
def clip(request: HttpRequest, public_id: uuid.UUID, clip: str) -> HttpResponse:
    """Send one clip to the ballot's owner while it is open; for all others there is none (J90, J91)."""
    own = _own(request, public_id)
    if not ballots.is_open(own):
        raise Http404
    content = clips.read(own, clip=clip)
    headers = {
        "Content-Type": "audio/flac",
        "Content-Length": str(len(content)),
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, headers=headers)


@never_cache
@require_POST
def vote(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Cast the ballot and give the next one."""
    own = _own(request, public_id)
    form = VoteForm(request.POST, criteria=_asked())
    try:
        if not form.is_valid():
            raise refusals.mark_missing()
        ballots.cast(own, by=own.annotator, verdicts=form.verdicts, mark=form.cleaned_data["mark"])
    except Refused as refused:
        return _refuse(request, own, refused, form=form)
    done = gettext("Your answer is saved; the next pair is not there yet.")
    return _after(request, own.annotator, done=done, saved="")


@never_cache
@require_POST
def skip(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Close the ballot without a vote and give the next one."""
    own = _own(request, public_id)
    try:
        ballots.skip(own, reason=request.POST.get("reason", ""))
    except Refused as refused:
        return _refuse(request, own, refused)
    done = gettext("You have skipped this pair; the next one is not there yet.")
    return _after(request, own.annotator, done=done)


def _person(request: HttpRequest) -> AbstractBaseUser:
    if not request.user.is_authenticated:
        raise Http404
    return request.user


def _own(request: HttpRequest, public_id: uuid.UUID) -> Ballot:
    """Find the person's ballot; what is somebody else's cannot be told from what does not exist."""
    return get_object_or_404(
        Ballot.objects.select_related("annotator", *_SHOWN),
        public_id=public_id,
        annotator__user=_person(request).pk,
    )


def _next(annotator: Annotator, **query: str) -> HttpResponseRedirect:
    following = ballots.issue(annotator, rng=_rng)
    to = reverse("ballot", args=[following.public_id]) if following else reverse("judge")
    return redirect(f"{to}?{urlencode(query)}" if query else to)


def _after(request: HttpRequest, annotator: Annotator, *, done: str, **query: str) -> HttpResponse:
    """Give the next pair; where its audio fails, say first what became of this one."""
    try:
        return _next(annotator, **query)
    except Refused as refused:
        if refused.status != UNAVAILABLE:
            raise
        told = Refused(f"{done} {refused.message}", refused.code, status=refused.status)
        return render(request, "judging/closed.html", {"refused": told}, status=told.status)


def _refuse(
    request: HttpRequest, own: Ballot, refused: Refused, *, form: VoteForm | None = None
) -> HttpResponse:
    if refused.status == UNPROCESSABLE:
        return _page(request, own, form=form, refused=refused)
    if refused.status == CONFLICT:
        return render(request, "judging/closed.html", {"refused": refused}, status=CONFLICT)
    raise refused


def _page(
    request: HttpRequest, own: Ballot, *, form: VoteForm | None = None, refused: Refused | None = None
) -> HttpResponse:
    """Render a ballot from plain values: no row reaches the template that could tell of a system."""
    prompt = own.pair.prompt
    context = {
        "token": own.public_id,
        "first": own.first,
        "task": prompt.task.name_en,
        "guidance": prompt.task.guidance_at(prompt.level.number if prompt.level else None),
        "spoken": prompt.language and prompt.language.name_en,
        "spoken_code": prompt.language and prompt.language.code,
        "transcript": prompt.transcript,
        "gate_share": ballots.GATE_SHARE,
        "rows": (form or VoteForm(criteria=_asked())).rows,
        "mark": uuid.uuid4(),
        "keys_table": KEYS,
        "reasons": ballots.SkipReason.choices,
        "refused": refused,
        "saved": "saved" in request.GET,
    }
    return render(request, "judging/ballot.html", context, status=refused.status if refused else 200)


def _asked() -> list[Criterion]:
    return list(Criterion.objects.filter(active=True))
