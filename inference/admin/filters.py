"""Filters over jobs and attempts, each of which the database answers by an index."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inference.models import Attempt, Job
from inference.selectors import failures

STRETCHES = {"10m": timedelta(minutes=10), "1h": timedelta(hours=1), "1d": timedelta(days=1)}
# Attempts are found by when they ended; how they did has no index of its own.
LATELY = timedelta(days=30)


def chosen(path: str, title: Any, choices: Any) -> type[admin.SimpleListFilter]:
    """Filter a long list by one of known values; Django would read the whole table to list them."""

    class Chosen(admin.SimpleListFilter):
        parameter_name = path

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
            return list(choices)

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            known = {str(value) for value, _label in choices}
            return queryset.filter(**{path: self.value()}) if self.value() in known else queryset

    Chosen.title = title
    return Chosen


class SinceFilter(admin.SimpleListFilter):
    """How long jobs have waited or run, or how long ago they ended."""

    title = _("since")
    parameter_name = "since"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The stretches that people ask for."""
        return [
            ("waits-10m", _("Waits for 10 minutes or more")),
            ("waits-1d", _("Waits for a day or more")),
            ("rests", _("Rests until its next try")),
            ("runs-10m", _("Runs for 10 minutes or more")),
            ("ended-1h", _("Ended within the hour")),
            ("ended-1d", _("Ended within a day")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        """The jobs of the chosen stretch."""
        kind, _dash, stretch = (self.value() or "").partition("-")
        since = timezone.now() - STRETCHES.get(stretch, timedelta())
        match kind:
            case "waits":
                return queryset.filter(state=Job.State.QUEUED, not_before__lte=since)
            case "rests":
                return queryset.filter(state=Job.State.QUEUED, not_before__gt=since)
            case "runs":
                begun = Attempt.objects.filter(
                    job__state=Job.State.RUNNING, ended_at=None, started_at__lte=since
                )
                return queryset.filter(state=Job.State.RUNNING, pk__in=begun.values("job"))
            case "ended":
                tries = Attempt.objects.filter(ended_at__gte=since)
                return queryset.filter(ended_at__gte=since, pk__in=tries.values("job"))
        return queryset


class LastTryFilter(admin.SimpleListFilter):
    """How the last try of a job ended that failed, or that waits for another one."""

    title = _("last try (failed and waiting)")
    parameter_name = "last"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The outcomes after which a job waits or has failed."""
        kinds = Attempt.Outcome
        return [
            (kind.value, kind.label)
            for kind in (kinds.TRANSIENT, kinds.PERMANENT, kinds.LOST, kinds.RELEASED)
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        """The jobs of the chosen one."""
        chosen = self.value()
        return failures.with_last_try(queryset, outcome=chosen) if chosen else queryset


class CodeFilter(admin.SimpleListFilter):
    """The code with which jobs failed."""

    title = _("code (failed and waiting)")
    parameter_name = "code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The codes of all failed jobs, with their number."""
        return [(code, f"{code}: {count}") for code, count in failures.codes() if code]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        """The jobs of the chosen one."""
        chosen = self.value()
        return failures.with_last_try(queryset, code=chosen) if chosen else queryset


class OutcomeFilter(admin.SimpleListFilter):
    """How attempts ended lately."""

    title = _("outcome (last 30 days)")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """All outcomes."""
        return list(Attempt.Outcome.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> QuerySet[Attempt]:
        """The attempts of the chosen one."""
        return queryset.filter(_lately(), outcome=self.value()) if self.value() else queryset


class FaultFilter(admin.SimpleListFilter):
    """Whose fault it was that attempts ended lately without an answer."""

    title = _("fault (last 30 days)")
    parameter_name = "fault"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """All whose fault it may be."""
        return [(fault.value, fault.label) for fault in Attempt.Fault if fault.value]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> QuerySet[Attempt]:
        """The attempts of the chosen one."""
        return queryset.filter(_lately(), fault=self.value()) if self.value() else queryset


def _lately() -> Q:
    return Q(ended_at__gte=timezone.now() - LATELY)
