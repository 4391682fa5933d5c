"""Rules at work on real rows: what is proposed, excluded, counted, alarmed and lifted."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inference.errors import Refused
from inference.models import Alarm, AuditEntry, Response
from inference.services import moderation as decisions
from judging import selectors
from judging.models import (
    ExclusionLift,
    ExclusionProposal,
    ExclusionRule,
    Heard,
    RuleRun,
    Seal,
    VoteExclusion,
)
from judging.screening.matches import Match
from judging.services import seals, tallies
from judging.services.rules import alarms, checks, limits, proposals, runs
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def systems():
    return factories.system(), factories.system()


@pytest.fixture
def votes(systems):
    return [
        factories.vote(factories.pair(factories.prompt(), *systems), factories.annotator(), "a")
        for _ in range(3)
    ]


@pytest.fixture(autouse=True)
def counted(votes):
    tallies.rebuild()


def rule(slug, **changes):
    ExclusionRule.objects.filter(slug=slug).update(**changes)
    return ExclusionRule.objects.get(slug=slug)


def all_of(votes):
    return lambda window: [Match(vote.pk, "For a test.", {"n": 1}) for vote in votes]


def counting():
    seals.seal()
    return {row.vote for row in selectors.comparisons(Seal.objects.latest("number"), criterion="overall")}


def test_observe_counts_and_touches_nothing(votes):
    run = runs.run(rule("too_fast", mode="observe"), all_of(votes[:2]))

    assert (run.examined, run.matched, run.applied, run.error) == (3, 2, 0, "")
    assert set(ExclusionProposal.objects.values_list("vote", "state")) == {
        (vote.pk, "observed") for vote in votes[:2]
    }
    assert counting() == {vote.pk for vote in votes}


def test_propose_waits_for_a_person_and_takes_along_what_was_observed(votes):
    runs.run(rule("too_fast", mode="observe"), all_of(votes[:1]))

    run = runs.run(rule("too_fast", mode="propose"), all_of(votes[:2]))

    assert (run.matched, run.applied) == (1, 0)
    assert set(ExclusionProposal.objects.values_list("state", flat=True)) == {"open"}
    assert not VoteExclusion.objects.exists()


def test_enforce_excludes_with_rule_run_reason_and_evidence(votes):
    run = runs.run(rule("too_fast", mode="enforce"), all_of(votes[:2]))

    assert (run.matched, run.applied) == (2, 2)
    assert set(VoteExclusion.objects.values_list("vote", "rule__slug", "run", "reason", "created_by")) == {
        (vote.pk, "too_fast", run.pk, "For a test.", None) for vote in votes[:2]
    }
    assert VoteExclusion.objects.first().evidence == {"n": 1}
    assert counting() == {votes[2].pk}
    assert tallies.differences() == []


def test_the_same_match_is_new_once(votes):
    runs.run(rule("too_fast", mode="enforce"), all_of(votes[:2]))

    again = runs.run(rule("too_fast"), all_of(votes[:2]))

    assert (again.examined, again.matched, again.applied) == (0, 0, 0)
    assert VoteExclusion.objects.count() == 2


def test_lifting_a_run_restores_exactly_what_counted_before(votes, mo):
    runs.run(rule("one_side", mode="enforce"), all_of(votes[2:]))
    before = counting()
    run = runs.run(rule("too_fast", mode="enforce"), all_of(votes))

    assert counting() == set()
    assert proposals.lift_run(run, by=mo, reason="The clock was wrong.") == 3

    assert counting() == before == {vote.pk for vote in votes[:2]}
    assert tallies.differences() == []
    assert set(ExclusionLift.objects.values_list("by", "reason")) == {(mo.pk, "The clock was wrong.")}
    assert AuditEntry.objects.get(action="exclusions.lift").after == {"lifted": 3}
    # What a person lifted stays lifted.
    assert runs.run(rule("too_fast"), all_of(votes)).matched == 0


def test_a_rule_is_lifted_within_a_time(votes, mo):
    runs.run(rule("too_fast", mode="enforce"), all_of(votes))
    now = timezone.now()
    slow = rule("too_fast")

    early = proposals.lift_range(
        slow, since=now - timedelta(days=2), until=now - timedelta(days=1), by=mo, reason="Old ones."
    )
    rest = proposals.lift_range(
        slow, since=now - timedelta(days=1), until=timezone.now(), by=mo, reason="All."
    )

    assert (early, rest) == (0, 3)


def broken(window):
    raise RuntimeError("no answer")


def test_a_broken_checker_excludes_nobody_and_raises_an_alarm(votes):
    enforced = rule("too_fast", mode="enforce")

    first = runs.run(enforced, broken)

    assert first.error == "RuntimeError: no answer"
    assert not Alarm.objects.exists()
    with factories.unguarded():
        RuleRun.objects.filter(pk=first.pk).update(at=timezone.now() - timedelta(minutes=11))
    runs.run(enforced, broken)
    alarm = Alarm.objects.get(kind=alarms.BROKEN)
    assert (alarm.subject, alarm.severity, alarm.closed_at) == ("rule:too_fast", "warning", None)
    assert not VoteExclusion.objects.exists()
    assert counting() == {vote.pk for vote in votes}
    runs.run(enforced, all_of([]))
    alarm.refresh_from_db()
    assert alarm.closed_at is not None


def test_a_rule_that_fails_closed_alarms_at_once(votes):
    runs.run(rule("identity_spoken"), broken)

    assert Alarm.objects.get(kind=alarms.BROKEN).severity == "urgent"
    assert not VoteExclusion.objects.exists()


def test_a_run_over_the_limit_waits_for_two_people(votes, mo, monkeypatch):
    monkeypatch.setattr(limits, "FREE", 1)
    run = runs.run(rule("too_fast", mode="enforce"), all_of(votes[:2]))
    first = ExclusionProposal.objects.get(vote=votes[0])
    other = factories.user("mia@example.org", is_staff=True)

    assert (run.matched, run.applied, first.state) == (2, 0, "open")
    assert proposals.accept(first, by=mo, reason="It is so.") is None
    with pytest.raises(Refused, match="second person"):
        proposals.accept(first, by=mo, reason="I said so.")
    made = proposals.accept(first, by=other, reason="I see it too.")

    assert (made.vote, made.rule.slug, made.run, made.created_by) == (votes[0], "too_fast", run, other)
    assert set(AuditEntry.objects.filter(target_id=str(votes[0].pk)).values_list("action", "actor")) == {
        ("vote.second", mo.pk),
        ("vote.exclude", other.pk),
    }


def test_whoever_is_alone_waits_a_day(votes, mo, monkeypatch):
    monkeypatch.setattr(limits, "FREE", 1)
    runs.run(rule("too_fast", mode="enforce"), all_of(votes[:2]))
    first = ExclusionProposal.objects.get(vote=votes[0])
    proposals.accept(first, by=mo, reason="It is so.")
    ExclusionProposal.objects.filter(pk=first.pk).update(seconded_at=timezone.now() - timedelta(hours=25))

    assert proposals.accept(first, by=mo, reason="Still so.").vote == votes[0]


def test_nobody_decides_about_their_own_votes(votes, mo):
    runs.run(rule("too_fast"), all_of(votes))
    own = votes[0].ballot.annotator
    own.user = mo
    own.save()
    proposal = ExclusionProposal.objects.get(vote=votes[0])

    for decide in (proposals.accept, proposals.refuse):
        with pytest.raises(Refused) as refused:
            decide(proposal, by=mo, reason="Mine.")
        assert refused.value.code == "own_matter"


def test_a_refused_vote_counts_and_is_not_proposed_again(votes, mo):
    runs.run(rule("too_fast"), all_of(votes[:1]))
    proposal = ExclusionProposal.objects.get()

    proposals.refuse(proposal, by=mo, reason="A fast listener with a short clip.")
    run = runs.run(rule("too_fast", mode="enforce"), all_of(votes[:1]))

    assert (run.matched, run.applied) == (0, 0)
    assert counting() == {vote.pk for vote in votes}
    with pytest.raises(Refused, match="before"):
        proposals.accept(proposal, by=mo, reason="After all.")


def test_modes_go_step_by_step_after_seven_days(mo):
    watched = rule("too_fast", mode="observe", mode_since=timezone.now() - timedelta(days=6))

    with pytest.raises(Refused, match="seven days"):
        proposals.set_mode(watched, mode="propose", by=mo, reason="Sure.")
    with pytest.raises(Refused, match="One step"):
        proposals.set_mode(watched, mode="enforce", by=mo, reason="Sure.")
    rule("too_fast", mode_since=timezone.now() - timedelta(days=7))
    proposals.set_mode(watched, mode="propose", by=mo, reason="Twenty matches looked at.")
    assert rule("too_fast").mode == "propose"
    proposals.set_mode(watched, mode="observe", by=mo, reason="Wrong after all.")
    assert rule("too_fast").mode == "observe"
    with pytest.raises(Refused, match="by people"):
        proposals.set_mode(rule("moderator"), mode="observe", by=mo, reason="Try.")


def test_a_jump_of_the_rate_alarms(votes):
    now, watched = timezone.now(), rule("too_fast")
    RuleRun.objects.create(rule=watched, until=now, examined=1000, matched=20, at=now - timedelta(days=3))

    usual = alarms.rate(watched, since=now - timedelta(days=28), until=now)

    assert usual.share == 0.02
    assert not alarms.has_jumped(alarms.Rate(9, 10), usual=usual)
    assert not alarms.has_jumped(alarms.Rate(12, 200), usual=usual)
    assert alarms.has_jumped(alarms.Rate(13, 200), usual=usual)
    assert alarms.has_jumped(alarms.Rate(70, 1000), usual=alarms.Rate(100, 5000)) is True
    alarms.watch(watched, RuleRun.objects.create(rule=watched, until=now, examined=100, matched=30))
    assert "30 of 100" in Alarm.objects.get(kind=alarms.JUMP, subject="rule:too_fast").detail


def test_a_rule_that_stands_still_alarms_until_it_runs():
    late = timezone.now() - timedelta(hours=3)
    watched = rule("too_fast", mode_since=late)

    alarms.watch_all(slugs=["too_fast"])
    assert Alarm.objects.get(kind=alarms.LATE).closed_at is None
    runs.run(watched, all_of([]))

    assert Alarm.objects.get(kind=alarms.LATE).closed_at is not None


def test_run_due_runs_each_rule_once_a_period(votes):
    first = runs.run_due()

    assert {run.rule.slug for run in first} == set(checks.CHECKS)
    assert [run.error for run in first if run.error] == []
    assert runs.run_due() == []


def test_a_rejected_response_takes_its_votes_out(votes):
    response = votes[0].ballot.pair.response_a
    Response.objects.filter(pk=response.pk).update(state="rejected", state_code="noise")

    runs.run_due()

    [made] = VoteExclusion.objects.all()
    assert (made.vote, made.rule.slug, made.evidence) == (
        votes[0],
        "response_rejected",
        {"response": response.pk},
    )


def test_an_identity_hit_takes_votes_out_until_its_review(votes, mo):
    response = votes[0].ballot.pair.response_b
    Response.objects.filter(pk=response.pk).update(state="quarantined", state_code="identity")
    runs.run_due()
    assert VoteExclusion.objects.get().rule.slug == "identity_spoken"
    assert counting() == {votes[1].pk, votes[2].pk}

    decisions.accept(response, by=mo, reason="The task asked for a name.")
    runs.run_due()

    assert ExclusionLift.objects.get().by == mo
    assert counting() == {vote.pk for vote in votes}


def test_own_systems_found_later_are_taken_out(votes, systems):
    voter = votes[0].ballot.annotator
    voter.affiliations.create(provider=systems[0].model.provider.upper(), kind="employer")
    team = factories.team(votes[1].ballot.annotator.user)
    other = factories.pair(factories.prompt(), factories.system(model=factories.model(team=team)), systems[0])
    own = factories.vote(other, votes[1].ballot.annotator, "b")

    runs.run_due()

    taken = VoteExclusion.objects.filter(rule__slug="own_system")
    assert set(taken.values_list("vote", "evidence__tie")) == {
        (votes[0].pk, "affiliation"),
        (own.pk, "member"),
    }


def test_one_browser_of_two_accounts_is_proposed_for_the_later(votes):
    for vote in votes[:2]:
        factories.device_check(vote.ballot.annotator.user, device="the-same")
    factories.device_check(votes[2].ballot.annotator.user, device="another")

    runs.run_due()

    proposal = ExclusionProposal.objects.get(rule__slug="same_person")
    assert proposal.vote == votes[1]
    assert proposal.evidence == {"earlier_annotator": votes[0].ballot.annotator_id}


def test_listening_that_cannot_have_been_is_proposed(votes):
    for clip in ("prompt", "a", "b"):
        whole = {
            "unique_ms": 1000,
            "total_ms": 1000,
            "starts": 1,
            "seeks": 0,
            "first_order": 1,
            "hidden_ms": 0,
        }
        Heard.objects.create(vote=votes[0], clip=clip, **whole)
        Heard.objects.create(vote=votes[1], clip=clip, **(whole | {"unique_ms": 300}))

    runs.run_due()

    assert [row.vote for row in ExclusionProposal.objects.filter(rule__slug="heard_recheck")] == [votes[1]]
