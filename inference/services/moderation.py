"""What moderators decide about prompts, systems, jobs and responses, by conditional updates (D9, D73–D76).

A system's or a response's end also ends the ballots that hold it: `judging/services/moderation.py` calls this
module in the same transaction, and is what the admin calls.
"""

from typing import Any

from django.db import models, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext

from inference.errors import Refused
from inference.models import Attempt, Job, Prompt, PromptSet, Response, System
from inference.services import jobs

BY_MODERATOR = "moderator"


class ResponseFault(models.TextChoices):
    """Why a response does not count (M29)."""

    SILENCE = "silence", "silence"
    NOISE = "noise", "noise"
    CLIPPED = "clipped", "clipped"
    BROKEN_OFF = "broken_off", "broken off"
    WRONG_LANGUAGE = "wrong_language", "wrong language"
    IDENTITY = "identity", "says who it is"
    UNSAFE = "unsafe", "unsafe"
    PERSONAL_DATA = "personal_data", "personal data"
    WRONG_PROMPT = "wrong_prompt", "answers another prompt"


def freeze(prompt_set: PromptSet) -> None:
    """Freeze a set: no prompt is added, removed or changed from then on.

    Raises:
        Refused: `already_frozen`, or `no_prompts`.
    """
    if not prompt_set.prompts.exists():
        raise Refused(gettext("A set without prompts cannot be frozen."), "no_prompts")
    rows = PromptSet.objects.filter(pk=prompt_set.pk, frozen_at=None).update(frozen_at=Now())
    _require(rows, gettext("The set was frozen before."), "already_frozen")


@transaction.atomic
def withdraw(prompt: Prompt, *, reason: str) -> None:
    """Take a prompt out of what is drawn, for good, and cancel the jobs that wait for it; votes on it stay.

    Raises:
        Refused: `reason_needed`, or `already_withdrawn`.
    """
    reason = _reason(reason)
    rows = Prompt.objects.filter(pk=prompt.pk, state=Prompt.State.OK).update(
        state=Prompt.State.WITHDRAWN, withdrawn_reason=reason
    )
    _require(rows, gettext("The prompt was withdrawn before."), "already_withdrawn")
    _cancel_waiting(Job.objects.filter(prompt=prompt))


def pause(system: System) -> None:
    """Let a system's jobs wait; what runs may end.

    Raises:
        Refused: `already_paused`.
    """
    rows = System.objects.filter(pk=system.pk, paused_at=None).update(
        paused_at=Now(), pause_code=BY_MODERATOR
    )
    _require(rows, gettext("The system is paused already."), "already_paused")


def resume(system: System) -> None:
    """Let a paused system's jobs run again.

    Raises:
        Refused: `not_paused`.
    """
    _require(jobs.resume(system), gettext("The system is not paused."), "not_paused")


@transaction.atomic
def retire(system: System, *, reason: str) -> int:
    """Retire a live system for good and cancel its waiting jobs, whose answers nobody would hear.

    Returns:
        How many jobs were cancelled.

    Raises:
        Refused: `reason_needed`, or `not_live`.
    """
    reason = _reason(reason)
    rows = System.objects.filter(pk=system.pk, state=System.State.LIVE).update(
        state=System.State.RETIRED, retired_at=Now(), retire_reason=reason
    )
    _require(rows, gettext("Only a live system can be retired."), "not_live")
    return _cancel_waiting(Job.objects.filter(system=system))


def accept(response: Response) -> None:
    """Let a quarantined response be paired again.

    Raises:
        Refused: `not_quarantined`.
    """
    rows = _move(response, {Response.State.QUARANTINED}, state=Response.State.OK, state_code="")
    _require(rows, gettext("Only a quarantined response can be accepted."), "not_quarantined")


def quarantine(response: Response, *, fault: str) -> None:
    """Hold an ok response back until somebody decides; call the judging's service, which voids its ballots.

    Raises:
        Refused: `not_ok`.
    """
    rows = _move(response, {Response.State.OK}, state=Response.State.QUARANTINED, state_code=fault)
    _require(rows, gettext("Only a response that is ok can be quarantined."), "not_ok")


def reject(response: Response, *, fault: str) -> None:
    """Take a response out for good; call the judging's service, which voids its ballots.

    Raises:
        Refused: `already_rejected`.
    """
    allowed = {Response.State.OK, Response.State.QUARANTINED}
    rows = _move(response, allowed, state=Response.State.REJECTED, state_code=fault)
    _require(rows, gettext("The response was rejected before."), "already_rejected")


@transaction.atomic
def retry(job: Job) -> None:
    """Queue a failed job again, as if it had never been tried; its attempts stay.

    Raises:
        Refused: `not_failed`, or `not_wanted` where its system does not run or its prompt was withdrawn.
    """
    rows = Job.objects.filter(pk=job.pk, state=Job.State.FAILED).update(
        state=Job.State.QUEUED, errors=0, crashes=0, not_before=Now(), ended_at=None
    )
    _require(rows, gettext("Only a failed job can be tried again."), "not_failed")
    _require(
        jobs.still_wanted(system_id=job.system_id, prompt_id=job.prompt_id),
        gettext("Its system does not run any more, or its prompt was withdrawn: nobody would take the job."),
        "not_wanted",
    )


@transaction.atomic
def cancel(job: Job) -> None:
    """End a job that waits or runs; a result that comes later finds no lease of its own.

    Raises:
        Refused: `already_ended`.
    """
    rows = Job.objects.filter(pk=job.pk, state__in=[Job.State.QUEUED, Job.State.RUNNING]).update(
        state=Job.State.CANCELLED,
        lease_token=None,
        lease_expires_at=None,
        hard_deadline_at=None,
        ended_at=Now(),
    )
    _require(rows, gettext("The job has ended already."), "already_ended")
    Attempt.objects.filter(job=job, ended_at=None).update(
        ended_at=Now(), outcome=Attempt.Outcome.CANCELLED, code=BY_MODERATOR
    )


def _cancel_waiting(among: models.QuerySet[Job]) -> int:
    return among.filter(state=Job.State.QUEUED).update(state=Job.State.CANCELLED, ended_at=Now())


def _move(response: Response, allowed: set[Response.State], **values: Any) -> int:
    return Response.objects.filter(pk=response.pk, state__in=allowed).update(**values)


def _reason(reason: str) -> str:
    if not reason.strip():
        raise Refused(gettext("Please say why, in a sentence."), "reason_needed")
    return reason.strip()


def _require(rows: int, sentence: str, code: str) -> None:
    if not rows:
        raise Refused(sentence, code, status=409)
