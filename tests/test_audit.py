"""Every decision of staff leaves exactly one audit entry with who, why, before and after (moderation M52).

A decision is a function of a services package that takes `by` and `reason`, and an action of the admin. One
without a row here fails.
"""

import importlib
import inspect
import pkgutil
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

import arena_site.admin
import inference.services
import judging.services
import leaderboard.services
from inference.models import Alarm, AuditEntry, Bucket, Submission, SubmissionReview
from judging.models import (
    ExclusionProposal,
    ExclusionRule,
    GoldAnswer,
    PanelMembership,
    Report,
    RuleRun,
    VoteExclusion,
)
from judging.services import gold, panel
from tests import factories
from tests.judging.services.test_scoring import answered_gold

REASON = "It was asked for."


def failed_job(system=None):
    system = system or factories.system()
    job = factories.job(system, factories.prompt(), state="failed", attempts=1, ended_at=timezone.now())
    factories.attempt(job, outcome="permanent", code="no_audio", ended_at=timezone.now())
    return job


def failed_system():
    system = factories.system()
    failed_job(system)
    failed_job(system)
    return system


def paused(row, **fields):
    type(row).objects.filter(pk=row.pk).update(**fields)
    row.refresh_from_db()
    return row


def response(state="ok"):
    return factories.response(factories.system(), factories.prompt(), state=state)


def vetted():
    """Somebody who may be taken into the panel."""
    person = factories.annotator(training_passed_at=timezone.now())
    factories.closed(answered_gold(person, hits=panel.VOTES))
    return person


def member(mo):
    person = factories.annotator()
    PanelMembership.objects.create(annotator=person, reason="Known.", added_by=mo)
    return person


def proposed():
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    for _ in range(7):
        factories.vote(pair, factories.annotator(), "b")
    gold.propose()
    return GoldAnswer.objects.get(pair=pair)


def submission(**fields):
    researcher = factories.user(f"{uuid.uuid4()}@example.org")
    team = factories.team(researcher)
    model = factories.model(f"model-{uuid.uuid4().hex[:8]}", team=team)
    values = {"kind": "uploaded", "state": "awaiting_review"} | fields
    return Submission.objects.create(
        system=factories.system(f"made-{uuid.uuid4().hex[:8]}", state="private", model=model),
        team=team,
        prompt_set=factories.prompt().prompt_set,
        created_by=researcher,
        **values,
    )


def alarm():
    return Alarm.objects.create(kind="rule_jump", subject="rule:too_fast")


def uncleared():
    return submission(kind="endpoint", state="validating", last_code="clearance_needed")


def vote():
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    return factories.vote(pair, factories.annotator(), "a")


def excluded(mo):
    return judging.services.moderation.exclude(vote(), by=mo, reason=REASON)


def proposal():
    rule = ExclusionRule.objects.get(slug="too_fast")
    return ExclusionProposal.objects.create(rule=rule, vote=vote(), reason="Too fast.", state="open")


def ran():
    """An exclusion by a run."""
    rule = ExclusionRule.objects.get(slug="too_fast")
    run = RuleRun.objects.create(rule=rule, until=timezone.now(), examined=1, matched=1, applied=1)
    return VoteExclusion.objects.create(rule=rule, run=run, vote=vote(), reason="Too fast.")


def report():
    return Report.objects.create(source="annotator", kind="noise", prompt=factories.prompt())


def unconfirmed():
    return paused(EmailAddress.objects.get(user=factories.user("dora@example.org")), verified=False)


@dataclass(frozen=True)
class Row:
    """A decision, and what it is made about.

    Attributes:
        about: makes the row.
        action: what the entry says was done.
        after: what it says is so now.
        more: what else the service takes.
        kind: what else the admin's form takes.
        page: whose page has the admin's action of that name; None where staff have none.
        target: the entry's table, where that is not the row's own.
    """

    about: Any
    action: str
    after: dict[str, Any]
    page: str | None
    more: dict[str, Any] | None = None
    kind: str = ""
    target: str = ""


