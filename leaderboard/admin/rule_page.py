"""The page of a rule: plain words, settings, history, runs, random matches, and what if (M35)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django import forms
from django.db.models import Sum
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from inference.admin.base import person, player
from inference.models import Alarm, AuditEntry
from judging.models import ExclusionProposal, ExclusionRule, RuleRun, Vote
from judging.services.rules import limits, looks, trials
from leaderboard.selectors import without

if TYPE_CHECKING:
    from inference.admin.base import ReadOnlyAdmin

RUNS: Final = 30
DAYS: Final = 28
# What would tell of whom a match is; the evidence of every rule is shown without it.
NAMES: Final = frozenset({"system", "annotator", "earlier_annotator", "response", "tie"})
BAR: Final = (14, 60)
UNPROCESSABLE: Final = 422


class TrialForm(forms.Form):
    """Another value for the rule's first parameter."""

    value = forms.FloatField(label=gettext_lazy("Another value"), min_value=0)


class Shown(NamedTuple):
    """A match as whoever judged it saw it: no system, no person."""

    proposal: ExclusionProposal
    prompt: str
    left: str
    right: str
    answers: Sequence[tuple[str, str]]
    evidence: Mapping[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, table: "ReadOnlyAdmin", key: int) -> HttpResponseBase:
    """Show the page; a POST draws matches or tries another value, and changes nothing."""
    rule = get_object_or_404(ExclusionRule, pk=key)
    form = TrialForm(request.POST if "try" in request.POST else None)
    context = _context(table, request, rule)
    status = 200
    if "look" in request.POST:
        context["matches"] = [_blind(row) for row in looks.draw(rule, by=person(request))]
        context["left"] = looks.left(rule)
    elif "enforce" in request.POST:
        context["effect"] = _of_waiting(rule)
    elif "try" in request.POST and form.is_valid():
        context["trial"] = _tried(rule, form.cleaned_data["value"])
    elif "try" in request.POST:
        status = UNPROCESSABLE
    context["form"] = form
    return TemplateResponse(request, "admin/judging/rule.html", context, status=status)


def _context(table: "ReadOnlyAdmin", request: HttpRequest, rule: ExclusionRule) -> dict[str, Any]:
    chinese = (translation.get_language() or "").startswith("zh")
    changes = AuditEntry.objects.filter(
        action="exclusionrule.mode", target_type="judging.exclusionrule", target_id=str(rule.pk)
    )
    return {
        **table.admin_site.each_context(request),
        "title": _("The rule %(rule)s") % {"rule": rule.slug},
        "opts": table.opts,
        "rule": rule,
        "hours": rule.period / timedelta(hours=1),
        "sentence": rule.sentence_zh_hans if chinese else rule.sentence_en,
        "parameters": trials.parameters(rule.slug),
        "versions": list(ExclusionRule.objects.filter(slug=rule.slug)),
        "changes": list(changes.select_related("actor")[:RUNS]),
        "runs": list(RuleRun.objects.filter(rule=rule)[:RUNS]),
        "bars": _bars(rule),
        "bar_size": (BAR[0] * DAYS, BAR[1]),
        "alarms": list(Alarm.objects.filter(subject=f"rule:{rule.slug}", closed_at=None)),
        "waiting": _waiting(rule).count(),
        "left": looks.left(rule),
        "needed": looks.NEEDED,
        "decisions": table.get_action_choices(request, default_choices=[]),
        "media": table.media,
    }


def _waiting(rule: ExclusionRule) -> Any:
    states = [ExclusionProposal.State.OPEN, ExclusionProposal.State.OBSERVED]
    return ExclusionProposal.objects.filter(rule=rule, state__in=states)


def _of_waiting(rule: ExclusionRule) -> dict[str, Any]:
    """What enforcing would take out: all that waits or was only observed."""
    votes = Vote.objects.filter(pk__in=_waiting(rule).order_by().values("vote"))
    number, counted = votes.count(), limits.counted()
    return {
        "votes": number,
        "people": votes.values("ballot__annotator").distinct().count(),
        "share": 100 * number / counted if counted else 0.0,
        "boards": without.without(votes),
    }


def _tried(rule: ExclusionRule, value: float) -> dict[str, Any] | None:
    trial = trials.attempt(rule, value)
    if trial is None:
        return None
    return {
        "value": value,
        "votes": len(trial.votes),
        "now": len(trial.now),
        "people": trial.people,
        "boards": without.without(Vote.objects.filter(pk__in=trial.votes)),
    }


def _blind(row: ExclusionProposal) -> Shown:
    ballot = row.vote.ballot
    sides = {"a": ballot.pair.response_a.playback, "b": ballot.pair.response_b.playback}
    right = "b" if ballot.left == "a" else "a"
    words = {ballot.left: _("left"), right: _("right"), "tie": _("tie"), "both_bad": _("both bad")}
    return Shown(
        row,
        player(ballot.pair.prompt.playback),
        player(sides[ballot.left]),
        player(sides[right]),
        [(str(verdict.criterion), words[verdict.answer]) for verdict in row.vote.verdicts.all()],
        {name: value for name, value in row.evidence.items() if name not in NAMES},
    )


def _bars(rule: ExclusionRule) -> list[dict[str, Any]]:
    """One bar a day: what was matched, against the highest day."""
    today = timezone.now().date()
    since = today - timedelta(days=DAYS - 1)
    sums = (
        RuleRun.objects.filter(rule=rule, at__date__gte=since)
        .annotate(day=TruncDate("at"))
        .values("day")
        .annotate(matched=Sum("matched"), examined=Sum("examined"))
        .order_by()
    )
    found = {row["day"]: row for row in sums}
    highest = max((row["matched"] for row in found.values()), default=0) or 1
    bars = []
    for place in range(DAYS):
        day = since + timedelta(days=place)
        row = found.get(day, {"matched": 0, "examined": 0})
        height = BAR[1] * row["matched"] / highest
        bars.append({**row, "day": day, "x": BAR[0] * place, "y": BAR[1] - height, "height": height})
    return bars
