"""When a rule's rate jumps, when its checker is broken, when it stands still (J130, M40)."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from inference.models import Alarm
from inference.services import alarms
from judging.models import ExclusionRule, RuleRun, VoteExclusion
from judging.services.rules import facts
from judging.services.rules.facts import Window

JUMP: Final = "rule_jump"
BROKEN: Final = "rule_broken"
LATE: Final = "rule_late"
TOO_MANY: Final = "rules_exclude_much"
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
USUAL_OVER: Final = timedelta(days=28)
BROKEN_FOR: Final = timedelta(minutes=10)
# Source: J130.
FEWEST: Final = 10
TIMES: Final = 3.0
POINTS: Final = 0.05
ALL_RULES: Final = 0.1


class Rate(NamedTuple):
    """So many matched of so many examined."""

    matched: int
    examined: int

    @property
    def share(self) -> float:
        """The share; matches where nothing was examined are all there is."""
        return self.matched / self.examined if self.examined else float(self.matched > 0)


def rate(rule: ExclusionRule, *, since: datetime, until: datetime) -> Rate:
    """Sum up a rule's runs within a time."""
    runs = RuleRun.objects.filter(rule=rule, at__gt=since, at__lte=until)
    sums = runs.aggregate(matched=Coalesce(Sum("matched"), 0), examined=Coalesce(Sum("examined"), 0))
    return Rate(sums["matched"], sums["examined"])


def has_jumped(now: Rate, *, usual: Rate) -> bool:
    """Say whether an hour's rate is out of the ordinary of 28 days."""
    mean = usual.share if usual.examined else 0.0
    return now.matched >= FEWEST and (now.share > TIMES * mean or now.share > mean + POINTS)


def watch(rule: ExclusionRule, run: RuleRun) -> None:
    """Open or close the alarms of a rule that has just run."""
    subject, now = f"rule:{rule.slug}", timezone.now()
    if run.error:
        _note_broken(rule, run, subject)
        return
    alarms.close(BROKEN, subject=subject, reason="The checker answers again.")
    alarms.close(LATE, subject=subject, reason="The rule ran.")
    hour = rate(rule, since=now - HOUR, until=now)
    usual = rate(rule, since=now - USUAL_OVER, until=now - HOUR)
    if has_jumped(hour, usual=usual):
        _raise(
            JUMP,
            subject,
            f"{hour.matched} of {hour.examined} votes in an hour; usual {usual.share:.2%}. Run {run.pk}.",
        )


def watch_all(*, slugs: list[str]) -> None:
    """Open the alarms that no run opens: rules that stand still, and a day with many exclusions."""
    now = timezone.now()
    rules = ExclusionRule.objects.filter(active=True, slug__in=slugs).exclude(mode=ExclusionRule.Mode.BY_HAND)
    for rule in rules:
        last = RuleRun.objects.filter(rule=rule).first()
        if (last.at if last else rule.mode_since) < now - 2 * rule.period:
            _raise(LATE, f"rule:{rule.slug}", "It has not run for two of its periods.")
    votes = facts.examined(Window(now - DAY, now))
    out = VoteExclusion.objects.filter(
        lift=None, vote__ballot__batch__closing__at__gt=now - DAY, run__isnull=False
    )
    excluded = out.values("vote").distinct().count()
    if excluded >= FEWEST and excluded > ALL_RULES * votes:
        _raise(TOO_MANY, "rules", f"{excluded} of {votes} votes of the last day are excluded by rules.")


def _note_broken(rule: ExclusionRule, run: RuleRun, subject: str) -> None:
    """Alarm at once where the rule fails closed, otherwise when it has failed for ten minutes."""
    if rule.fails == ExclusionRule.Fails.CLOSED_FLAG:
        _raise(BROKEN, subject, run.error, severity=Alarm.Severity.URGENT)
        return
    good = RuleRun.objects.filter(rule=rule, error="").first()
    failed = RuleRun.objects.filter(rule=rule).exclude(error="")
    since = failed.filter(at__gt=good.at).last() if good else failed.last()
    if since and since.at <= timezone.now() - BROKEN_FOR:
        _raise(BROKEN, subject, run.error)


def _raise(
    kind: str, subject: str, detail: str, *, severity: Alarm.Severity = Alarm.Severity.WARNING
) -> None:
    alarms.raise_(kind, subject=subject, severity=severity, detail=detail)
