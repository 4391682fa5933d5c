"""What is under way is looked at again and again: jobs end by themselves, and their submission follows."""

import logging

from django.db import transaction

from inference.errors import Refused
from inference.models import Attempt, Bucket, Fault, Job, Submission
from inference.selectors import failures
from inference.services import quotas
from inference.services.submissions import asking, moving, states, submitting
from inference.services.submissions.moving import Why
from inference.services.submissions.states import State
from s2s_arena.manifest import RANKED_SHARE, REVIEWED_SHARE

logger = logging.getLogger(__name__)
UNDER_WAY = (State.VALIDATING, State.QUEUED, State.RUNNING)


def advance_all() -> int:
    """Move on every submission whose jobs have got further; return how many moved."""
    moved = 0
    for submission in Submission.objects.filter(state__in=UNDER_WAY).order_by("pk"):
        try:
            moved += advance(submission)
        except Refused as refused:
            # Somebody else moved it, or cancelled it, meanwhile.
            logger.info("submission_not_advanced submission=%s code=%s", submission.pk, refused.code)
    return moved


@transaction.atomic
def advance(submission: Submission) -> bool:
    """Move a submission on where its jobs have got further; True: it moved."""
    if submission.state == State.VALIDATING:
        return _after_health(submission)
    counted = asking.counts(submission)
    waiting, ended = counted[Job.State.QUEUED], counted[Job.State.DONE] + counted[Job.State.FAILED]
    begun = ended + counted[Job.State.RUNNING]
    moved = submission.state == State.QUEUED and begun > 0
    if submission.state == State.QUEUED:
        if not begun:
            return False
        held = moving.lock(submission)
        moving.require(held, State.QUEUED)
        moving.move(held, State.RUNNING, Why(code="begun"))
        submission = held
    if waiting or counted[Job.State.RUNNING]:
        return moved
    return _end(moving.lock(submission), counted)


def _end(submission: Submission, counted: dict[str, int]) -> bool:
    moving.require(submission, State.RUNNING)
    done, failed = counted[Job.State.DONE], counted[Job.State.FAILED]
    share = done / submission.expected if submission.expected else 0.0
    complete = done >= submission.expected
    if complete or (submission.is_partial and not failed and share >= REVIEWED_SHARE):
        to_review(submission, done=done, by=None)
        return True
    said = f"{done:,} of {submission.expected:,} prompts are answered"
    codes = failures.by_code([submission.system])
    if codes:
        said += "; " + ", ".join(f"{group.jobs:,} failed: {group.code}" for group in codes)
    code = codes[0].code if codes else "coverage_too_low"
    fault = Fault(codes[0].fault) if codes and codes[0].fault in Fault.values else Fault.SUBMITTER
    moving.move(submission, State.INCOMPLETE, Why(code=code, message=f"{said}.", fault=fault))
    return True


def to_review(submission: Submission, *, done: int, by: object) -> None:
    """Hand a submission to the moderators, with what it covers."""
    share = done / submission.expected if submission.expected else 0.0
    kind = "can be ranked" if share >= RANKED_SHARE else "is listed as partial"
    message = (
        f"{done:,} of {submission.expected:,} prompts are answered; it {kind} once a moderator approves it."
    )
    why = Why(code="answered", message=message, by=by)  # type: ignore[arg-type]  # a person or None
    moving.move(submission, State.AWAITING_REVIEW, why)


def _after_health(submission: Submission) -> bool:
    """Queue the rest once the first prompts were answered, or send it back with what they said."""
    if submission.kind not in submitting.REVIEWED_KINDS or submission.last_code == states.CLEARANCE_NEEDED:
        return False
    first = list(submission.jobs.values_list("pk", "state"))
    if not first or any(state in {Job.State.QUEUED, Job.State.RUNNING} for _, state in first):
        return False
    held = moving.lock(submission)
    moving.require(held, State.VALIDATING)
    failed = [job for job, state in first if state != Job.State.DONE]
    if not failed:
        asking.ask_for_all(held, why=Why(code="healthy", message="The first prompts were answered."))
        return True
    last = Attempt.objects.filter(job__in=failed).order_by("-pk").first()
    _not_healthy(held, last)
    return True


def _not_healthy(submission: Submission, last: Attempt | None) -> None:
    said = last.message if last else "The first prompts were not answered."
    if last and last.fault == Fault.PLATFORM:
        moving.move(submission, State.FAILED, Why(code="internal", message=said, fault=Fault.PLATFORM))
        quotas.give_back(submission, [Bucket.ACCEPTED], code="platform")
        return
    problem = {
        "code": last.code if last else "health_check_failed",
        "count": 1,
        "prompts": [],
        "fault": str(last.fault) if last and last.fault else "submitter",
        "detail": said,
        "fix": "Mend what is said, then submit again.",
    }
    submitting.make_invalid(submission, [problem])
