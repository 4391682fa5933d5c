"""Jobs of a submission: asked for in the transaction that queues it, again only where they failed."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now

from inference.models import Job, Prompt, Submission
from inference.services import jobs
from inference.services.submissions import drafting, moving
from inference.services.submissions.moving import Why
from inference.services.submissions.states import State

HEALTH_PROMPTS = 3
FIRST = -1
"""The priority of the prompts that are asked first, to see whether anything answers."""


def ask_for_all(submission: Submission, *, why: Why, slugs: Sequence[str] | None = None) -> None:
    """Queue a submission with a job for each prompt that it answers.

    Args:
        submission: that was looked at.
        why: what is said of it.
        slugs: the prompts; None: all that are expected.
    """
    prompts = drafting.expected(submission.system, submission.prompt_set)
    if slugs is not None:
        prompts = prompts.filter(slug__in=slugs)
    moving.move(submission, State.QUEUED, why)
    ask(submission, prompts)


def ask_for_health(submission: Submission) -> None:
    """Ask three prompts first: what does not answer these need not be asked a thousand."""
    expected = drafting.expected(submission.system, submission.prompt_set)
    showcase = submission.prompt_set.prompts.filter(split=Prompt.Split.SHOWCASE, state=Prompt.State.OK)
    chosen = list(showcase.order_by("slug")[:HEALTH_PROMPTS]) or list(expected[:HEALTH_PROMPTS])
    Submission.objects.filter(pk=submission.pk).update(
        waiting_on=Submission.WaitingOn.US,
        last_code="health_check",
        last_message="Three prompts are answered first, to see that everything works.",
    )
    submission.refresh_from_db()
    ask(submission, Prompt.objects.filter(pk__in=[prompt.pk for prompt in chosen]), priority=FIRST)


def ask(submission: Submission, prompts: QuerySet[Prompt], *, priority: int = 0) -> None:
    """Make the jobs, and take those over that an earlier submission left failed or cancelled."""
    wanted = list(prompts)
    jobs.request(systems=[submission.system], prompts=wanted, priority=priority)
    ours = Job.objects.filter(
        system=submission.system, prompt__in=[prompt.pk for prompt in wanted], replicate=1
    )
    ours.filter(Q(submission=None) | ~Q(submission=submission)).exclude(state=Job.State.DONE).update(
        submission=submission
    )
    queue_again(ours.filter(state__in=[Job.State.FAILED, Job.State.CANCELLED]))


def queue_again(ended: QuerySet[Job]) -> int:
    """Queue jobs as if they had never been tried; their attempts stay."""
    return ended.update(
        state=Job.State.QUEUED, errors=0, crashes=0, excused=0, not_before=Now(), ended_at=None
    )


def of(submission: Submission) -> QuerySet[Job]:
    """All jobs of a submission's system to its set: an answer that was accepted before counts too."""
    return Job.objects.filter(
        system=submission.system_id, prompt__prompt_set=submission.prompt_set_id, replicate=1
    )


def counts(submission: Submission) -> dict[str, int]:
    """How many of the expected prompts stand where, by the jobs' states."""
    rows = of(submission).exclude(prompt__split=Prompt.Split.SHOWCASE).values_list("state")
    found: dict[str, Any] = dict(rows.annotate(count=Count("pk")).order_by())
    return {state: int(found.get(state, 0)) for state in Job.State.values}


def cancel_open(submission: Submission) -> None:
    """End a submission's jobs that wait or run; a late result finds no lease of its own."""
    submission.jobs.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).update(
        state=Job.State.CANCELLED,
        lease_token=None,
        lease_expires_at=None,
        hard_deadline_at=None,
        ended_at=Now(),
    )
