"""One move: a conditional update, its event, what it gives back, and who is told, all in one transaction."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils.translation import gettext

from inference import context
from inference.errors import Refused
from inference.models import Bucket, Fault, Submission, SubmissionEvent
from inference.services import alarms, quotas, webhooks
from inference.services.submissions import states
from inference.services.submissions.states import State, WaitingOn

LONGEST = 1000


@dataclass(frozen=True, kw_only=True)
class Why:
    """What a move is told with.

    Attributes:
        code: a stable slug.
        message: one sentence for the team.
        fault: whose doing it is.
        by: who did it; None: the site.
    """

    code: str
    message: str = ""
    fault: Fault = Fault.NONE
    by: AbstractBaseUser | None = None


def lock(submission: Submission) -> Submission:
    """Read a submission anew and keep it as it is until the transaction ends; the account comes first."""
    quotas.hold(submission.team)
    rows = Submission.objects.select_related("system__model", "team", "prompt_set")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=submission.pk)


def require(submission: Submission, *allowed: State) -> None:
    """Pass a submission that is in one of these states.

    Raises:
        Refused: `wrong_state`.
    """
    if submission.state not in allowed:
        raise _wrong(submission)


def move(submission: Submission, to: State, why: Why, **fields: Any) -> None:
    """Move a submission on; it is changed in place.

    Args:
        submission: as it was read.
        to: a state that may follow.
        why: what is said of it.
        fields: further columns that change with it.

    Raises:
        Refused: `wrong_state`, also where somebody else moved it meanwhile.
        TransactionManagementError: there is no transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A move is made with what it follows from.")
    before = State(submission.state)
    if to not in states.MOVES[before]:
        raise _wrong(submission)
    later = submission.round + (states.RANKS[to] <= states.RANKS[before])
    values = {
        "state": to,
        "round": later,
        "waiting_on": states.waiting_on(to, Submission.Kind(submission.kind)),
        "last_code": why.code,
        "last_message": why.message[:LONGEST],
        "last_fault": why.fault,
        "told_limit_at": None,
        **fields,
    }
    rows = Submission.objects.filter(pk=submission.pk, state=before, round=submission.round)
    if not rows.update(**values, state_since=Now()):
        submission.refresh_from_db()
        raise _wrong(submission)
    for name, value in values.items():
        setattr(submission, name, value)
    submission.refresh_from_db(fields=["state_since"])
    _follow(submission, note(submission, before, why), left=before)


def note(submission: Submission, before: State | None, why: Why) -> SubmissionEvent:
    """Write the event of a submission's present state."""
    last = submission.events.aggregate(Max("number"))["number__max"] or 0
    return SubmissionEvent.objects.create(
        submission=submission,
        number=last + 1,
        round=submission.round,
        from_state=before or "",
        to_state=submission.state,
        rank=states.RANKS[State(submission.state)],
        code=why.code,
        message=why.message[:LONGEST],
        fault=why.fault,
        actor_id=why.by.pk if why.by else None,
        request_id=context.request_id(),
    )


def as_told(submission: Submission) -> dict[str, Any]:
    """What a webhook says of a submission."""
    return {
        "submission": {
            "id": str(submission.public_id),
            "system": submission.system.slug,
            "state": str(submission.state),
            "round": submission.round,
            "waiting_on": str(submission.waiting_on),
            "code": submission.last_code,
            "sentence": submission.last_message,
        }
    }


def _follow(submission: Submission, event: SubmissionEvent, *, left: State) -> None:
    if left in states.COUNTED and submission.state not in states.COUNTED:
        quotas.give_back(submission, [Bucket.RUNNING], code=str(submission.state))
    for kind in ("submission_overdue", "submission_waits"):
        alarms.close(kind, subject=f"submission:{submission.pk}", reason=f"It is {submission.state}.")
    key, body = f"submission:{submission.pk}:{event.number}", as_told(submission)
    webhooks.tell(submission.team, "submission.state_changed", key=key, body=body)
    if submission.waiting_on == WaitingOn.YOU:
        webhooks.tell(submission.team, "submission.needs_you", key=f"{key}:you", body=body)


def _wrong(submission: Submission) -> Refused:
    possible = states.actions(submission)
    message = gettext("This is not possible now; the submission's state is: %s.")
    return Refused(
        message % submission.get_state_display(),
        "wrong_state",
        status=409,
        more={"state": str(submission.state), "possible": possible},
    )