def about(make):
    """The row, whatever its maker takes."""
    return lambda mo: make()


ROWS = {
    "inference.services.moderation.freeze": Row(
        lambda mo: factories.prompt().prompt_set,
        "promptset.freeze",
        {"frozen": True, "prompts": 1},
        "promptset",
    ),
    "inference.services.moderation.publish": Row(
        lambda mo: factories.prompt_set(frozen_at=timezone.now()),
        "promptset.publish",
        {"published": True},
        "promptset",
    ),
    "inference.services.submissions.deciding.approve": Row(
        about(submission), "submission.approve", {"state": "approved"}, None
    ),
    "inference.services.submissions.deciding.reject": Row(
        about(submission), "submission.reject", {"state": "rejected"}, None
    ),
    "inference.services.submissions.reviewing.approve": Row(
        about(submission),
        "submission.approve",
        {"state": "approved"},
        None,
        {"ticked": SubmissionReview.Point.values},
    ),
    "inference.services.submissions.reviewing.reject": Row(
        about(submission), "submission.reject", {"state": "rejected"}, None, {"code": "licence_unclear"}
    ),
    "inference.services.submissions.deciding.clear": Row(
        about(uncleared), "team.clear", {"cleared_kinds": ["endpoint"]}, "submission", target="inference.team"
    ),
    "inference.services.alarms.acknowledge": Row(about(alarm), "alarm.acknowledge", {}, "alarm"),
    "inference.services.alarms.end": Row(about(alarm), "alarm.close", {"closed": True}, "alarm"),
    "inference.services.quotas.grant": Row(
        about(factories.team),
        "quota.grant",
        {"bucket": "accepted", "extra": 3},
        "team",
        {"bucket": Bucket.ACCEPTED, "extra": 3, "until": timezone.now() + timedelta(days=30)},
        "accepted:3",
    ),
    "inference.services.moderation.withdraw": Row(
        about(factories.prompt), "prompt.withdraw", {"state": "withdrawn", "jobs_cancelled": 0}, None
    ),
    "inference.services.moderation.pause": Row(
        about(factories.system), "system.pause", {"pause_code": "moderator"}, "system"
    ),
    "inference.services.moderation.resume": Row(
        lambda mo: paused(factories.system(), paused_at=timezone.now(), pause_code="moderator"),
        "system.resume",
        {"pause_code": ""},
        "system",
    ),
    "inference.services.moderation.retire": Row(
        about(factories.system), "system.retire", {"state": "retired", "jobs_cancelled": 0}, None
    ),
    "inference.services.moderation.accept": Row(
        lambda mo: response("quarantined"), "response.accept", {"state": "ok", "state_code": ""}, "response"
    ),
    "inference.services.moderation.quarantine": Row(
        about(response),
        "response.quarantine",
        {"state": "quarantined", "state_code": "noise"},
        None,
        {"fault": "noise"},
    ),
    "inference.services.moderation.reject": Row(
        about(response),
        "response.reject",
        {"state": "rejected", "state_code": "noise"},
        None,
        {"fault": "noise"},
    ),
    "inference.services.moderation.retry": Row(
        about(failed_job), "job.retry", {"state": "queued", "errors": 0, "crashes": 0}, "job"
    ),
    "inference.services.moderation.retry_failed": Row(
        about(failed_system), "system.retry_failed", {"queued": 2}, "system", {"code": "no_audio"}, "no_audio"
    ),
    "inference.services.moderation.cancel": Row(
        lambda mo: factories.job(factories.system(), factories.prompt()),
        "job.cancel",
        {"state": "cancelled"},
        "job",
    ),
    "inference.services.owners.resume": Row(
        lambda mo: factories.system(
            model=factories.model(team=factories.team(mo)),
            paused_at=timezone.now(),
            pause_code="failed_in_a_row",
        ),
        "system.resume",
        {"pause_code": ""},
        None,
    ),
    "judging.services.moderation.withdraw": Row(
        about(factories.prompt), "prompt.withdraw", {"state": "withdrawn", "jobs_cancelled": 0}, "prompt"
    ),
    "judging.services.moderation.retire": Row(
        about(factories.system), "system.retire", {"state": "retired", "jobs_cancelled": 0}, "system"
    ),
    "judging.services.moderation.quarantine": Row(
        about(response),
        "response.quarantine",
        {"state": "quarantined", "state_code": "noise"},
        "response",
        {"fault": "noise"},
        "noise",
    ),
    "judging.services.moderation.reject": Row(
        about(response),
        "response.reject",
        {"state": "rejected", "state_code": "noise"},
        "response",
        {"fault": "noise"},
        "noise",
    ),
    "judging.services.moderation.pause": Row(
        about(factories.annotator), "annotator.pause", {"state": "paused"}, "annotator"
    ),
    "judging.services.moderation.resume": Row(
        lambda mo: factories.annotator(state="paused"), "annotator.resume", {"state": "active"}, "annotator"
    ),
    "judging.services.panel.admit": Row(about(vetted), "panel.admit", {"panel": True}, "annotator"),
    "judging.services.panel.dismiss": Row(member, "panel.dismiss", {"panel": False}, "annotator"),
    "judging.services.gold.approve": Row(about(proposed), "gold.approve", {"approved": True}, "goldanswer"),
    "judging.services.gold.retire": Row(about(proposed), "gold.retire", {"retired": True}, "goldanswer"),
    "judging.services.moderation.exclude": Row(about(vote), "vote.exclude", {"rule": "moderator"}, "vote"),
    "judging.services.moderation.lift": Row(
        excluded, "vote.lift", {"exclusion": None}, "voteexclusion", target="judging.vote"
    ),
    "judging.services.rules.proposals.propose": Row(
        about(vote), "vote.propose", {"rule": "moderator"}, None, {"rule": "moderator"}
    ),
    "judging.services.rules.proposals.accept": Row(
        about(proposal), "vote.exclude", {"rule": "too_fast"}, "exclusionproposal", target="judging.vote"
    ),
    "judging.services.rules.proposals.refuse": Row(
        about(proposal), "vote.keep", {"state": "refused"}, "exclusionproposal", target="judging.vote"
    ),
    "judging.services.rules.proposals.set_mode": Row(
        lambda mo: ExclusionRule.objects.get(slug="too_fast"),
        "exclusionrule.mode",
        {"mode": "observe"},
        "exclusionrule",
        {"mode": "observe"},
        "observe",
    ),
    "judging.services.rules.proposals.lift_run": Row(
        lambda mo: ran().run, "exclusions.lift", {"lifted": 1}, "rulerun"
    ),
    "judging.services.rules.proposals.lift_range": Row(
        lambda mo: ran().rule,
        "exclusions.lift",
        {"lifted": 1},
        "exclusionrule",
        {"since": timezone.now() - timedelta(days=1), "until": timezone.now() + timedelta(days=1)},
        "7",
    ),
    "judging.services.report_queue.settle": Row(
        about(report),
        "report.settle",
        {"decision": "noise", "reports": 1},
        "report",
        {"decision": "noise"},
        "noise",
    ),
    "judging.services.report_queue.dismiss": Row(
        about(report), "report.dismiss", {"decision": "nothing_wrong"}, "report"
    ),
    "arena_site.admin.confirm": Row(
        about(unconfirmed), "emailaddress.confirm", {"verified": True}, "emailaddress"
    ),
}
# Below a service that writes the entry: they exclude many votes at once or end a pause, for rules too.
INNER = {
    "judging.services.exclusions.exclude",
    "judging.services.exclusions.lift",
    "judging.services.exclusions.lift_all",
    "judging.services.pauses.end",
}
PAGES = {f"{row.page}.{name.rsplit('.', 1)[1]}": row for name, row in ROWS.items() if row.page}


