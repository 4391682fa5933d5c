"""All about one annotator (M30): every share with its cases and interval; under ten cases it is greyed."""

from collections import Counter
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from django.db.models import Avg, Count, F, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from inference.models import AuditEntry, SecurityEvent
from judging.models import (
    Annotator,
    Ballot,
    BatchClosing,
    Consent,
    DeviceCheck,
    Heard,
    Report,
    Verdict,
    Vote,
    VoteExclusion,
)
from judging.reliability.figures import FEWEST_CASES, Share
from judging.services import figures, panel
from leaderboard.models import Snapshot, Standing

DAYS: Final = 28
LINES: Final = 20
# What is said of single systems is said of so many newest votes.
NEWEST: Final = 500
MOST_SYSTEMS: Final = 5
OVERALL: Final = "overall"


class Liking(NamedTuple):
    """How somebody judged one system: points a vote, with interval, beside what everybody's votes expect."""

    slug: str
    own: Share
    expected: float | None

    @property
    def is_few(self) -> bool:
        """Whether there are too few cases to say anything."""
        return self.own.cases < FEWEST_CASES


class Day(NamedTuple):
    """A day's batches: the votes in them."""

    day: date
    votes: int


def of(annotator: Annotator) -> dict[str, Any]:
    """Read everything that the page shows."""
    user = annotator.user
    most, least = _likings(annotator)
    return {
        "consents": list(Consent.objects.filter(user=user)[:LINES]) if user else [],
        "skills": list(annotator.skills.select_related("language")),
        "checks": list(DeviceCheck.objects.filter(user=user)[:LINES]) if user else [],
        "batches": list(
            annotator.batches.order_by("state").values_list("kind", "state").annotate(n=Count("pk"))
        ),
        "days": _days(annotator),
        "shares": _shares(annotator),
        "pace": figures.pace(annotator),
        "margin": _margin(annotator),
        "skips": list(
            Ballot.objects.filter(annotator=annotator, state=Ballot.State.SKIPPED)
            .values_list("closing_code")
            .annotate(count=Count("pk"))
            .order_by("-count")[:LINES]
        ),
        "most": most,
        "least": least,
        "member": annotator.memberships.filter(ended_at=None).first(),
        "lacks": panel.lacks(annotator),
        "affiliations": list(annotator.affiliations.select_related("team")),
        "pauses": list(annotator.pauses.order_by("-pk")[:LINES]),
        "exclusions": list(
            VoteExclusion.objects.filter(vote__ballot__annotator=annotator)
            .values_list("rule__slug")
            .annotate(standing=Count("pk", filter=Q(lift=None)), lifted=Count("pk", filter=~Q(lift=None)))
            .order_by("rule__slug")
        ),
        "reports": list(Report.objects.filter(reporter=user).order_by("-pk")[:LINES]) if user else [],
        "events": list(SecurityEvent.objects.filter(user=user).order_by("-pk")[:LINES]) if user else [],
        "history": list(
            AuditEntry.objects.filter(target_type="judging.annotator", target_id=str(annotator.pk))[:LINES]
        ),
    }


def _days(annotator: Annotator) -> list[Day]:
    since = timezone.now().date() - timedelta(days=DAYS)
    rows = (
        BatchClosing.objects.filter(batch__annotator=annotator, at__date__gte=since)
        .annotate(day=TruncDate("at"))
        .values_list("day")
        .annotate(votes=Sum("batch__size"))
        .order_by("day")
    )
    return [Day(day, votes) for day, votes in rows]


def _shares(annotator: Annotator) -> list[dict[str, Any]]:
    return [
        {
            "label": each.label,
            "criterion": each.criterion,
            "own": _percent(each.own),
            "cases": each.own.cases,
            "is_few": not each.own.is_shown,
            "others": round(100 * each.others.value) if each.others else None,
        }
        for each in figures.of(annotator)
    ]


def _percent(share: Share) -> tuple[int, int, int]:
    return (round(100 * share.value), round(100 * share.low), round(100 * share.high))


def _margin(annotator: Annotator) -> float | None:
    """How often the clips were heard, on average: 1 is exactly once; None: nothing is kept."""
    newest = Vote.objects.filter(ballot__annotator=annotator).values_list("pk", flat=True)
    heard = Heard.objects.filter(vote__in=sorted(newest, reverse=True)[:NEWEST], unique_ms__gt=0)
    times: float | None = heard.aggregate(times=Avg(F("total_ms") * 1.0 / F("unique_ms")))["times"]
    return times


def _likings(annotator: Annotator) -> tuple[list[Liking], list[Liking]]:
    """The systems that the person preferred most, and least, beside what is expected of them."""
    own = Vote.objects.filter(ballot__annotator=annotator, ballot__purpose="normal", superseded_by=None)
    newest_votes = sorted(own.values_list("pk", flat=True), reverse=True)[:NEWEST]
    rows = Verdict.objects.filter(criterion__slug=OVERALL, vote__in=newest_votes).values_list(
        "vote__ballot__pair__system_a__slug", "vote__ballot__pair__system_b__slug", "answer"
    )
    won: Counter[str] = Counter()
    votes: Counter[str] = Counter()
    for one, other, answer in rows:
        # A tie says nothing for or against either.
        if answer in {"a", "b"}:
            won[one if answer == "a" else other] += 1
            votes.update((one, other))
    newest = Snapshot.objects.filter(board__slug=OVERALL).order_by("-number").values("pk")[:1]
    lines = Standing.objects.filter(snapshot__in=newest)
    expected = dict(lines.values_list("system__slug", "expected_score"))
    found = [Liking(slug, Share(won[slug], number), expected.get(slug)) for slug, number in votes.items()]
    found.sort(key=lambda liking: (liking.expected or 0.5) - liking.own.value)
    return found[:MOST_SYSTEMS], found[::-1][:MOST_SYSTEMS]
