"""What is wrong, and how the arena does, today and the last 28 days (M10, M11)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, Min, Q
from django.utils import timezone

from inference.models import Alarm, Job, WorkerPulse

DAYS = 28
_MOST_ALARMS = 12
_SEVERITY = {"urgent": 0, "warning": 1, "notice": 2}

# From closings, of which there is one for a dozen votes, and from the rules' own counts.
_BY_DAY = """
    SELECT day::date, coalesce(votes, 0), coalesce(people, 0), coalesce(excluded, 0), coalesce(matched, 0)
    FROM generate_series(%(since)s::date, %(today)s::date, interval '1 day') AS day
    LEFT JOIN (
        SELECT closing.at::date AS day, sum(batch.size) AS votes, count(DISTINCT batch.annotator_id) AS people
        FROM judging_batchclosing AS closing JOIN judging_batch AS batch ON batch.id = closing.batch_id
        WHERE closing.at >= %(since)s::date AND batch.kind = 'judging' GROUP BY 1
    ) AS judged USING (day)
    LEFT JOIN (
        SELECT at::date AS day, sum(applied) AS excluded, sum(matched) AS matched
        FROM judging_rulerun WHERE at >= %(since)s::date GROUP BY 1
    ) AS rules USING (day)
    ORDER BY day
"""
# How far people came in: each a number of people.
_WAY_IN = """
    SELECT (SELECT count(*) FROM judging_annotator),
        (SELECT count(DISTINCT user_id) FROM judging_consent WHERE withdrawn_at IS NULL),
        (SELECT count(*) FROM judging_annotator WHERE training_passed_at IS NOT NULL),
        (SELECT count(*) FROM judging_annotator AS person WHERE EXISTS (
            SELECT FROM judging_batch AS batch
            WHERE batch.annotator_id = person.id AND batch.state = 'closed'))
"""


class Day(NamedTuple):
    """What happened on a day."""

    day: date
    votes: int
    people: int
    excluded: int
    matched: int


class WayIn(NamedTuple):
    """How many people came how far."""

    joined: int
    consented: int
    trained: int
    judged: int


def alarms() -> list[Alarm]:
    """List the open alarms, the urgent ones first."""
    rows = list(Alarm.objects.filter(closed_at=None).select_related("acknowledged_by")[:200])
    return sorted(rows, key=lambda row: (_SEVERITY.get(row.severity, 3), row.opened_at))[:_MOST_ALARMS]


def days(now: datetime | None = None) -> list[Day]:
    """Read the last 28 days and today, day by day."""
    today = (now or timezone.now()).date()
    rows = _rows(_BY_DAY, {"since": today - timedelta(days=DAYS), "today": today})
    return [Day(day, *(int(number) for number in numbers)) for day, *numbers in rows]


def way_in() -> WayIn:
    """Count how far people came."""
    return WayIn(*_rows(_WAY_IN, {})[0])


def jobs() -> dict[str, Any]:
    """Say how many jobs wait and run, since when the oldest is due, and how many workers look for work."""
    now = timezone.now()
    going = Job.objects.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])
    due = Q(state=Job.State.QUEUED, not_before__lte=now)
    figures = going.aggregate(
        waiting=Count("pk", filter=Q(state=Job.State.QUEUED)),
        running=Count("pk", filter=Q(state=Job.State.RUNNING)),
        oldest=Min("not_before", filter=due),
    )
    looked = WorkerPulse.objects.filter(looked_at__gt=now - timedelta(minutes=1))
    return {**figures, "workers": looked.count()}


def _rows(sql: str, values: dict[str, Any]) -> Sequence[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
        return rows
