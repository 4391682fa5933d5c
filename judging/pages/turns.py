"""Where to go next: the pair that waits, a new one, or the review of the batch."""

from collections.abc import Sequence
from random import SystemRandom
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse

from inference.errors import Refused
from judging.models import Annotator, Ballot, DeviceCheck
from judging.services import batches, positions

rng = SystemRandom()
CONFLICT = 409
UNPROCESSABLE = 422
UNAVAILABLE = 503
# What the person may send again from the same page.
STAYS = frozenset({UNPROCESSABLE, 429})


def begin(
    annotator: Annotator, *, check: DeviceCheck | None, narrowed: Sequence[str] = (), **query: str
) -> HttpResponseRedirect:
    """Lead to the pair that waits, or to the first one of a new batch."""
    return _to(annotator, batches.issue(annotator, rng=rng, check=check, narrowed=narrowed), **query)


def onward(annotator: Annotator, **query: str) -> HttpResponseRedirect:
    """Lead to the next pair of the open batch, or to its review; no batch begins unasked."""
    following = batches.waiting(annotator)
    if following is None and batches.current(annotator):
        following = batches.issue(annotator, rng=rng)
    return _to(annotator, following, **query)


def _to(annotator: Annotator, following: Ballot | None, **query: str) -> HttpResponseRedirect:
    if following is not None:
        to = reverse("ballot", args=[following.public_id])
    elif batch := batches.current(annotator):
        to = reverse("batch", args=[batch.public_id])
        if positions.overview(batch).free is not None:
            query["nothing"] = ""
    else:
        to = reverse("judge")
    return redirect(f"{to}?{urlencode(query)}" if query else to)


def after(request: HttpRequest, annotator: Annotator, *, done: str, **query: str) -> HttpResponse:
    """Lead to the next pair; where its audio fails, say first what became of this one."""
    try:
        return onward(annotator, **query)
    except Refused as refused:
        if refused.status != UNAVAILABLE:
            raise
        told = Refused(f"{done} {refused.message}", refused.code, status=refused.status)
        return closed(request, told)


def closed(request: HttpRequest, refused: Refused) -> HttpResponse:
    """Say why a pair cannot be judged, and offer what comes instead."""
    return render(request, "judging/closed.html", {"refused": refused}, status=refused.status)
