"""Time limits: every state that waits has one, and nothing waits beyond it unnoticed (A29)."""

import logging
from datetime import datetime

from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone

from inference.errors import Refused
from inference.models import Alarm, Bucket, Fault, Membership, Submission, Upload
from inference.services import alarms, quotas
from inference.services.submissions import asking, deciding, moving, states
from inference.services.submissions.moving import Why
from inference.services.submissions.states import State, WaitingOn

logger = logging.getLogger(__name__)


def check_limits() -> int:
    """Look at all open submissions, act on those whose time is up, and return how many those were."""
    now, found = timezone.now(), 0
    for submission in Submission.objects.exclude(state__in=Submission.CLOSED).select_related(
        "team", "system"
    ):
        try:
            found += _check(submission, now=now)
        except Refused as refused:
            logger.info("limit_not_applied submission=%s code=%s", submission.pk, refused.code)
    return found


@transaction.atomic
def _check(submission: Submission, *, now: datetime) -> bool:
    limit = states.limit(submission)
    if limit is None:
        return False
    age = now - _since(submission)
    if age > limit.age:
        return _at_limit(submission, now=now)
    if limit.told_before and age > limit.age - limit.told_before and submission.told_limit_at is None:
        _tell(submission, f"It is cancelled in {limit.told_before.days} days.", now=now)
    return False


def _since(submission: Submission) -> datetime:
    """From when the time runs; an upload's from its last part."""
    last = None
    if submission.state == State.UPLOADING:
        last = submission.uploads.order_by("-last_part_at").values_list("last_part_at", flat=True).first()
    return max(last, submission.state_since) if last else submission.state_since


def _at_limit(submission: Submission, *, now: datetime) -> bool:
    state = State(submission.state)
    if submission.waiting_on == WaitingOn.YOU and state in {*states.OF_YOU, State.QUEUED}:
        deciding.cancel(submission, by=None, code="time_is_up")
        submission.uploads.filter(state=Upload.State.OPEN).update(state=Upload.State.EXPIRED)
        return True
    uncleared = submission.last_code == states.CLEARANCE_NEEDED
    if state == State.VALIDATING and not uncleared and now - submission.state_since > states.FAILED_AFTER:
        _give_up(submission)
        return True
    if state == State.RUNNING:
        held = moving.lock(submission)
        asking.cancel_open(held)
        counted = asking.counts(held)
        message = f"{counted['done']:,} of {held.expected:,} prompts were answered in three days."
        moving.move(held, State.INCOMPLETE, Why(code="time_is_up", message=message, fault=Fault.PLATFORM))
        _alarm(submission, "submission_overdue", f"Ran for three days. {message}")
        return True
    _alarm(
        submission,
        "submission_overdue",
        f"It has been {state} since {submission.state_since:%Y-%m-%d %H:%M}.",
    )
    if submission.waiting_on == WaitingOn.US:
        # A stuck one never blocks the next (A27).
        quotas.give_back(submission, [Bucket.RUNNING], code="overdue")
    if submission.told_limit_at is None:
        _tell(submission, "It takes longer than it should; we were told.", now=now)
    return True


def _give_up(submission: Submission) -> None:
    held = moving.lock(submission)
    message = "We could not look at it within two hours. That is our fault; your slot is free again."
    moving.move(held, State.FAILED, Why(code="unavailable", message=message, fault=Fault.PLATFORM))
    asking.cancel_open(held)
    quotas.give_back(held, [Bucket.ACCEPTED], code="platform")
    _alarm(submission, "submission_failed", message)


def _alarm(submission: Submission, kind: str, detail: str) -> None:
    alarms.raise_(kind, subject=f"submission:{submission.pk}", severity=Alarm.Severity.URGENT, detail=detail)


def _tell(submission: Submission, sentence: str, *, now: datetime) -> None:
    rows = Submission.objects.filter(pk=submission.pk, told_limit_at=None)
    if not rows.update(told_limit_at=now):
        return
    people = Membership.objects.filter(team=submission.team, left_at=None, person__is_active=True)
    addresses = list(people.values_list("person__email", flat=True))
    transaction.on_commit(
        lambda: send_mail(
            f"Your submission of {submission.system}",
            f"{submission.system} is {submission.get_state_display()}. {sentence}",
            None,
            addresses,
            fail_silently=True,
        )
    )
