"""All about one system, prompt or person: what the pages show and cost, and that a look is written down."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inference.models import AuditEntry
from judging.models import Affiliation, PanelMembership, Report, VoteExclusion
from judging.services import moderation, seals
from leaderboard.models import Board
from leaderboard.services import snapshots
from tests import factories


@pytest.fixture
def arena(db):
    """Fifteen votes of one person for *alpha* against *beta*, two of another against it, and a board."""
    alpha, beta = factories.system("alpha"), factories.system("beta")
    person, other = factories.annotator(), factories.annotator()
    for number in range(15):
        prompt = factories.prompt(level=1 + number % 4, language="en" if number % 2 else "zh")
        factories.vote(factories.pair(prompt, alpha, beta), person, "a")
    for _ in range(2):
        factories.vote(factories.pair(factories.prompt(), alpha, beta), other, "b")
    seals.seal()
    snapshots.build_all(Board.objects.filter(slug="overall"))
    return alpha, person, other


def page(name, row):
    return reverse(f"admin:look_{name}", args=[row.pk])


def test_a_systems_page_tells_who_judged_it_and_who_may_not(arena, mo, as_user):
    alpha, person, other = arena
    PanelMembership.objects.create(annotator=other, reason="Known.", added_by=mo)
    Affiliation.objects.create(annotator=other, provider="Example Lab", kind="past")
    Report.objects.create(source="owner", kind="noise", system=alpha, text="It hums.", time_ms=1200)

    shown = as_user(mo).get(page("system", alpha))

    voters = [(voter.pseudonym, voter.votes, voter.won) for voter in shown.context["voters"]]
    panel, others = shown.context["sides"]
    assert voters == [(person.pseudonym, 15, 15), (other.pseudonym, 2, 0)]
    assert (panel["people"], panel["won"], others["votes"], others["won"]) == (1, 0, 15, 15)
    assert [tie["pseudonym"] for tie in shown.context["barred"]["close"]] == [other.pseudonym]
    assert shown.context["met"][0]["won"] == 15
    assert shown.context["courses"][0].last.wins == 15
    assert "1200 ms" in shown.content.decode()
    assert 'name="action" value="retire"' in shown.content.decode()


def test_a_persons_page_shows_shares_with_cases_and_likings_beside_the_expected(arena, mo, as_user):
    _, person, _ = arena

    shown = as_user(mo).get(page("person", person))

    (most, _) = shown.context["most"]
    assert (most.slug, most.own.value, most.own.cases, most.is_few) == ("alpha", 1.0, 15, False)
    assert most.expected < 1
    assert {line["label"] for line in shown.context["shares"]} >= {"Left preferred"}
    assert all(line["cases"] >= 10 for line in shown.context["shares"])


def test_a_look_at_a_person_is_written_down_and_one_at_a_system_is_not(arena, mo, as_user):
    alpha, person, _ = arena
    browser = as_user(mo)

    browser.get(page("system", alpha))
    browser.get(page("person", person))

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.target_id) == ("annotator.view", mo, str(person.pk))


def test_a_prompts_page_counts_both_bad_by_system(arena, mo, as_user):
    prompt, person = factories.prompt(transcript="What time is it?"), factories.annotator()
    factories.vote(factories.pair(prompt, arena[0], factories.system("gamma")), person, "both_bad")

    shown = as_user(mo).get(page("prompt", prompt))

    assert shown.context["by_system"] == [("alpha", 1, 1), ("gamma", 1, 1)]
    assert "What time is it?" in shown.content.decode()
    assert 'value="withdraw"' in shown.content.decode()


def test_exclusions_of_a_person_are_counted_by_rule(arena, mo, as_user):
    person = arena[1]
    votes = [ballot.votes.get() for ballot in person.ballots.order_by("pk")[:3]]
    made = [moderation.exclude(vote, by=mo, reason="For a test.") for vote in votes]
    moderation.lift(VoteExclusion.objects.get(pk=made[0].pk), by=mo, reason="It was right.")

    shown = as_user(mo).get(page("person", person))

    assert shown.context["exclusions"] == [("moderator", 2, 1)]


@pytest.mark.parametrize("name", ["system", "prompt", "person"])
def test_pages_cost_the_same_for_few_votes_and_for_many(name, arena, mo, as_user):
    alpha, person, _ = arena
    prompt = person.ballots.earliest("pk").pair.prompt
    row = {"system": alpha, "prompt": prompt, "person": person}[name]
    browser = as_user(mo)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(page(name, row)).status_code == 200
        return len(captured)

    queries()
    few = queries()
    for number in range(3):
        other = factories.system()
        factories.vote(factories.pair(prompt, alpha, other), factories.annotator(), "tie")
        pair = factories.pair(factories.prompt(), alpha, other)
        factories.vote(pair, person, "a")
        Report.objects.create(source="owner", kind="noise", system=alpha, prompt=prompt, text=f"{number}")

    assert queries() == few <= {"system": 20, "prompt": 20, "person": 40}[name]


@pytest.mark.parametrize("who", ["ada", "ben", "cleo"])
@pytest.mark.parametrize("name", ["system", "prompt", "person"])
def test_nobody_else_sees_them(who, name, db, request, as_user):
    row = {"system": factories.system, "prompt": factories.prompt, "person": factories.annotator}[name]()

    assert as_user(request.getfixturevalue(who)).get(page(name, row)).status_code == 302
