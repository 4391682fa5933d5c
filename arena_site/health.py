"""Whether the arena works, as the database tells: `/health` for watching, `/health/live` for restarting.

Each check compares one figure with a limit from the settings. Strangers read states alone; the figures tell
when votes come in, which nobody may learn between two snapshots (judging J96): they are for whoever may read
the metrics.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from arena_site import monitoring
from inference.selectors import queues
from judging import selectors
from judging.models import Seal, SealedItem, Vote
from leaderboard.models import Snapshot

logger = logging.getLogger(__name__)
UNAVAILABLE = 503


@dataclass(frozen=True)
class Check:
    """One figure and its limit.

    Attributes:
        name: what is checked.
        ok: whether all is well.
        figures: what was read, and the limit.
    """

    name: str
    ok: bool
    figures: dict[str, Any]


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """Say that this process answers, whatever else may be wrong."""
    return JsonResponse({"state": "ok"})


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Say whether everything works; 503 where something does not."""
    found = list(checks())
    ok = all(check.ok for check in found)
    shown: dict[str, Any] = {check.name: _state(check.ok) for check in found}
    if monitoring.may_read(request):
        shown = {check.name: {"state": _state(check.ok), **check.figures} for check in found}
    return JsonResponse({"state": _state(ok), "checks": shown}, status=200 if ok else UNAVAILABLE)


def checks() -> Iterator[Check]:
    """Look at everything; where the database is away, that is all there is to say."""
    try:
        connection.ensure_connection()
        yield Check("database", ok=True, figures={})
        yield _migrations()
        yield from _jobs()
        yield _seal()
        yield _snapshot()
    except DatabaseError:
        logger.warning("health_unknown", exc_info=True)
        connection.close()
        yield Check("database", ok=False, figures={})


def _state(ok: bool) -> str:
    return "ok" if ok else "failing"


class _Schema:
    """Remembers that all migrations are applied: for this process's code that stays so."""

    applied = False


def _migrations() -> Check:
    missing = 0
    if not _Schema.applied:
        executor = MigrationExecutor(connection)
        missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        _Schema.applied = not missing
    return Check("migrations", ok=not missing, figures={"missing": missing})


def _jobs() -> Iterator[Check]:
    found = queues.queues()
    oldest = max((queue.oldest_due_seconds or 0.0 for queue in found), default=0.0)
    taken = max((queue.taken_at for queue in found if queue.taken_at), default=None)
    idle = (timezone.now() - taken).total_seconds() if taken else oldest
    running = sum(queue.running for queue in found)
    limit = settings.HEALTH_QUEUE_SECONDS
    # A long queue is no fault: one of which nobody takes anything is.
    stuck = oldest > limit and idle > limit and not running
    figures = {"oldest_due_seconds": round(oldest, 1), "idle_seconds": round(idle, 1), "limit_seconds": limit}
    yield Check("queue", ok=not stuck, figures={"running": running, **figures})
    late = queues.expired(longer_than=settings.HEALTH_LEASE_SECONDS)
    yield Check(
        "leases", ok=not late, figures={"expired": late, "limit_seconds": settings.HEALTH_LEASE_SECONDS}
    )
    yield from _workers()


def _workers() -> Iterator[Check]:
    pulses = queues.workers()
    limit = settings.HEALTH_WORKER_SECONDS
    moving = [one for one in pulses if not one.is_sweeper and (one.holds or one.silent_seconds <= limit)]
    expected = settings.HEALTH_WORKERS
    figures = {"moving": len(moving), "expected": expected, "limit_seconds": limit}
    yield Check("workers", ok=len(moving) >= expected, figures=figures)
    silent = min((one.silent_seconds for one in pulses if one.is_sweeper), default=None)
    limit = settings.HEALTH_SWEEPER_SECONDS
    ok = silent is not None and silent <= limit
    yield Check("sweeper", ok=ok, figures={"silent_seconds": _rounded(silent), "limit_seconds": limit})


def _seal() -> Check:
    """Look at the first vote that no seal holds."""
    newest = (
        SealedItem.objects.filter(kind=SealedItem.Kind.VOTE).order_by("-key").values_list("key", flat=True)
    )
    waiting = Vote.objects.filter(pk__gt=newest.first() or 0).order_by("pk").first()
    age = (timezone.now() - waiting.cast_at).total_seconds() if waiting else 0.0
    limit = settings.HEALTH_SEAL_SECONDS
    return Check("seal", ok=age <= limit, figures={"unsealed_seconds": round(age, 1), "limit_seconds": limit})


def _snapshot() -> Check:
    """Look at the first seal that no snapshot of any board reaches."""
    newest = Snapshot.objects.order_by("-created_at").first()
    waiting = (
        Seal.objects.filter(pk__gt=newest.seal_id).order_by("pk").first() if newest else _first_to_show()
    )
    limit = settings.SNAPSHOT_SECONDS + settings.HEALTH_SNAPSHOT_SECONDS
    seconds = 0.0
    if waiting:
        since = max(waiting.at, newest.created_at) if newest else waiting.at
        seconds = (timezone.now() - since).total_seconds()
    figures = {"waiting_seconds": round(seconds, 1), "limit_seconds": limit}
    return Check("snapshot", ok=waiting is None or seconds <= limit, figures=figures)


def _first_to_show() -> Seal | None:
    """Find the first seal with a vote that counts: of trainings alone no board is made."""
    last = Seal.objects.order_by("pk").last()
    if last is None:
        return None
    batches = selectors.counted(last).values("vote__ballot__batch__closing")
    return (
        Seal.objects.filter(sealed_items__kind=SealedItem.Kind.CLOSING, sealed_items__key__in=batches)
        .order_by("pk")
        .first()
    )


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
