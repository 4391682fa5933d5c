"""The rules' panel, and the decisions on it, as a moderator meets them; nobody else gets in."""

import pytest
from django.urls import reverse

from inference.models import AuditEntry
from judging.models import ExclusionProposal, ExclusionRule, RuleRun, VoteExclusion
from judging.screening.matches import Match
from judging.services import tallies
from judging.services.rules import runs
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def matched():
    systems = factories.system(), factories.system()
    votes = [
        factories.vote(factories.pair(factories.prompt(), *systems), factories.annotator(), "a")
        for _ in range(2)
    ]
    tallies.rebuild()
    rule = ExclusionRule.objects.get(slug="too_fast")
    runs.run(rule, lambda window: [Match(vote.pk, "For a test.", {}) for vote in votes])
    return votes


def decide(browser, table, action, rows, **said):
    address = reverse(f"admin:judging_{table}_changelist")
    keys = [row.pk for row in rows]
    return browser.post(
        address, {"action": action, "_selected_action": keys, "decided": "1", "reason": "Seen.", **said}
    )


def test_the_panel_shows_rates_and_leads_to_the_proposals(matched, mo, as_user):
    page = as_user(mo).get(reverse("admin:judging_exclusionrule_changelist") + "?q=too_fast")

    assert "2 / 2 (100.00%)" in page.content.decode()
    rule = ExclusionRule.objects.get(slug="too_fast")
    assert f"rule__id__exact={rule.pk}&amp;state__exact=open" in page.content.decode()


def test_proposals_are_accepted_and_refused_with_figures_first(matched, mo, as_user):
    browser = as_user(mo)
    one, other = ExclusionProposal.objects.order_by("pk")
    address = reverse("admin:judging_exclusionproposal_changelist")

    asked = browser.post(address, {"action": "accept", "_selected_action": [one.pk]})
    decide(browser, "exclusionproposal", "accept", [one])
    decide(browser, "exclusionproposal", "refuse", [other])

    assert "Exclude 1 vote of 1 person (50.0 % of the 2 votes that count)." in asked.content.decode()
    assert VoteExclusion.objects.get().vote == one.vote
    assert set(AuditEntry.objects.values_list("action", "actor", "reason")) >= {
        ("vote.exclude", mo.pk, "Seen."),
        ("vote.keep", mo.pk, "Seen."),
    }


def test_a_run_and_a_rule_are_lifted_and_a_mode_is_set(matched, mo, as_user):
    browser = as_user(mo)
    rule = ExclusionRule.objects.get(slug="one_side")
    ExclusionRule.objects.filter(pk=rule.pk).update(mode="enforce")
    run = runs.run(rule, lambda window: [Match(vote.pk, "For a test.", {}) for vote in matched])
    assert VoteExclusion.objects.filter(lift=None).count() == 2

    decide(browser, "rulerun", "lift_run", [run])
    assert VoteExclusion.objects.filter(lift=None).count() == 0
    decide(browser, "exclusionrule", "lift_range", [rule], kind="7")
    decide(browser, "exclusionrule", "set_mode", [rule], kind="propose")

    rule.refresh_from_db()
    assert rule.mode == "propose"
    assert AuditEntry.objects.filter(action="exclusions.lift").count() == 2


@pytest.mark.parametrize("who", ["ada", "ben", "cleo"])
def test_others_do_not_get_in(matched, who, as_user, request):
    browser = as_user(request.getfixturevalue(who))

    for table in ("exclusionrule", "rulerun", "exclusionproposal"):
        assert browser.get(reverse(f"admin:judging_{table}_changelist")).status_code in {302, 403}
    decide(browser, "exclusionproposal", "accept", ExclusionProposal.objects.all())
    assert not VoteExclusion.objects.exists()
    assert RuleRun.objects.exists()
