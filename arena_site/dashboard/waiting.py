"""What waits for a person: one line a queue (M9, M16)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inference.admin.base import list_address
from inference.models import Response, SecurityEvent, Submission
from judging.models import ExclusionProposal, LeaveRequest, Pause, Report
from judging.services.report_queue import URGENT

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

OTHERS = tuple(kind for kind in Report.Kind.values if kind not in (*URGENT, Report.Kind.APPEAL))
WAITS = Q(state__in=[Report.State.OPEN, Report.State.CLAIMED])


class Queue(NamedTuple):
    """A line of the dashboard.

    Attributes:
        label: what it is called.
        address: its list.
        number: how many wait.
        oldest: since when the first waits; None: none does.
        promise: within what time a person looks.
    """

    label: "StrOrPromise"
    address: str
    number: int
    oldest: datetime | None
    promise: timedelta

    @property
    def is_late(self) -> bool:
        """Whether the promise is broken."""
        return self.oldest is not None and self.oldest + self.promise < timezone.now()


def queues() -> list[Queue]:
    """Read all queues, the one whose oldest item waits longest first: seven queries."""
    found = [*_reports(), *_others()]
    never = timezone.now() + timedelta(days=1)
    return sorted(found, key=lambda queue: (not queue.number, queue.oldest or never))


def _reports() -> list[Queue]:
    appeal, urgent = Q(kind=Report.Kind.APPEAL), Q(kind__in=URGENT)
    kinds = {"urgent": urgent, "others": ~urgent & ~appeal, "appeals": appeal}
    figures: dict[str, Any] = {}
    for name, kind in kinds.items():
        figures[f"{name}_number"] = Count("pk", filter=kind)
        figures[f"{name}_oldest"] = Min("created_at", filter=kind)
    row = Report.objects.filter(WAITS).aggregate(**figures)
    day = timedelta(days=1)

    def queue(name: str, label: "StrOrPromise", days: int, **filters: str) -> Queue:
        address = list_address(Report, state__in="open,claimed", **filters)
        return Queue(label, address, row[f"{name}_number"], row[f"{name}_oldest"], days * day)

    return [
        queue("urgent", _("Urgent reports"), 1, kind__in=",".join(URGENT)),
        queue("others", _("Reports"), 3, kind__in=",".join(OTHERS)),
        queue("appeals", _("Appeals"), 3, kind__exact=Report.Kind.APPEAL),
    ]


def _others() -> list[Queue]:
    pauses = Pause.objects.filter(ended_at=None)
    return [
        _queue(
            _("Held responses"),
            Response.objects.filter(state=Response.State.QUARANTINED),
            "created_at",
            2,
            {"state__exact": "quarantined"},
        ),
        _queue(
            _("Submissions"),
            Submission.objects.filter(waiting_on=Submission.WaitingOn.REVIEWER),
            "created_at",
            2,
            {"waiting_on__exact": "reviewer"},
        ),
        _queue(
            _("Proposed exclusions"),
            ExclusionProposal.objects.filter(state=ExclusionProposal.State.OPEN),
            "created_at",
            3,
            {"state__exact": "open"},
        ),
        _queue(_("Paused annotators"), pauses, "begun_at", 2, {"ended_at__isnull": "True"}),
        _queue(
            _("Leaving"),
            LeaveRequest.objects.filter(state=LeaveRequest.State.OPEN),
            "asked_at",
            7,
            {"state__exact": "open"},
        ),
        _queue(
            _("Security"),
            SecurityEvent.objects.filter(handled_at=None),
            "at",
            1,
            {"handled_at__isnull": "True"},
        ),
    ]


def _queue(
    label: "StrOrPromise", rows: QuerySet[Any], since: str, days: int, filters: Mapping[str, str]
) -> Queue:
    row = rows.aggregate(number=Count("pk"), oldest=Min(since))
    address = list_address(rows.model, **filters)
    return Queue(label, address, row["number"], row["oldest"], timedelta(days=days))
