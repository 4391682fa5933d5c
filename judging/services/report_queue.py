"""The moderators' queue of reports: who takes which, and how it ends (M16–M18, M26).

Reports of one kind about one target are one item: settling one settles all.
"""

from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext

from inference.errors import Refused
from inference.models import Membership
from inference.services import audit
from inference.services.moderation import ResponseFault
from judging.models import Report

State = Report.State
# So long an item is its claimer's alone. Source: M18.
CLAIM = timedelta(hours=24)
URGENT = (Report.Kind.UNSAFE, Report.Kind.PERSONAL_DATA, Report.Kind.SAYS_NAME)
NOTHING_WRONG = "nothing_wrong"


def waiting(by: AbstractBaseUser) -> QuerySet[Report]:
    """The reports that this person may take: those that nobody else holds, and never their own matter."""
    teams = Membership.objects.filter(person=by.pk).values("team")
    own = (
        Q(reporter=by.pk)
        | Q(annotator__user=by.pk)
        | Q(response__system__model__team__in=teams)
        | Q(system__model__team__in=teams)
    )
    free = Q(state=State.OPEN) | Q(state=State.CLAIMED, claimed_at__lt=Now() - CLAIM)
    mine = Q(state=State.CLAIMED, claimed_by=by.pk)
    # By keys: a team that is null would make "not own" unknown, and so hide most reports.
    return Report.objects.filter(free | mine).exclude(pk__in=Report.objects.filter(own).values("pk"))


@transaction.atomic
def claim_next(by: AbstractBaseUser) -> Report | None:
    """Take the first report for a day: one held already, else the urgent, else the oldest; None: none."""
    order = waiting(by).select_for_update(skip_locked=True, of=("self",))
    own = order.filter(state=State.CLAIMED, claimed_by=by.pk).order_by("claimed_at")
    urgent = order.filter(kind__in=URGENT).order_by("created_at")
    found = own.first() or urgent.first() or order.order_by("created_at").first()
    if found is None:
        return None
    alike(found).update(state=State.CLAIMED, claimed_by=by.pk, claimed_at=Now())
    found.refresh_from_db()
    return found


def release(report: Report, *, by: AbstractBaseUser) -> None:
    """Give a claimed report, and those about the same, back to the queue."""
    held = alike(report).filter(state=State.CLAIMED, claimed_by=by.pk)
    held.update(state=State.OPEN, claimed_by=None, claimed_at=None)


def settle(report: Report, *, decision: str, by: AbstractBaseUser, reason: str) -> int:
    """Say that it is so, and which fault it is (M29); return how many reports that settles.

    Raises:
        Refused: `reason_needed`, `fault_unknown`, `own_matter` (403), or `already_decided` (409).
    """
    if decision not in ResponseFault.values:
        raise Refused(gettext("Please choose what is wrong."), "fault_unknown")
    return _end(report, State.SETTLED, decision=decision, by=by, reason=reason)


def dismiss(report: Report, *, by: AbstractBaseUser, reason: str) -> int:
    """Say that nothing is wrong; return how many reports that ends.

    Raises:
        Refused: as `settle`.
    """
    return _end(report, State.DISMISSED, decision=NOTHING_WRONG, by=by, reason=reason)


def alike(report: Report) -> QuerySet[Report]:
    """The open reports of the same kind about the same target."""
    targets = ("response", "prompt", "system", "annotator")
    same = {f"{name}_id": getattr(report, f"{name}_id") for name in targets}
    if not any(same.values()):
        same = {"ballot_id": report.ballot_id}
    return Report.objects.filter(kind=report.kind, state__in=[State.OPEN, State.CLAIMED], **same)


@transaction.atomic
def _end(report: Report, state: State, *, decision: str, by: AbstractBaseUser, reason: str) -> int:
    if not reason.strip():
        raise Refused(gettext("Please say why, in a sentence."), "reason_needed")
    row = Report.objects.select_for_update().get(pk=report.pk)
    if row.state not in (State.OPEN, State.CLAIMED):
        raise Refused(gettext("This was decided before."), "already_decided", status=409)
    if not waiting(by).filter(pk=row.pk).exists():
        raise Refused(gettext("This is your own matter, or somebody else has it."), "own_matter", status=403)
    ended = alike(row).update(
        state=state,
        decision=decision,
        decision_reason=reason.strip(),
        settled_by=by.pk,
        settled_at=Now(),
    )
    audit.record(
        action="report.settle" if state == State.SETTLED else "report.dismiss",
        target=row,
        actor=by,
        reason=reason,
        before={"state": row.state},
        after={"state": state, "decision": decision, "reports": ended},
    )
    return ended
