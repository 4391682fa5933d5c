"""Random matches are looked at before a rule may do more; settings are tried without a trace."""

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from inference.errors import Refused
from inference.models import AuditEntry
from judging.models import ExclusionProposal, ExclusionRule, RuleRun, VoteExclusion
from judging.services.rules import looks, proposals, trials
from tests import factories

WEEK = timedelta(days=8)


@pytest.fixture
def rule(db):
    """A rule that has been in *propose* for eight days."""
    ExclusionRule.objects.filter(slug="one_side").update(mode_since=timezone.now() - WEEK)
    return ExclusionRule.objects.get(slug="one_side")


def matched(rule, count):
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    return [
        ExclusionProposal.objects.create(
            rule=rule,
            vote=factories.vote(pair, factories.annotator(), "a"),
            reason="One side.",
            state="open",
        )
        for _ in range(count)
    ]


def test_a_rule_does_more_only_after_twenty_matches_were_looked_at(rule, mo):
    matched(rule, 23)

    with pytest.raises(Refused) as before:
        proposals.set_mode(rule, mode="enforce", by=mo, reason="It is right.")
    for _ in range(2):
        looks.draw(rule, by=mo, rng=random.Random(1))
    left = looks.left(rule)
    proposals.set_mode(rule, mode="enforce", by=mo, reason="It is right.")

    rule.refresh_from_db()
    assert (before.value.code, left, rule.mode) == ("not_looked_at", 0, "enforce")


def test_what_was_looked_at_in_an_earlier_mode_does_not_count(rule, mo):
    matched(rule, 5)
    looks.draw(rule, by=mo)
    ExclusionRule.objects.filter(pk=rule.pk).update(mode_since=timezone.now() + timedelta(seconds=1))
    rule.refresh_from_db()

    assert looks.left(rule) == 5


def test_a_draw_takes_first_what_nobody_saw_and_is_noted(rule, mo):
    made = {row.pk for row in matched(rule, 20)}

    first, second = ({row.pk for row in looks.draw(rule, by=mo)} for _ in range(2))

    assert (len(first), first | second) == (10, made)
    assert AuditEntry.objects.filter(action="exclusionrule.look", actor=mo).count() == 2


def test_a_rule_with_few_matches_needs_all_of_them(rule, mo):
    matched(rule, 3)

    assert looks.left(rule) == 3
    looks.draw(rule, by=mo)
    assert looks.left(rule) == 0


def test_another_limit_is_tried_and_nothing_is_written(rule):
    person, systems = factories.annotator(), (factories.system(), factories.system())
    for number in range(40):
        # 34 of 40 on the left: within the limit of 0.75 as it is set, beyond one of 0.6.
        pair = factories.pair(factories.prompt(), *systems)
        factories.vote(pair, person, "a" if number < 34 else "b", left="a")

    trial = trials.attempt(rule, 0.6)

    assert (len(trial.votes), len(trial.now), trial.people) == (40, 0, 1)
    assert not ExclusionProposal.objects.exists()
    assert not VoteExclusion.objects.exists()
    assert not RuleRun.objects.exists()


def test_a_rule_without_a_value_has_nothing_to_try(db):
    assert trials.attempt(ExclusionRule.objects.get(slug="own_system"), 1) is None
