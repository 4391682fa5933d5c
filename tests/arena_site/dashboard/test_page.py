"""The admin's first page: what it shows, what it costs, and who sees it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from arena_site.dashboard import coverage, doing, page, waiting
from inference.models import Alarm
from judging.models import ExclusionRule, Report, RuleRun
from judging.services import tallies
from tests import factories
from tests.arena_site import rows

pytestmark = pytest.mark.django_db
MOST_QUERIES = 20


@pytest.fixture
def judged():
    """Two systems met twice, a third nobody; each vote on a prompt of its own."""
    one, other, lonely = (factories.system(slug) for slug in ("one", "other", "lonely"))
    for _ in range(2):
        factories.vote(factories.pair(factories.prompt(), one, other), factories.annotator(), "a")
    tallies.rebuild()
    return one, other, lonely


def test_a_queue_past_its_promise_comes_first_and_is_late(judged):
    prompt = factories.prompt()
    old, new = timezone.now() - timedelta(hours=25), timezone.now() - timedelta(hours=2)
    values = {"source": "annotator", "prompt": prompt}
    Report.objects.create(kind="noise", created_at=new, **values)
    Report.objects.create(kind="unsafe", created_at=old, **values)
    Report.objects.create(
        kind="unsafe",
        created_at=new,
        state="settled",
        settled_at=new,
        **(
            values
            | {"decision": "ok", "decision_reason": "fine", "settled_by": factories.user("sam@example.org")}
        ),
    )

    found = waiting.queues()

    assert [(str(queue.label), queue.number, queue.is_late) for queue in found[:2]] == [
        ("Urgent reports", 1, True),
        ("Reports", 1, False),
    ]
    assert {queue.number for queue in found[2:]} == {0}
    assert not any(queue.is_late for queue in found[2:])


def test_queues_lead_to_their_own_rows(mo, as_user, judged):
    Report.objects.create(kind="unsafe", source="annotator", prompt=factories.prompt())
    rows.fill(1, by=mo)
    browser = as_user(mo)

    for queue in waiting.queues():
        answer = browser.get(queue.address)
        assert (str(queue.label), answer.status_code) == (str(queue.label), 200)
        assert answer.context["cl"].result_count == queue.number


def test_coverage_is_of_the_tallies(judged):
    names, met = coverage.systems(), coverage.meetings()

    by_system = {cell.title: cell.step for cell in coverage.by_systems(names, met).cells}
    assert by_system == {"one × lonely: 0": 0, "other × lonely: 0": 0, "other × one: 2": 1}
    cut = coverage.by_cut(names, "task")
    assert {(cut.rows[cell.y], cell.number) for cell in cut.cells} == {
        ("one", 2),
        ("other", 2),
        ("lonely", 0),
    }
    assert [(line.slug, line.votes, line.share) for line in coverage.lines(names, met)] == [
        ("lonely", 0, 0.0),
        ("one", 2, 0.5),
        ("other", 2, 0.5),
    ]
    assert coverage._step(29, 30) == 4
    assert coverage._step(30, 30) == 5


def test_days_count_closed_batches_and_what_rules_took_out(judged):
    rule = ExclusionRule.objects.get(slug="too_fast")
    RuleRun.objects.create(rule=rule, until=timezone.now(), examined=2, matched=2, applied=1)

    days = doing.days()

    assert len(days) == doing.DAYS + 1
    assert days[-1][1:] == (2, 2, 1, 2)
    assert [bar.height for bar in page.bars(days)][-1] == 90
    assert doing.way_in().judged == 2


def test_the_page_asks_at_most_twenty_times_and_never_for_votes(mo, as_user):
    rows.fill(3, by=mo)
    Alarm.objects.create(kind="rule_jump", subject="rule:too_fast", severity="urgent")
    browser = as_user(mo)
    browser.get(reverse("admin:index"))

    with CaptureQueriesContext(connection) as captured:
        answer = browser.get(reverse("admin:index"))

    assert answer.status_code == 200
    assert len(captured) <= MOST_QUERIES
    asked = {
        table for query in captured for table in re.findall(r"\b(?:judging|inference)_\w+", query["sql"])
    }
    assert "judging_systempair" in asked
    assert not asked & {"judging_vote", "judging_verdict", "judging_ballot", "judging_heard"}
    text = answer.content.decode()
    assert "rule_jump" in text
    assert "<svg" in text


@pytest.mark.parametrize("by", ["task", "level", "language", "nonsense"])
def test_every_cut_is_drawn(mo, as_user, judged, by):
    answer = as_user(mo).get(reverse("admin:index"), {"by": by})

    assert answer.status_code == 200
    assert answer.context["cut_by"] == (by if by != "nonsense" else "task")


@pytest.mark.parametrize("who", ["ada", "ben", "cleo"])
def test_others_see_nothing_of_it(who, as_user, request):
    answer = as_user(request.getfixturevalue(who)).get(reverse("admin:index"))

    assert answer.status_code in {302, 403}
