"""The queue of reports: who gets which, what a page tells, and what ends them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from inference.errors import Refused
from judging.models import Report
from judging.services import report_queue
from tests import factories

pytestmark = pytest.mark.django_db
LIST = reverse("admin:judging_report_changelist")


@pytest.fixture
def response():
    return factories.response(factories.system("very-secret-name"), factories.prompt())


def report(response, kind="noise", **fields):
    return Report.objects.create(source="annotator", kind=kind, response=response, **fields)


def test_next_takes_the_urgent_first_and_keeps_it_from_others(response, mo):
    other = factories.user("mia@example.org", is_staff=True)
    old = report(response, created_at=timezone.now() - timedelta(days=9))
    urgent = report(response, "unsafe")

    assert report_queue.claim_next(mo) == urgent
    assert report_queue.claim_next(mo) == urgent
    assert report_queue.claim_next(other) == old
    assert report_queue.claim_next(factories.user("max@example.org", is_staff=True)) is None
    report_queue.release(urgent, by=mo)
    urgent.refresh_from_db()
    assert (urgent.state, urgent.claimed_by) == ("open", None)


def test_a_claim_lasts_a_day(response, mo):
    row = report(response)
    report_queue.claim_next(factories.user("mia@example.org", is_staff=True))
    assert report_queue.claim_next(mo) is None

    Report.objects.filter(pk=row.pk).update(claimed_at=timezone.now() - timedelta(hours=25))

    assert report_queue.claim_next(mo) == row


def test_nobody_gets_their_own_matter(mo):
    own = factories.system("ours", model=factories.model(team=factories.team(mo)))
    about_own = report(factories.response(own, factories.prompt()))
    by_own = report(factories.response(factories.system(), factories.prompt()), reporter=mo)

    assert report_queue.claim_next(mo) is None
    for row in (about_own, by_own):
        with pytest.raises(Refused) as refused:
            report_queue.dismiss(row, by=mo, reason="It is fine.")
        assert refused.value.code == "own_matter"


def test_settling_one_settles_all_of_the_same_and_no_others(response, mo):
    first, second = report(response), report(response)
    other_kind = report(response, "silence")
    other_clip = report(factories.response(factories.system(), factories.prompt()))

    assert report_queue.settle(first, decision="noise", by=mo, reason="A hum from 2 s on.") == 2

    for row in (first, second, other_kind, other_clip):
        row.refresh_from_db()
    assert (second.state, second.decision, second.settled_by) == ("settled", "noise", mo)
    assert {other_kind.state, other_clip.state} == {"open"}
    with pytest.raises(Refused, match="before"):
        report_queue.dismiss(second, by=mo, reason="Or not.")
    with pytest.raises(Refused, match="what is wrong"):
        report_queue.settle(other_kind, decision="ugly", by=mo, reason="Ugly.")


def test_the_page_names_nobody_before_the_decision(response, mo, as_user):
    browser = as_user(mo)
    row = report(response, reporter=factories.user("whistle@example.org"))

    taken = browser.post(reverse("admin:judging_report_next"), follow=True)
    text = taken.content.decode()
    assert taken.redirect_chain[-1][0] == reverse("admin:judging_report_change", args=[row.pk])
    assert "<audio" in text
    assert "Give it back" in text
    assert "very-secret-name" not in text
    assert "whistle@example.org" not in text

    browser.post(LIST, {"action": "dismiss", "_selected_action": [row.pk], "decided": "1", "reason": "Fine."})
    decided = browser.get(reverse("admin:judging_report_change", args=[row.pk])).content.decode()
    assert "very-secret-name" in decided


def test_next_and_release_are_staffs_and_posts(response, mo, as_user, ben):
    row = report(response)
    addresses = [reverse("admin:judging_report_next"), reverse("admin:judging_report_release", args=[row.pk])]

    assert [as_user(mo).get(address).status_code for address in addresses] == [405, 405]
    assert {as_user(ben).post(address).status_code for address in addresses} <= {302, 403}
    row.refresh_from_db()
    assert row.state == "open"
    as_user(mo).post(addresses[0])
    as_user(mo).post(addresses[1])
    row.refresh_from_db()
    assert row.state == "open"
