"""`/metrics`: figures for Prometheus, read from the database when asked, each by an index or an estimate."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from arena_site import health, monitoring
from arena_site.backups import history
from inference.selectors import queues
from judging.models import Ballot, Seal, Vote

HOUR = timedelta(hours=1)
# Exact counts of these would read them whole; their statistics are good enough to see them grow.
TABLES = ("inference_job", "inference_attempt", "inference_response", "judging_ballot", "judging_vote")
ESTIMATES = "SELECT relname, greatest(reltuples, 0) FROM pg_class WHERE relname = ANY(%s) AND relkind = 'r'"


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer in Prometheus' text format."""
    if not monitoring.may_read(request):
        return HttpResponseForbidden(
            "METRICS_TOKEN is needed; see docs/operations.md.\n", content_type="text/plain"
        )
    registry = CollectorRegistry()
    registry.register(_Arena())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


class _Arena(Collector):
    """Reads everything once for each answer."""

    def describe(self) -> list[Metric]:
        """Name nothing beforehand, so that registering reads nothing."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Give every figure; where the database is away, only that."""
        found = list(health.checks())
        states = GaugeMetricFamily(
            "arena_check_ok", "1 where this check of /health is well.", labels=["check"]
        )
        for check in found:
            states.add_metric([check.name], float(check.ok))
        yield states
        if found[0].ok:
            yield from _queues()
            yield from _attempts()
            yield from _workers()
            yield from _judging()
            yield from _backups()
            yield from _sizes()


def _queues() -> Iterator[Metric]:
    jobs = GaugeMetricFamily(
        "arena_jobs", "Jobs that did not end well, or not yet.", labels=["system", "state"]
    )
    oldest = GaugeMetricFamily(
        "arena_queue_oldest_due_seconds", "How long the first due job has waited.", labels=["system"]
    )
    paused = GaugeMetricFamily(
        "arena_system_paused", "1 while a system's jobs wait, by who paused it.", labels=["system", "code"]
    )
    for queue in queues.queues():
        for state, count in (("queued", queue.waiting), ("running", queue.running), ("failed", queue.failed)):
            jobs.add_metric([queue.slug, state], count)
        if queue.oldest_due_seconds is not None:
            oldest.add_metric([queue.slug], queue.oldest_due_seconds)
        if queue.paused_at:
            paused.add_metric([queue.slug, queue.pause_code], 1)
    yield from (jobs, oldest, paused)
    yield GaugeMetricFamily(
        "arena_leases_expired", "Running jobs whose lease ran out.", value=float(queues.expired())
    )


def _attempts() -> Iterator[Metric]:
    ended = GaugeMetricFamily(
        "arena_attempts_ended_last_hour",
        "Attempts that ended within the last hour.",
        labels=["outcome", "fault"],
    )
    for (outcome, fault), count in sorted(queues.ended(HOUR).items()):
        ended.add_metric([outcome, fault or "none"], count)
    yield ended


def _workers() -> Iterator[Metric]:
    silent = GaugeMetricFamily(
        "arena_worker_silent_seconds", "Since a slot last looked for work.", labels=["worker", "queue"]
    )
    holds = GaugeMetricFamily("arena_worker_jobs", "Jobs that a slot works on.", labels=["worker", "queue"])
    for worker in queues.workers():
        silent.add_metric([worker.name, worker.queue], worker.silent_seconds)
        holds.add_metric([worker.name, worker.queue], worker.holds)
    yield from (silent, holds)


def _judging() -> Iterator[Metric]:
    now = timezone.now()
    yield GaugeMetricFamily(
        "arena_votes_last_hour",
        "Votes that were cast within the last hour.",
        value=float(Vote.objects.filter(cast_at__gte=now - HOUR).count()),
    )
    yield GaugeMetricFamily(
        "arena_ballots_open",
        "Ballots that somebody was given and may still cast.",
        value=float(Ballot.objects.filter(state__in=["issued", "opened"], expires_at__gt=now).count()),
    )
    if seal := Seal.objects.order_by("-number").first():
        age = (now - seal.at).total_seconds()
        yield GaugeMetricFamily("arena_seal_age_seconds", "Since the last seal.", value=age)
        yield GaugeMetricFamily("arena_seals", "The number of the last seal.", value=float(seal.number))


def _backups() -> Iterator[Metric]:
    now, last = timezone.now(), history.last()
    for name, what, at in (
        ("arena_backup_age_seconds", "Since the last complete backup; absent before the first.", last.made),
        ("arena_drill_age_seconds", "Since a backup was last brought back and proven.", last.tried),
    ):
        if at:
            yield GaugeMetricFamily(name, what, value=(now - at).total_seconds())


def _sizes() -> Iterator[Metric]:
    sizes = GaugeMetricFamily("arena_rows_estimated", "About how many rows a table has.", labels=["table"])
    with connection.cursor() as cursor:
        cursor.execute(ESTIMATES, [list(TABLES)])
        for table, rows in sorted(cursor.fetchall()):
            sizes.add_metric([table], rows)
    yield sizes
