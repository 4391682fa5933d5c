"""What people decide: a team about its own submission, and moderators about what may be judged."""

from collections.abc import Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from inference.errors import Refused
from inference.models import Bucket, Job, Submission, Team
from inference.services import audit, publishing, quotas
from inference.services.moderation import held as rules
from inference.services.submissions import advancing, asking, moving, states
from inference.services.submissions.moving import Why
from inference.services.submissions.states import State
from s2s_arena.manifest import RANKED_SHARE, REVIEWED_SHARE

BEFORE_RUNNING = (State.DRAFT, State.UPLOADING, State.VALIDATING, State.INVALID, State.QUEUED)


@transaction.atomic
def cancel(submission: Submission, *, by: AbstractBaseUser | None, code: str = "cancelled") -> Submission:
    """End a submission and its jobs; where nothing has run yet, its slot comes back.

    Raises:
        Refused: `wrong_state`.
    """
    held = moving.lock(submission)
    before = State(held.state)
    moving.move(held, State.CANCELLED, Why(code=code, by=by))
    asking.cancel_open(held)
    if before in BEFORE_RUNNING and held.round == 1:
        quotas.give_back(held, [Bucket.ACCEPTED], code="cancelled")
    return held


@transaction.atomic
def retry(submission: Submission, *, by: AbstractBaseUser) -> Submission:
    """Ask again for what failed, and for nothing else, in a new round.

    Raises:
        Refused: `wrong_state`, `already_running`, or `nothing_failed`.
    """
    held = moving.lock(submission)
    moving.require(held, State.INCOMPLETE)
    failed = asking.of(held).filter(state=Job.State.FAILED)
    if not failed.exists():
        message = gettext("Nothing failed: what is missing was never sent.")
        raise Refused(message, "wrong_state", status=409)
    moving.move(held, State.QUEUED, Why(code="retried", by=by))
    quotas.take(Bucket.RUNNING, held, now=timezone.now())
    failed.update(submission=held)
    asking.queue_again(held.jobs.filter(state=Job.State.FAILED))
    return held


@transaction.atomic
def accept_partial(submission: Submission, *, by: AbstractBaseUser) -> Submission:
    """Send what there is to review: at least 90 % of the prompts.

    Raises:
        Refused: `wrong_state`, or `coverage_too_low`.
    """
    held = moving.lock(submission)
    moving.require(held, State.INCOMPLETE)
    done = asking.counts(held)[Job.State.DONE]
    if done < REVIEWED_SHARE * held.expected:
        message = gettext("%(done)s of %(expected)s prompts are answered; %(share)s are needed.")
        numbers = {"done": f"{done:,}", "expected": f"{held.expected:,}", "share": f"{REVIEWED_SHARE:.0%}"}
        raise Refused(message % numbers, "coverage_too_low")
    advancing.to_review(held, done=done, by=by)
    return held


@transaction.atomic
def withdraw(submission: Submission, *, by: AbstractBaseUser) -> Submission:
    """Take a submission back before a moderator has decided.

    Raises:
        Refused: `wrong_state`.
    """
    held = moving.lock(submission)
    moving.move(held, State.WITHDRAWN, Why(code="withdrawn", by=by))
    return held


@transaction.atomic
def approve(submission: Submission, *, by: AbstractBaseUser, reason: str) -> None:
    """Let a system be judged: under its codename where it has one, else under its name.

    Raises:
        Refused: `reason_needed`, `own_matter`, `wrong_state`, or `live_limit`.
    """
    rules.require_no_stake(submission.system, by)
    reason = rules.reason_of(reason)
    held = moving.lock(submission)
    done = asking.counts(held)[Job.State.DONE]
    moving.move(held, State.APPROVED, Why(code="approved", message=reason, by=by))
    publishing.publish(held.system, is_partial=done < RANKED_SHARE * held.expected)
    audit.record(
        action="submission.approve",
        target=held,
        actor=by,
        reason=reason,
        before={"state": State.AWAITING_REVIEW},
        after={"state": State.APPROVED},
    )


@transaction.atomic
def reject(
    submission: Submission, *, by: AbstractBaseUser, reason: str, sentences: Sequence[str] = ()
) -> None:
    """Refuse a submission; the team reads the reason, after what `sentences` say of it in its languages.

    Raises:
        Refused: `reason_needed`, `own_matter`, or `wrong_state`.
    """
    rules.require_no_stake(submission.system, by)
    reason = rules.reason_of(reason)
    held = moving.lock(submission)
    moving.move(held, State.REJECTED, Why(code="rejected", message=" ".join([*sentences, reason]), by=by))
    audit.record(
        action="submission.reject",
        target=held,
        actor=by,
        reason=reason,
        before={"state": State.AWAITING_REVIEW},
        after={"state": State.REJECTED},
    )


@transaction.atomic
def clear(submission: Submission, *, by: AbstractBaseUser, reason: str) -> None:
    """Let submissions of this kind run here for this team, this one first.

    Raises:
        Refused: `reason_needed`, `own_matter`, or `wrong_state`.
    """
    rules.require_no_stake(submission.system, by)
    held = moving.lock(submission)
    if held.state != State.VALIDATING or held.last_code != states.CLEARANCE_NEEDED:
        raise Refused("This submission does not wait for clearance.", "wrong_state", status=409)
    team = Team.objects.select_for_update(no_key=True).get(pk=held.team_id)
    before = list(team.cleared_kinds)
    team.cleared_kinds = sorted({*before, held.kind})
    team.save(update_fields=["cleared_kinds"])
    audit.record(
        action="team.clear",
        target=team,
        actor=by,
        reason=reason,
        before={"cleared_kinds": before},
        after={"cleared_kinds": team.cleared_kinds},
    )
    asking.ask_for_health(held)