def decisions() -> set[str]:
    """Every function of the services, and of the admin beside them, that asks by whom and why."""
    found = set()
    for package in (inference.services, judging.services, leaderboard.services):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            found |= asking(importlib.import_module(module.name))
    found |= asking(arena_site.admin)
    return found


def asking(module) -> set[str]:
    functions = inspect.getmembers(module, inspect.isfunction)
    return {
        f"{function.__module__}.{name}"
        for name, function in functions
        if not name.startswith("_") and {"by", "reason"} <= set(inspect.signature(function).parameters)
    }


def public(name: str) -> str:
    """A decision as it is called: the parts of a package are its own matter."""
    package, _, rest = name.partition(".services.moderation.")
    return f"{package}.services.moderation.{rest.rsplit('.', 1)[-1]}" if rest else name


def test_every_decision_has_a_row():
    assert {public(name) for name in decisions()} == set(ROWS) | INNER


def test_every_action_of_the_admin_has_a_row():
    offered = {
        f"{table._meta.model_name}.{action.__name__}"
        for table, page in admin.site._registry.items()
        for action in page.actions
    }

    assert offered == set(PAGES)


@pytest.mark.parametrize("name", ROWS)
def test_a_decision_leaves_one_entry(name, mo):
    row = ROWS[name]
    target = row.about(mo)
    before = AuditEntry.objects.count()
    module, function = name.rsplit(".", 1)

    getattr(importlib.import_module(module), function)(target, by=mo, reason=REASON, **(row.more or {}))

    check(row, target, mo, before)


