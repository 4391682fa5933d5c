"""What a team's people may do about their own systems."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext

from inference.errors import Refused
from inference.models import System
from inference.selectors import owners
from inference.services import audit, jobs
from inference.services.jobs.breaker import PAUSE_CODE


@transaction.atomic
def resume(system: System, *, by: AbstractBaseUser, reason: str) -> None:
    """Let the jobs of a system run again that was paused because they failed.

    What a moderator paused, a moderator resumes.

    Raises:
        Refused: `not_yours`, `not_paused`, `paused_by_moderator`, or `reason_needed`.
    """
    if not owners.systems(by).filter(pk=system.pk).exists():
        raise Refused(gettext("This is not a system of your team."), "not_yours", status=404)
    held = System.objects.select_for_update(no_key=True).get(pk=system.pk)
    if held.paused_at is None:
        raise Refused(gettext("The system is not paused."), "not_paused", status=409)
    if held.pause_code != PAUSE_CODE:
        message = gettext("A moderator paused this system, and only a moderator can resume it.")
        raise Refused(message, "paused_by_moderator", status=409)
    jobs.resume(held)
    audit.record(
        action="system.resume",
        target=system,
        actor=by,
        reason=reason,
        before={"pause_code": held.pause_code},
        after={"pause_code": ""},
    )
