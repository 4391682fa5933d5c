"""What is decided about jobs."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, models, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext

from inference.models import Attempt, Job, Prompt, System
from inference.selectors import failures
from inference.services import adapters, audit, bells, jobs
from inference.services.moderation import held


@transaction.atomic
def retry(job: Job, *, by: AbstractBaseUser | None, reason: str) -> None:
    """Queue a failed job again, as if it had never been tried; its attempts stay.

    Raises:
        Refused: `reason_needed`, `own_matter`, `not_failed`, or `not_wanted` where its system does not run
            or its prompt was withdrawn.
    """
    held.require_no_stake(job.system, by)
    before = held.row(job)
    allowed = before.state == Job.State.FAILED
    held.require(allowed, gettext("Only a failed job can be tried again."), "not_failed")
    held.require(
        jobs.still_wanted(system_id=job.system_id, prompt_id=job.prompt_id),
        gettext("Its system does not run any more, or its prompt was withdrawn: nobody would take the job."),
        "not_wanted",
    )
    _queue_again(Job.objects.filter(pk=job.pk))
    audit.record(
        action="job.retry",
        target=job,
        actor=by,
        reason=reason,
        before={"state": before.state, "errors": before.errors, "crashes": before.crashes},
        after={"state": Job.State.QUEUED, "errors": 0, "crashes": 0},
    )
    _ring(job.system)


@transaction.atomic
def retry_failed(system: System, *, code: str, by: AbstractBaseUser | None, reason: str) -> int:
    """Queue all of a system's failed jobs again whose last try ended with this code.

    Returns:
        How many there were. Those whose prompt was withdrawn stay failed.

    Raises:
        Refused: `reason_needed`, `own_matter`, `nothing_failed`, or `not_wanted` where the system does not
            run.
    """
    held.require_no_stake(system, by)
    failed = failures.failed_with(system, code=code).order_by("pk").values_list("pk", "prompt_id")
    found = dict(failed.select_for_update(of=("self",), no_key=True))
    drawn = _still_drawn(system, set(found.values()))
    again = [job for job, prompt in found.items() if prompt in drawn]
    held.require(again, gettext("No failed job of this system ended with that code."), "nothing_failed")
    _queue_again(Job.objects.filter(pk__in=again))
    audit.record(
        action="system.retry_failed",
        target=system,
        actor=by,
        reason=reason,
        before={"code": code, "failed": len(found)},
        after={"queued": len(again)},
    )
    _ring(system)
    return len(again)


@transaction.atomic
def cancel(job: Job, *, by: AbstractBaseUser | None, reason: str) -> None:
    """End a job that waits or runs; a result that comes later finds no lease of its own.

    Raises:
        Refused: `reason_needed`, `own_matter`, or `already_ended`.
    """
    held.require_no_stake(job.system, by)
    before = held.row(job)
    allowed = before.state in {Job.State.QUEUED, Job.State.RUNNING}
    held.require(allowed, gettext("The job has ended already."), "already_ended")
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.CANCELLED,
        lease_token=None,
        lease_expires_at=None,
        hard_deadline_at=None,
        ended_at=Now(),
    )
    Attempt.objects.filter(job=job, ended_at=None).update(
        ended_at=Now(), outcome=Attempt.Outcome.CANCELLED, code=held.BY_MODERATOR
    )
    audit.record(
        action="job.cancel",
        target=job,
        actor=by,
        reason=reason,
        before={"state": before.state},
        after={"state": Job.State.CANCELLED},
    )


def _queue_again(failed: models.QuerySet[Job]) -> None:
    failed.update(state=Job.State.QUEUED, errors=0, crashes=0, excused=0, not_before=Now(), ended_at=None)


# Shared locks, so that retries of one system never wait for each other in a circle (see jobs/asking.py).
HOLD_SYSTEM = "SELECT state FROM inference_system WHERE id = %s FOR SHARE"
HOLD_PROMPTS = "SELECT id FROM inference_prompt WHERE id = ANY(%s) AND state = %s ORDER BY id FOR SHARE"


def _still_drawn(system: System, prompts: set[int]) -> set[int]:
    """Which of the prompts are still drawn, which stays so until the transaction ends; the system runs."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD_SYSTEM, [system.pk])
        runs = cursor.fetchone()[0] in jobs.RUNNABLE
        held.require(runs, gettext("The system does not run any more."), "not_wanted")
        cursor.execute(HOLD_PROMPTS, [list(prompts), str(Prompt.State.OK)])
        return {prompt for (prompt,) in cursor.fetchall()}


def _ring(system: System) -> None:
    bells.ring_on_commit([adapters.queue_of(system)])
