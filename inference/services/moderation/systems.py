"""What is decided about systems."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext

from inference.models import Job, System
from inference.services import audit, jobs
from inference.services.moderation import held


@transaction.atomic
def pause(system: System, *, by: AbstractBaseUser | None, reason: str) -> None:
    """Let a system's jobs wait; what runs may end.

    One that was paused because it failed is a moderator's from then on: its team cannot resume it any more.

    Raises:
        Refused: `reason_needed`, `own_matter`, or `already_paused`.
    """
    held.require_no_stake(system, by)
    code = held.row(system).pause_code
    held.require(code != held.BY_MODERATOR, gettext("The system is paused already."), "already_paused")
    System.objects.filter(pk=system.pk).update(paused_at=Now(), pause_code=held.BY_MODERATOR)
    audit.record(
        action="system.pause",
        target=system,
        actor=by,
        reason=reason,
        before={"pause_code": code},
        after={"pause_code": held.BY_MODERATOR},
    )


@transaction.atomic
def resume(system: System, *, by: AbstractBaseUser | None, reason: str) -> None:
    """Let a paused system's jobs run again.

    Raises:
        Refused: `reason_needed`, `own_matter`, or `not_paused`.
    """
    held.require_no_stake(system, by)
    code = held.row(system).pause_code
    held.require(jobs.resume(system), gettext("The system is not paused."), "not_paused")
    audit.record(
        action="system.resume",
        target=system,
        actor=by,
        reason=reason,
        before={"pause_code": code},
        after={"pause_code": ""},
    )


@transaction.atomic
def retire(system: System, *, by: AbstractBaseUser | None, reason: str) -> int:
    """Retire a live system for good and cancel its waiting jobs, whose answers nobody would hear.

    Returns:
        How many jobs were cancelled.

    Raises:
        Refused: `reason_needed`, `own_matter`, or `not_live`.
    """
    held.require_no_stake(system, by)
    reason = held.reason_of(reason)
    rows = System.objects.filter(pk=system.pk, state=System.State.LIVE).update(
        state=System.State.RETIRED, retired_at=Now(), retire_reason=reason
    )
    held.require(rows, gettext("Only a live system can be retired."), "not_live")
    cancelled = held.cancel_waiting(Job.objects.filter(system=system))
    audit.record(
        action="system.retire",
        target=system,
        actor=by,
        reason=reason,
        before={"state": System.State.LIVE},
        after={"state": System.State.RETIRED, "jobs_cancelled": cancelled},
    )
    return cancelled
