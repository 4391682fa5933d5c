"""Which jobs failed and with what: once for each system and code, told by the last try of each job."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet

from inference.models import Attempt, Job, System

MOST_CODES = 50


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A system's jobs whose last try ended with one code.

    Attributes:
        last: the newest of these tries; its message and stage stand for the others.
        ended_at: when that was.
        next_at: when the first of the jobs may be tried again, if they wait.
    """

    system_id: int
    code: str
    fault: str
    jobs: int
    last: Attempt
    ended_at: datetime
    next_at: datetime


def last_attempts() -> QuerySet[Attempt]:
    """The last try of each job that was tried."""
    return Attempt.objects.filter(number=F("job__attempts"))


def failed_with(system: System, *, code: str) -> QuerySet[Job]:
    """The system's failed jobs whose last try ended with this code."""
    last = last_attempts().filter(code=code, job__system=system, job__state=Job.State.FAILED)
    return Job.objects.filter(system=system, state=Job.State.FAILED, pk__in=last.values("job"))


def with_last_try(jobs: QuerySet[Job], **last: str) -> QuerySet[Job]:
    """Those of the failed and of the waiting jobs whose last try was like that."""
    tries = Attempt.objects.filter(job=OuterRef("pk"), number=OuterRef("attempts"), **last)
    # Said apart, so that each has its index; all others are too many to look at.
    return jobs.filter(Q(state=Job.State.FAILED) | Q(state=Job.State.QUEUED)).filter(Exists(tries))


def codes() -> list[tuple[str, int]]:
    """How many jobs failed with which code; what is most frequent comes first."""
    failed = last_attempts().filter(job__state=Job.State.FAILED).values_list("code")
    return list(failed.annotate(jobs=Count("pk")).order_by("-jobs", "code")[:MOST_CODES])


def by_code(systems: Iterable[System]) -> list[Failed]:
    """Count the failed jobs of the systems; of each system, what failed most comes first."""
    return _grouped(systems, Job.State.FAILED)


def waiting_again(systems: Iterable[System]) -> list[Failed]:
    """Count the queued jobs of the systems that were tried before and wait for their next try."""
    return [group for group in _grouped(systems, Job.State.QUEUED) if group.code]


def _grouped(systems: Iterable[System], state: Job.State) -> list[Failed]:
    tries = last_attempts().filter(job__state=state, job__system__in=list(systems))
    groups = (
        tries.values("job__system_id", "code", "fault")
        .annotate(jobs=Count("pk"), newest=Max("pk"), next_at=Min("job__not_before"))
        .order_by("job__system_id", "-jobs", "code", "fault")
    )
    rows = list(groups)
    newest = Attempt.objects.in_bulk([row["newest"] for row in rows])
    return [
        Failed(
            system_id=row["job__system_id"],
            code=row["code"],
            fault=row["fault"],
            jobs=row["jobs"],
            next_at=row["next_at"],
            last=newest[row["newest"]],
            ended_at=newest[row["newest"]].ended_at or newest[row["newest"]].started_at,
        )
        for row in rows
    ]
