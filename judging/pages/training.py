"""The training's pages: what it is, what was right after each pair, and what came of it (J19–J23)."""

import uuid
from random import SystemRandom

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from inference.errors import Refused
from inference.models.wording import in_language
from judging.forms import ANSWERS
from judging.models import Ballot, Batch, Criterion, Purpose
from judging.pages.join import step
from judging.pages.people import person
from judging.services import annotators, pauses, training

_rng = SystemRandom()
_MEANINGS = {value: meaning for value, _, meaning, *_ in ANSWERS}


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Say what the training is; a POST begins it, goes on with it, or ends it."""
    annotator = annotators.of(person(request))
    refused = None
    if request.method == "POST":
        try:
            return _go_on(training.begin(annotator))
        except Refused as error:
            refused = error
    batch = training.under_way(annotator)
    may_begin = training.may_begin(annotator)
    context = {
        "refused": refused,
        "pause": None if may_begin and annotator.training_passed_at else pauses.in_force(annotator),
        "possible": training.is_possible(annotator),
        "due": batch is not None or may_begin,
        "is_refresher": training.is_due(annotator) and annotator.training_passed_at is not None,
        "failed": training.failures(annotator),
        "done": batch and len(training.judged(batch)),
    }
    return step(request, "training", context)


@login_required
@never_cache
@require_GET
def feedback(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Show what was right on a pair beside what was said, why, and the clips once more."""
    ballot = get_object_or_404(
        Ballot.objects.select_related("batch", "pair__prompt"),
        public_id=public_id,
        purpose=Purpose.TRAINING,
        state=Ballot.State.VOTED,
        annotator__user=person(request).pk,
    )
    if ballot.batch is None:
        raise Http404
    why, rows = training.explanation(ballot), _rows(ballot)
    context = {
        "token": ballot.public_id,
        "position": ballot.position,
        "size": ballot.batch.size,
        "is_last": ballot.position == ballot.batch.size,
        "rows": rows,
        "all_right": all(row["right"] for row in rows),
        "why": in_language(why, "explanation") if why else "",
        "is_open": ballot.batch.state == Batch.State.OPEN,
    }
    return render(request, "judging/join/feedback.html", context)


def _go_on(batch: Batch) -> HttpResponse:
    ballot = training.issue(batch.annotator, rng=_rng)
    if ballot is not None:
        return redirect("ballot", ballot.public_id)
    training.conclude(batch)
    return redirect("join")


def _rows(ballot: Ballot) -> list[dict[str, object]]:
    """Each criterion with the given and the right answers, in the page's own sides."""
    sides = {ballot.left: "left", ballot.right: "right"}
    labels = {each.slug: in_language(each, "label") for each in Criterion.objects.all()}
    return [
        {
            "label": labels[each.criterion],
            "given": _MEANINGS[sides.get(each.given, each.given)],
            "accepted": [_MEANINGS[sides.get(answer, answer)] for answer in each.accepted],
            "right": each.right,
        }
        for each in training.answered(ballot)
    ]
