"""A batch: its start, its review, its end, and what is shown of it afterwards."""

import uuid
from typing import NamedTuple

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from inference.models.wording import in_language
from judging.forms import spoken
from judging.models import Annotator, Ballot, Batch, BatchClosing, Policy, Verdict, VoteExclusion
from judging.pages import owned, people, turns
from judging.services import (
    annotators,
    batches,
    devices,
    draws,
    enrolment,
    languages,
    limits,
    pace,
    policies,
    positions,
    reveals,
)


class Line(NamedTuple):
    """One pair of the review, as its annotator may see it; names are empty until they are shown."""

    position: int | None
    token: uuid.UUID
    task: str
    answers: list[tuple[str, str]]
    withdrawn: bool
    names: tuple[str, str] | None


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Start a batch, go on with the open one, or learn that nothing waits."""
    user, mark = owned.person(request), people.device(request)
    if enrolment.due(user, device=mark):
        annotators.require_may_enrol(user)
        return redirect("join")
    annotator = enrolment.admit(user)
    if request.method == "POST":
        notice = request.POST.get("notice", "")
        check, narrowed = devices.in_force(user, mark), request.POST.getlist("languages")
        return turns.begin(
            annotator, check=check, narrowed=narrowed, **({"notice": notice} if notice else {})
        )
    waiting, batch = batches.waiting(annotator), batches.current(annotator)
    policy = batch.policy if batch else policies.current()
    seen = positions.overview(batch) if batch else None
    done = len(seen.voted) + len(seen.empty) if seen else 0
    size = batch.size if batch else policy.batch_size
    context = {
        "batch": batch and batch.public_id,
        "waiting": waiting is not None,
        "voted": len(seen.voted) if seen else 0,
        "left": size - done,
        "size": size,
        "minutes": pace.minutes_left(batch, done=done) if batch else -(-size * 40 // 60),
        "nothing": waiting is None and _nothing(batch, annotator),
        "languages": [] if batch else languages.judged_by(annotator),
        "review": languages.to_review(annotator),
        **_limits(annotator, policy, batch),
    }
    return render(request, "judging/start.html", context)


@never_cache
@require_GET
def batch(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """List the pairs of a batch with one's own answers: to be changed and finished, or as they stay."""
    own = owned.batch(request, public_id)
    if own.kind == Batch.Kind.TRAINING:
        return redirect("join_training")
    ballots = list(
        own.ballots.filter(state=Ballot.State.VOTED)
        .select_related("pair__prompt__task", "pair__system_a__model", "pair__system_b__model")
        .order_by("position")
    )
    seen = positions.overview(own)
    context = {
        "batch": own.public_id,
        "is_open": own.state == Batch.State.OPEN,
        "lines": _lines(own, ballots),
        "size": own.size,
        "left": own.size - len(seen.voted) - len(seen.empty),
        "more": len(seen.taken) > len(seen.voted) or (seen.free is not None and "nothing" not in request.GET),
        "revealed": reveals.is_due(own),
        "saved": "saved" in request.GET,
        "nothing": "nothing" in request.GET,
    }
    return render(request, "judging/batch.html", context)


@never_cache
@require_POST
def finish(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Close the batch: its votes count from now on, and change no more."""
    own = owned.batch(request, public_id)
    if own.kind == Batch.Kind.TRAINING:
        return redirect("join_training")
    batches.finish(own, by=BatchClosing.By.ANNOTATOR)
    return redirect(reverse("batch", args=[own.public_id]))


def _limits(annotator: Annotator, policy: Policy, batch: Batch | None) -> dict[str, object]:
    """Say when a new batch may start, if not now, and whether it is enough for today (J33, J34)."""
    day = limits.today(annotator, policy)
    pause = None if batch else limits.break_until(annotator, policy)
    full = batch is None and day.pairs >= day.cap
    zone = limits.zone_of(annotator)
    return {
        "hint": day.hint,
        "judged_today": day.pairs,
        "full_until": day.ends_at.astimezone(zone) if full else None,
        "break_until": pause.astimezone(zone) if pause and not full else None,
    }


def _nothing(batch: Batch | None, annotator: Annotator) -> bool:
    if batch is not None and positions.overview(batch).free is None:
        return True
    return draws.draw(annotator, rng=turns.rng) is None


def _lines(own: Batch, ballots: list[Ballot]) -> list[Line]:
    """Say what was answered on each ballot: one query for all verdicts."""
    verdicts: dict[int, list[Verdict]] = {}
    rows = Verdict.objects.filter(vote__ballot__in=ballots, vote__superseded_by=None)
    taken_out = set(
        VoteExclusion.objects.filter(
            vote__ballot__in=ballots, vote__superseded_by=None, rule__slug="withdrawn", lift=None
        ).values_list("vote__ballot_id", flat=True)
    )
    for verdict in rows.select_related("criterion", "vote").order_by("criterion__position"):
        verdicts.setdefault(verdict.vote.ballot_id, []).append(verdict)
    named = reveals.shown(own, ballots)
    return [
        Line(
            position=ballot.position,
            token=ballot.public_id,
            task=in_language(ballot.pair.prompt.task, "name"),
            answers=[
                (in_language(verdict.criterion, "label"), spoken(verdict, left=ballot.left))
                for verdict in verdicts.get(ballot.pk, [])
            ],
            withdrawn=ballot.pk in taken_out,
            names=_names(ballot) if ballot.pk in named else None,
        )
        for ballot in ballots
    ]


def _names(ballot: Ballot) -> tuple[str, str]:
    systems = {"a": ballot.pair.system_a, "b": ballot.pair.system_b}
    return systems[ballot.left].display_name, systems[ballot.right].display_name
