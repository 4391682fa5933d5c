"""One pair: its page, its clips, and all that the page sends. Nothing depends on who made a clip (J89)."""

import hashlib
import uuid
from functools import cache
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from inference.errors import Refused
from inference.models.wording import in_language
from judging.forms import ReportForm, VoteForm, played
from judging.models import Ballot, Batch, Criterion, Purpose, Vote
from judging.pages import owned, turns
from judging.pages.keys import ACTIONS
from judging.services import (
    annotators,
    ballots,
    batches,
    clips,
    heard,
    limits,
    pace,
    policies,
    positions,
    refusals,
    reports,
    votes,
)

_STATIC = Path(__file__).parent.parent / "static" / "judging"
# Sentences that stand on the next pair's page, by what happened to the one before (J72).
_NOTICES = {"ballot_expired": refusals.ballot_expired, "ballot_void": refusals.ballot_void}


@never_cache
@require_GET
def ballot(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Show one pair, or one that was judged and can be changed; the first time starts its clock."""
    own = owned.ballot(request, public_id)
    try:
        annotators.of(owned.person(request))
        if own.state == Ballot.State.VOTED:
            _require_open(own)
            return _page(request, own, vote=votes.live(own))
        current = ballots.in_turn(own.annotator).first()
        if own.state == Ballot.State.ISSUED and current is not None and current.pk != own.pk:
            return redirect("ballot", current.public_id)
        ballots.open_(own)
    except Refused as refused:
        return _refuse(request, own, refused)
    return _page(request, own)


@require_GET
def clip(request: HttpRequest, public_id: uuid.UUID, clip: str) -> HttpResponse:
    """Send one clip to the ballot's owner while it can be heard; for all others there is none (J90, J91)."""
    own = owned.ballot(request, public_id)
    if not ballots.may_be_heard(own):
        raise Http404
    answer = clips.send(own, clip=clip, asked=request.headers.get("Range", ""))
    answer["Cache-Control"] = "private, no-store"
    return answer


@never_cache
@require_POST
def beat(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Keep what the page played so far."""
    own = owned.ballot(request, public_id)
    said = played(request.POST.get("beat", ""))
    try:
        if said is None:
            raise refusals.mark_missing()
        heard.beat(own, said)
        if (ready := request.POST.get("ready_ms", "")).isdecimal():
            # Python reads no number of thousands of digits.
            ballots.ready(own, ready_ms=min(int(ready[:9]), 10_000_000))
    except Refused as refused:
        return turns.closed(request, refused)
    return HttpResponse(status=204)


@never_cache
@require_POST
def ahead(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Draw the pair after this one while it is being heard, and say where its clips are (J29).

    The page asks once its own clips are there, so that nobody waits for the drawing.
    """
    own = owned.ballot(request, public_id)
    following = batches.draw_ahead(own, rng=turns.rng) if own.state == Ballot.State.OPENED else None
    addresses = (
        [reverse(f"ballot_{clip}", args=[following.public_id]) for clip in clips.NAMES] if following else []
    )
    return JsonResponse({"clips": addresses})


@never_cache
@require_POST
def vote(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Cast the ballot and give the next one."""
    own = owned.ballot(request, public_id)
    form = VoteForm(request.POST, criteria=_asked(own))
    try:
        if not form.is_valid():
            raise refusals.mark_missing()
        votes.cast(own, form.casting, by=own.annotator)
    except Refused as refused:
        return _refuse(request, own, refused, form=form)
    if own.purpose == Purpose.TRAINING:
        return redirect("join_feedback", own.public_id)
    done = gettext("Your answer is saved; the next pair is not there yet.")
    return turns.after(request, own.annotator, done=done, saved="")


@never_cache
@require_POST
def withdraw(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Keep a vote, and take it out of the count."""
    own = owned.ballot(request, public_id)
    try:
        votes.withdraw(own, by=own.annotator)
    except Refused as refused:
        return _refuse(request, own, refused)
    done = gettext("Your answer is withdrawn; the next pair is not there yet.")
    return turns.after(request, own.annotator, done=done)


@never_cache
@require_POST
def skip(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Close the ballot without a vote and give the next one."""
    own = owned.ballot(request, public_id)
    try:
        ballots.skip(own, reason=request.POST.get("reason", ""))
    except Refused as refused:
        return _refuse(request, own, refused)
    done = gettext("You have skipped this pair; the next one is not there yet.")
    return turns.after(request, own.annotator, done=done)


@never_cache
@require_POST
def report(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Write down what is wrong and show the pair again; where a clip does not play, give another pair."""
    own = owned.ballot(request, public_id)
    form = ReportForm(request.POST)
    try:
        _require_open(own)
        if not form.is_valid():
            raise refusals.kind_missing()
        said = form.cleaned_data
        if said["kind"] == "clip_faulty":
            reports.faulty(own, clip=said["clip"])
            done = gettext("The clip is reported; the next pair is not there yet.")
            return turns.after(request, own.annotator, done=done)
        reports.file(own, by=own.annotator, **said)
    except Refused as refused:
        return _refuse(request, own, refused)
    return redirect(f"{reverse('ballot', args=[own.public_id])}?reported=")


@never_cache
@require_POST
def continue_here(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Take the ballot over from another page: the page that is shown next holds it."""
    return redirect("ballot", owned.ballot(request, public_id).public_id)


def _require_open(own: Ballot) -> None:
    if own.batch is None or own.batch.state != Batch.State.OPEN:
        raise refusals.batch_closed()


def _refuse(
    request: HttpRequest, own: Ballot, refused: Refused, *, form: VoteForm | None = None
) -> HttpResponse:
    if refused.status in turns.STAYS and own.state in {Ballot.State.OPENED, Ballot.State.VOTED}:
        return _page(request, own, form=form, refused=refused, vote=votes.live(own))
    if refused.status in {turns.CONFLICT, turns.UNPROCESSABLE}:
        return turns.closed(request, refused)
    raise refused


def _page(
    request: HttpRequest,
    own: Ballot,
    *,
    form: VoteForm | None = None,
    refused: Refused | None = None,
    vote: Vote | None = None,
) -> HttpResponse:
    """Render a ballot from plain values: no row reaches the template that could tell of a system."""
    changing = own.state == Ballot.State.VOTED
    shown = _of_pair(own) | _of_batch(own)
    context = shown | {
        "page_mark": (form and form.data.get("page")) or ballots.hold(own),
        "changing": changing,
        "supersedes": vote.public_id if vote else "",
        "voice_known": bool(form.data.get("voice_known")) if form else bool(vote and vote.voice_known),
        "rows": (form or VoteForm(criteria=_asked(own))).rows(vote, left=own.left),
        "mark": uuid.uuid4(),
        "build": build(),
        "person": salted_hmac("judging.page", str(own.annotator_id)).hexdigest()[:16],
        "actions": ACTIONS,
        "reasons": ballots.SkipReason.choices,
        "kinds": reports.LABELS,
        "refused": refused,
        "saved": "saved" in request.GET,
        "reported": "reported" in request.GET,
        "notice": _notice(request.GET.get("notice", "")),
        "rest": _rest(own) if "saved" in request.GET else None,
    }
    return render(request, "judging/ballot.html", context, status=refused.status if refused else 200)


def _of_pair(own: Ballot) -> dict[str, object]:
    prompt = own.pair.prompt
    level = prompt.level.number if prompt.level else None
    listening, _ = heard.so_far(own, durations=clips.durations_ms(own))
    policy = own.policy
    return {
        "token": own.public_id,
        "first": own.first,
        "task": in_language(prompt.task, "name"),
        "guidance": prompt.task.guidance_at(level, language=get_language() or "en"),
        "spoken": prompt.language and in_language(prompt.language, "name"),
        "spoken_code": prompt.language and prompt.language.code,
        "transcript": prompt.transcript,
        "heard": {clip: said.ranges for clip, said in listening.items()},
        "gate": policy
        and {
            "share": policy.gate_share,
            "longAfter": policy.gate_long_after.total_seconds(),
            "longShare": policy.gate_long_share,
        },
        "prefill": bool(policy and policy.prefill_overall),
    }


def _of_batch(own: Ballot) -> dict[str, object]:
    batch = own.batch
    if batch is None:
        return {}
    seen = positions.overview(batch)
    return {
        "batch": batch.public_id,
        "position": own.position,
        "size": batch.size,
        "minutes": pace.minutes_left(batch, done=len(seen.voted) + len(seen.empty)),
        "second_empty": len(seen.empty) > 1,
        "undo": pace.cast_before(own),
    }


def _rest(own: Ballot) -> int | None:
    """Say how many minutes of break are due before this pair; None: none are (J33)."""
    if own.policy is None or limits.break_until(own.annotator, own.policy) is None:
        return None
    return round(own.policy.break_length.total_seconds() / 60)


def _notice(code: str) -> str:
    return _NOTICES[code]().message if code in _NOTICES else ""


def _asked(own: Ballot) -> list[Criterion]:
    """List the criteria of a ballot in the order of its batch's rows."""
    if own.policy is None or own.batch is None:
        return []
    order = own.batch.criterion_order
    return sorted(policies.asked(own.policy), key=lambda each: order.index(each.slug))


@cache
def build() -> str:
    """Name the version of the page's script by its content."""
    parts = [path.read_bytes() for path in sorted(_STATIC.glob("*.js"))]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:12]
