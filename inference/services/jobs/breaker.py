"""The breaker: a system that only fails is paused, so that it costs its owner and the workers no more."""

import logging

from django.db import transaction
from django.db.models import F

from inference.models import Attempt, Job, System
from inference.services import adapters, audit, bells
from inference.services.jobs.leases import DatabaseClock

logger = logging.getLogger(__name__)
FAILED_IN_A_ROW = 5
PAUSE_CODE = "failed_in_a_row"


@transaction.atomic
def trip_if_failing(system_id: int) -> bool:
    """Pause a system whose last five jobs all failed.

    Jobs that failed by the site's own fault say nothing of the system and are passed over, as cancelled ones
    are. Workers that fail at the same moment do not see each other: then the next failure pauses it.

    Returns:
        True if this call paused it.
    """
    last_tries = Attempt.objects.filter(
        number=F("job__attempts"), job__system_id=system_id, job__state__in=[Job.State.DONE, Job.State.FAILED]
    ).exclude(fault=Attempt.Fault.PLATFORM)
    newest = last_tries.order_by("-job__ended_at", "-job_id").values_list("job__state", flat=True)
    if list(newest[:FAILED_IN_A_ROW]) != [Job.State.FAILED] * FAILED_IN_A_ROW:
        return False
    running = System.objects.filter(pk=system_id, paused_at=None)
    if not running.update(paused_at=DatabaseClock(), pause_code=PAUSE_CODE):
        return False
    audit.record(
        action="system.pause",
        target=System(pk=system_id),
        reason=f"The last {FAILED_IN_A_ROW} jobs of this system failed.",
        before={"pause_code": ""},
        after={"pause_code": PAUSE_CODE},
    )
    logger.warning("system_paused system=%s code=%s", system_id, PAUSE_CODE)
    return True


def resume(system: System) -> bool:
    """Let a paused system's jobs run again. The next failed one pauses it again, a finished one starts anew.

    Returns:
        False if it was not paused.
    """
    paused = System.objects.filter(pk=system.pk, paused_at__isnull=False)
    if not paused.update(paused_at=None, pause_code=""):
        return False
    bells.ring_on_commit([adapters.queue_of(system)])
    return True
