"""The page of a rule, and what boards say before votes are excluded."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from judging.models import ExclusionProposal, ExclusionRule, RuleRun, Vote
from judging.services import seals
from leaderboard.models import Board
from leaderboard.selectors.without import without
from leaderboard.services import snapshots
from tests import factories


@pytest.fixture
def board(db):
    """Three systems; *alpha* beats *beta* in eight of ten votes, all of one person's."""
    systems = [factories.system(slug) for slug in ("alpha", "beta", "gamma")]
    person, other = factories.annotator(), factories.annotator()

    def vote(one, two, by, answer):
        return factories.vote(factories.pair(factories.prompt(), systems[one], systems[two]), by, answer)

    votes = [vote(0, 1, person, "a" if number < 8 else "b") for number in range(10)]
    for number in range(6):
        vote(1, 2, other, "ab"[number % 2])
        vote(0, 2, other, "ab"[number % 2])
    seals.seal()
    snapshots.build_all(Board.objects.filter(slug="overall"))
    return votes


def rule():
    return ExclusionRule.objects.get(slug="too_fast")


def proposed(votes):
    run = RuleRun.objects.create(rule=rule(), until=timezone.now(), examined=20, matched=len(votes))
    for vote in votes:
        ExclusionProposal.objects.create(
            rule=rule(),
            run=run,
            vote=vote,
            reason="Too fast.",
            state="open",
            evidence={"elapsed_ms": 900, "system": "alpha"},
        )


def page():
    return reverse("admin:judging_exclusionrule_page", args=[rule().pk])


def test_without_votes_a_system_falls(board):
    (effect,) = without(Vote.objects.filter(pk__in=[vote.pk for vote in board]))

    moved = {line.system: line for line in effect.moved}
    assert (effect.board.slug, effect.verdicts) == ("overall", 10)
    assert moved["alpha"].rank_before == 1
    assert moved["alpha"].points < -50


def test_without_no_votes_nothing_moves(board):
    assert without(Vote.objects.none()) == []


def test_the_confirmation_says_what_moves_before_it_happens(board, mo, as_user):
    proposed(board)
    keys = list(ExclusionProposal.objects.values_list("pk", flat=True))
    address = reverse("admin:judging_exclusionproposal_changelist")

    answer = as_user(mo).post(address, {"action": "accept", "_selected_action": keys})

    said = " ".join(answer.context["figures"])
    assert "Exclude 10 votes, of people: 1" in said
    assert "without 10 verdicts: alpha -" in said


def test_the_page_says_what_the_rule_does_and_hides_who_is_meant(board, mo, as_user):
    proposed(board)
    browser = as_user(mo)

    shown = browser.get(page()).content.decode()
    looked = browser.post(page(), {"look": "1"})
    text = looked.content.decode()

    assert rule().sentence_en in shown
    assert len(looked.context["matches"]) == 10
    assert "elapsed_ms: 900" in text
    assert "alpha" not in text
    assert board[0].ballot.annotator.pseudonym not in text


def test_what_if_is_answered_and_changes_nothing(board, mo, as_user):
    proposed(board)
    browser = as_user(mo)

    enforced = browser.post(page(), {"enforce": "1"}).context["effect"]
    tried = browser.post(page(), {"try": "1", "value": "0"}).context["trial"]
    wrong = browser.post(page(), {"try": "1", "value": "fast"})

    assert (enforced["votes"], enforced["people"]) == (10, 1)
    assert enforced["boards"][0].moved[0].system == "alpha"
    assert (tried["votes"], tried["people"]) == (0, 2)
    assert wrong.status_code == 422
    assert ExclusionProposal.objects.filter(state="open").count() == 10


def test_the_page_costs_the_same_for_any_number_of_runs(board, mo, as_user):
    browser = as_user(mo)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            browser.get(page())
        return len(captured)

    queries()
    proposed(board[:1])
    one = queries()
    proposed(board[1:2])
    proposed(board[2:3])

    assert queries() == one <= 20


@pytest.mark.parametrize("who", ["ada", "ben", "cleo"])
def test_nobody_else_sees_the_page(who, db, request, as_user):
    assert as_user(request.getfixturevalue(who)).get(page()).status_code == 302
