"""The states of a submission: their order, whose move each is, what may follow, and for how long (A24)."""

from dataclasses import dataclass
from datetime import timedelta

from inference.models import Submission

State = Submission.State
Kind = Submission.Kind
WaitingOn = Submission.WaitingOn

RANKS = {
    State.DRAFT: 0,
    State.UPLOADING: 1,
    State.VALIDATING: 2,
    State.INVALID: 3,
    State.QUEUED: 4,
    State.RUNNING: 5,
    State.INCOMPLETE: 6,
    State.AWAITING_REVIEW: 7,
    State.APPROVED: 8,
    State.REJECTED: 8,
    State.FAILED: 9,
    State.CANCELLED: 9,
    State.WITHDRAWN: 9,
}
# A move to a lower rank begins another round.
MOVES = {
    State.DRAFT: {State.UPLOADING, State.VALIDATING, State.CANCELLED},
    State.UPLOADING: {State.VALIDATING, State.CANCELLED},
    State.VALIDATING: {State.INVALID, State.QUEUED, State.FAILED, State.CANCELLED},
    State.INVALID: {State.UPLOADING, State.VALIDATING, State.CANCELLED},
    State.QUEUED: {State.RUNNING, State.CANCELLED, State.FAILED},
    State.RUNNING: {State.INCOMPLETE, State.AWAITING_REVIEW, State.FAILED, State.CANCELLED},
    State.INCOMPLETE: {State.QUEUED, State.AWAITING_REVIEW, State.CANCELLED},
    State.AWAITING_REVIEW: {State.APPROVED, State.REJECTED, State.WITHDRAWN},
    **{State(state): set() for state in Submission.CLOSED},
}
# What counts as running for the team's quota.
COUNTED = (State.VALIDATING, State.QUEUED, State.RUNNING)
OPEN = tuple(state for state in MOVES if MOVES[state])

OF_YOU = {State.DRAFT, State.UPLOADING, State.INVALID, State.INCOMPLETE}
OF_MACHINE = {State.QUEUED, State.RUNNING}

CLEARANCE_NEEDED = "clearance_needed"


@dataclass(frozen=True)
class Limit:
    """How long a state may take, and when the team is told before."""

    age: timedelta
    told_before: timedelta = timedelta(0)


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LIMITS = {
    State.DRAFT: Limit(30 * DAY, told_before=3 * DAY),
    State.UPLOADING: Limit(48 * HOUR),
    State.VALIDATING: Limit(timedelta(minutes=30)),
    State.INVALID: Limit(30 * DAY, told_before=3 * DAY),
    State.QUEUED: Limit(24 * HOUR),
    State.RUNNING: Limit(72 * HOUR),
    State.INCOMPLETE: Limit(14 * DAY, told_before=3 * DAY),
    State.AWAITING_REVIEW: Limit(7 * DAY),
}
CLEARANCE = Limit(7 * DAY)
WORKER_QUEUED = Limit(14 * DAY)
FAILED_AFTER = 2 * HOUR


def waiting_on(state: State, kind: Kind) -> WaitingOn:
    """Whose move a state is."""
    if state in OF_YOU or (kind == Kind.WORKER and state in OF_MACHINE):
        return WaitingOn.YOU
    if state == State.AWAITING_REVIEW:
        return WaitingOn.REVIEWER
    return WaitingOn.US if MOVES[state] else WaitingOn.NOBODY


def limit(submission: Submission) -> Limit | None:
    """How long a submission's state may take; None: it is final."""
    if submission.state == State.VALIDATING and submission.last_code == CLEARANCE_NEEDED:
        return CLEARANCE
    if submission.kind == Kind.WORKER and submission.state == State.QUEUED:
        return WORKER_QUEUED
    return LIMITS.get(State(submission.state))


def actions(submission: Submission) -> list[str]:
    """What its team may do now."""
    state = State(submission.state)
    found = []
    if state in {State.DRAFT, State.UPLOADING, State.INVALID}:
        found.append("submit")
        if submission.kind == Kind.UPLOADED:
            found.insert(0, "upload")
    if state == State.INCOMPLETE:
        found += ["retry", "accept-partial"]
    if State.CANCELLED in MOVES[state]:
        found.append("cancel")
    if state == State.AWAITING_REVIEW:
        found.append("withdraw")
    return found