@pytest.mark.parametrize("name", PAGES)
def test_an_action_of_the_admin_leaves_one_entry_with_its_request(name, mo, as_user):
    row = PAGES[name]
    target = row.about(mo)
    before = AuditEntry.objects.count()
    page = reverse(f"admin:{target._meta.app_label}_{target._meta.model_name}_changelist")
    sent = {"action": name.split(".")[1], "_selected_action": [target.pk], "decided": "yes", "reason": REASON}

    answer = as_user(mo).post(page, sent | {"kind": row.kind})

    entry = check(row, target, mo, before)
    assert entry.request_id == answer["X-Request-ID"]


def check(row, target, mo, before):
    assert AuditEntry.objects.count() == before + 1
    entry = AuditEntry.objects.latest("pk")
    assert (entry.actor, entry.reason, entry.action) == (mo, REASON, row.action)
    assert entry.target_type == (row.target or target._meta.label_lower)
    assert {key: entry.after.get(key) for key in row.after} == row.after
    assert entry.before
    return entry


@pytest.mark.parametrize("name", ROWS)
def test_a_decision_without_a_reason_changes_nothing(name, mo):
    row = ROWS[name]
    target = row.about(mo)
    kept = type(target).objects.filter(pk=target.pk).values().get()
    before = AuditEntry.objects.count()
    module, function = name.rsplit(".", 1)

    with pytest.raises(inference.errors.Refused) as refused:
        getattr(importlib.import_module(module), function)(target, by=mo, reason=" ", **(row.more or {}))

    assert refused.value.code == "reason_needed"
    assert type(target).objects.filter(pk=target.pk).values().get() == kept
    assert AuditEntry.objects.count() == before


OWN = {
    "pause": factories.system,
    "retire": factories.system,
    "retry_failed": failed_system,
    "retry": failed_job,
    "reject": response,
}


@pytest.mark.parametrize("name", OWN)
def test_nobody_decides_about_their_own_teams_systems(name, mo):
    row, target = ROWS[f"inference.services.moderation.{name}"], OWN[name]()
    system = getattr(target, "system", target)
    team = factories.team(mo)
    type(system.model).objects.filter(pk=system.model_id).update(team=team)

    with pytest.raises(inference.errors.Refused) as refused:
        getattr(inference.services.moderation, name)(target, by=mo, reason=REASON, **(row.more or {}))

    assert refused.value.code == "own_matter"
    assert not AuditEntry.objects.exists()
