"""How much in how short a time: breaks, a day's hint and cap, what an hour holds (J33, J34, J133, J134).

All are checked where a batch starts or a row is written; nothing of them takes an earlier vote away.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext

from inference.errors import Refused
from judging.models import Annotator, Ballot, Policy, Report, Vote

HOUR = timedelta(hours=1)
CASTS_AN_HOUR = 150
SKIPS_AN_HOUR = 12
REPORTS_AN_HOUR = 20
# Source: J133, what a new account may judge on its first days.
FIRST_DAYS = (24, 48)
TOO_MANY = 429


class Today(NamedTuple):
    """A person's day so far.

    Attributes:
        pairs: judged or skipped since local midnight.
        cap: after which no batch starts.
        ends_at: the next local midnight.
        hint: whether to suggest that it is enough.
    """

    pairs: int
    cap: int
    ends_at: datetime
    hint: bool


def zone_of(annotator: Annotator) -> ZoneInfo:
    """Say where the person is, by their account's time zone."""
    return ZoneInfo(getattr(annotator.user, "time_zone", "UTC"))


def today(annotator: Annotator, policy: Policy, *, now: datetime | None = None) -> Today:
    """Count the person's day, from midnight to midnight where they are (J34)."""
    zone = zone_of(annotator)
    local = (now or timezone.now()).astimezone(zone)
    began = local.replace(hour=0, minute=0, second=0, microsecond=0)
    pairs = _ended(annotator).filter(opened_at__gte=began).count()
    age = (local.date() - annotator.created_at.astimezone(zone).date()).days
    cap = policy.daily_cap
    if age < len(FIRST_DAYS) and not annotator.memberships.filter(ended_at=None).exists():
        cap = min(cap, FIRST_DAYS[age])
    # The wall clock's next midnight, whatever the change of summer time makes of the hours between.
    ends_at = (began + timedelta(days=1)).replace(tzinfo=zone)
    return Today(pairs, cap, ends_at, hint=policy.daily_hint <= pairs < cap)


def break_until(annotator: Annotator, policy: Policy, *, now: datetime | None = None) -> datetime | None:
    """Find when the break is over that is due now; None: none is due (J33)."""
    now = now or timezone.now()
    since = now - policy.break_after - policy.batch_lifetime
    rows = Ballot.objects.filter(annotator=annotator, opened_at__gte=since).order_by("-opened_at")
    cast = rows.annotate(last=Max("votes__cast_at")).values_list("opened_at", "last")
    newest = cast[: 4 * policy.break_after_pairs]
    moments = [(opened, last or opened) for opened, last in newest if opened is not None]
    return due_break(
        moments,
        now=now,
        after=policy.break_after,
        after_pairs=policy.break_after_pairs,
        length=policy.break_length,
    )


def due_break(
    moments: Iterable[tuple[datetime, datetime]],
    *,
    now: datetime,
    after: timedelta,
    after_pairs: int,
    length: timedelta,
) -> datetime | None:
    """Find when the break is over that is due after one stretch of work.

    Args:
        moments: when each pair was opened and last cast, the newest first.
        now: the present.
        after: how long a stretch may be.
        after_pairs: how many pairs it may hold.
        length: of a break; whoever paused for so long began a new stretch.
    """
    pairs, began, ended = 0, now, None
    for opened, cast in moments:
        if began - cast >= length:
            break
        ended = max(cast, ended) if ended else cast
        began = min(opened, began)
        pairs += 1
    if ended is None or (pairs < after_pairs and ended - began < after):
        return None
    return ended + length if now < ended + length else None


def require_may_start(annotator: Annotator, policy: Policy) -> None:
    """Pass somebody who may start a batch now.

    Raises:
        Refused: `break_due` or `daily_cap` (429), each with the moment when it ends.
    """
    day = today(annotator, policy)
    if day.pairs >= day.cap:
        message = gettext("Enough for today. You can start again at %(time)s.")
        raise Refused(message % {"time": time_format(day.ends_at, "H:i")}, "daily_cap", status=TOO_MANY)
    if until := break_until(annotator, policy):
        local = until.astimezone(zone_of(annotator))
        message = gettext("Time for a break: your ears need one. You can go on at %(time)s.")
        raise Refused(message % {"time": time_format(local, "H:i")}, "break_due", status=TOO_MANY)


def require_cast(annotator: Annotator) -> None:
    """Pass a cast that is not one too many in an hour.

    Raises:
        Refused: `too_many` (429).
    """
    _require(Vote.objects.filter(ballot__annotator=annotator), "cast_at", CASTS_AN_HOUR, annotator)


def require_skip(annotator: Annotator) -> None:
    """Pass a skip that is not one too many in an hour.

    Raises:
        Refused: `too_many` (429).
    """
    skipped = Ballot.objects.filter(annotator=annotator, state=Ballot.State.SKIPPED)
    _require(skipped, "opened_at", SKIPS_AN_HOUR, annotator)


def require_report(annotator: Annotator) -> None:
    """Pass a report that is not one too many in an hour.

    Raises:
        Refused: `too_many` (429).
    """
    _require(Report.objects.filter(reporter=annotator.user_id), "created_at", REPORTS_AN_HOUR, annotator)


def _require(rows: QuerySet[Any], moment: str, most: int, who: Annotator) -> None:
    recent = rows.filter(**{f"{moment}__gt": timezone.now() - HOUR}).order_by(f"-{moment}")
    oldest = recent.values_list(moment, flat=True)[most - 1 : most]
    for found in oldest:
        ends = (found + HOUR).astimezone(zone_of(who))
        message = gettext("That was a lot in one hour. Please go on at %(time)s; nothing is lost.")
        raise Refused(message % {"time": time_format(ends, "H:i")}, "too_many", status=TOO_MANY)


def _ended(annotator: Annotator) -> QuerySet[Ballot]:
    """What counts towards a day: judged and skipped pairs, training aside (J67)."""
    return Ballot.objects.filter(
        annotator=annotator, state__in=[Ballot.State.VOTED, Ballot.State.SKIPPED]
    ).exclude(purpose="training")
