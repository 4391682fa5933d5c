"""Runs: a rule's checker is asked, and what is new is counted, proposed or excluded, by the rule's mode."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from judging.models import ExclusionProposal, ExclusionRule, RuleRun
from judging.screening.matches import Match
from judging.services import exclusions
from judging.services.rules import alarms, facts, limits, reviews
from judging.services.rules.checks import CHECKS, Check
from judging.services.rules.facts import Window

logger = logging.getLogger(__name__)
State = ExclusionProposal.State
Mode = ExclusionRule.Mode
# A closing may become visible a little after the moment that it bears.
_OVERLAP: Final = timedelta(minutes=10)
_AT_ONCE: Final = 1000


def run_due(checks: Mapping[str, Check] = CHECKS) -> list[RuleRun]:
    """Run every rule of these checkers whose period has passed, and look for alarms; the sweeper's chore."""
    reviews.lift_reviewed()
    rules = ExclusionRule.objects.filter(active=True, slug__in=checks).exclude(mode=Mode.BY_HAND)
    made = [run(rule, checks[rule.slug]) for rule in rules.order_by("slug") if _is_due(rule)]
    alarms.watch_all(slugs=list(checks))
    return made


def run(rule: ExclusionRule, check: Check) -> RuleRun:
    """Ask a checker and act on what it finds; a broken one excludes nobody, and is noted."""
    last = RuleRun.objects.filter(rule=rule, error="").first()
    window = Window(last.until if last else None, timezone.now())
    reach = Window(window.since and window.since - _OVERLAP, window.until)
    try:
        with transaction.atomic():
            found = {match.vote: match for match in check(reach)}
    except Exception as error:  # whatever a checker dies of, it takes no vote and no other rule with it
        logger.exception("rule_failed rule=%s", rule.slug)
        made = RuleRun.objects.create(
            rule=rule, since=window.since, until=window.until, error=f"{type(error).__name__}: {error}"
        )
    else:
        made = _act(rule, found, window)
    alarms.watch(rule, made)
    return made


def _is_due(rule: ExclusionRule) -> bool:
    last = RuleRun.objects.filter(rule=rule).first()
    return last is None or last.at + rule.period <= timezone.now()


@transaction.atomic
def _act(rule: ExclusionRule, found: Mapping[int, Match], window: Window) -> RuleRun:
    """Write the run with its counts, and a proposal for each vote that the rule did not match before."""
    # Two runs of one rule take turns, and see the mode as it is now.
    rule = ExclusionRule.objects.select_for_update().get(pk=rule.pk)
    before = ExclusionProposal.objects.filter(rule=rule)
    known = set(before.filter(vote__in=found).values_list("vote_id", flat=True))
    new = [match for vote, match in sorted(found.items()) if vote not in known]
    observed = [] if rule.mode == Mode.OBSERVE else list(before.filter(state=State.OBSERVED))
    enforced = rule.mode == Mode.ENFORCE and not limits.needs_two(len(new) + len(observed))
    made = RuleRun.objects.create(
        rule=rule,
        since=window.since,
        until=window.until,
        examined=facts.examined(window),
        matched=len(new),
        applied=len(new) if enforced else 0,
    )
    _propose(rule, new, made, _state(rule, enforced=enforced), at=window.until)
    if enforced:
        waiting = [Match(row.vote_id, row.reason, row.evidence) for row in observed]
        exclusions.exclude_matches([*new, *waiting], rule=rule, run=made)
    keys = [row.pk for row in observed]
    before.filter(pk__in=keys).update(
        state=_state(rule, enforced=enforced), decided_at=Now() if enforced else None
    )
    return made


def _state(rule: ExclusionRule, *, enforced: bool) -> State:
    if enforced:
        return State.ACCEPTED
    return State.OBSERVED if rule.mode == Mode.OBSERVE else State.OPEN


def _propose(
    rule: ExclusionRule, matches: Iterable[Match], run_: RuleRun, state: State, *, at: datetime
) -> None:
    ExclusionProposal.objects.bulk_create(
        (
            ExclusionProposal(
                vote_id=match.vote,
                rule=rule,
                run=run_,
                reason=match.reason,
                evidence=dict(match.evidence),
                state=state,
                decided_at=at if state == State.ACCEPTED else None,
            )
            for match in matches
        ),
        batch_size=_AT_ONCE,
    )
