"""The owner's pages: what became of a team's own systems, whose move is next, and nobody else's business."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from inference.models import AuditEntry, Membership, Team
from tests import factories

LIST = reverse("my_systems")


@pytest.fixture
def system(ada):
    """A system of Ada's team."""
    return factories.system(
        "alpha", model=factories.model(name="Alpha", team=factories.team(ada, name="Lab"))
    )


def page(system):
    return reverse("my_system", args=[system.slug])


def resume(system):
    return reverse("my_system_resume", args=[system.slug])


def pause(system, code="failed_in_a_row"):
    type(system).objects.filter(pk=system.pk).update(paused_at=timezone.now(), pause_code=code)


def tried(system, code, *, state="failed", **fields):
    later = timezone.now() + timedelta(minutes=9)
    when = {"not_before": later} if state == "queued" else {"ended_at": timezone.now()}
    job = factories.job(system, factories.prompt(), state=state, attempts=1, **when)
    factories.attempt(job, code=code, ended_at=timezone.now(), **fields)
    return job


def text(answer):
    return " ".join(answer.content.decode().split())


def test_members_see_their_systems_and_how_far_they_are(ada, system, as_user):
    factories.system("foreign")
    factories.job(system, factories.prompt())
    factories.response(system, factories.prompt())

    answer = as_user(ada).get(LIST)

    (row,) = answer.context["rows"]
    assert row["system"] == system
    assert row["jobs"] == {"queued": 1, "running": 0, "done": 1, "failed": 0, "cancelled": 0}
    assert page(system) in text(answer)
    assert "foreign" not in text(answer)


FAULTS = {
    "submitter": ("permanent", "Your move."),
    "upstream": ("transient", "The endpoint&#x27;s move."),
    "platform": ("lost", "Our move."),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_code_is_told_once_with_its_number_and_whose_move_it_is(fault, ada, system, as_user):
    outcome, move = FAULTS[fault]
    for _ in range(2):
        tried(system, "some_code", outcome=outcome, fault=fault, message="It broke.", detail="secret trace")

    answer = as_user(ada).get(page(system))

    shown = text(answer).replace("The endpoint's", "The endpoint&#x27;s")
    assert shown.count("<code>some_code</code>") == 1
    assert "2 jobs" in shown
    assert "It broke." in shown
    assert move in shown
    assert all(other == move or other not in shown for _, other in FAULTS.values())
    assert "secret trace" not in shown


def test_what_is_tried_again_by_itself_says_when(ada, system, as_user):
    job = tried(system, "busy", state="queued", outcome="transient", fault="upstream", message="Try later.")

    shown = text(as_user(ada).get(page(system)))

    assert "What is tried again by itself" in shown
    assert f"The next try is due on {job.not_before:%-d %B %Y, %H:%M} UTC." in shown


def test_member_resumes_what_failures_paused(ada, system, as_user):
    pause(system)
    browser = as_user(ada)

    offered = text(browser.get(page(system)))
    answer = browser.post(resume(system), {"reason": "The key was renewed."}, follow=True)

    system.refresh_from_db()
    entry = AuditEntry.objects.get()
    assert "last five jobs all failed" in offered
    assert "Its jobs run again." in text(answer)
    assert system.paused_at is None
    assert (entry.action, entry.actor, entry.reason) == ("system.resume", ada, "The key was renewed.")


def test_resuming_needs_a_sentence(ada, system, as_user):
    pause(system)

    answer = as_user(ada).post(resume(system), {"reason": " "})

    system.refresh_from_db()
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["reason"]
    assert system.paused_at is not None


def test_what_a_moderator_paused_a_member_does_not_resume(ada, system, as_user):
    pause(system, code="moderator")
    browser = as_user(ada)

    offered = text(browser.get(page(system)))
    answer = browser.post(resume(system), {"reason": "Please."}, follow=True)

    system.refresh_from_db()
    assert "A moderator paused its jobs" in offered
    assert "<textarea" not in offered
    assert "only a moderator can resume it" in text(answer)
    assert system.pause_code == "moderator"


@pytest.mark.parametrize("person", ["ben", "cleo", "mo"])
def test_others_find_nothing(person, request, system, as_user):
    pause(system)
    browser = as_user(request.getfixturevalue(person))

    answers = [
        browser.get(LIST),
        browser.get(page(system)),
        browser.post(resume(system), {"reason": "Mine."}),
    ]

    system.refresh_from_db()
    assert [answer.status_code for answer in answers] == [404] * 3
    assert system.paused_at is not None
    assert LIST not in text(browser.get("/"))


def test_members_of_another_team_cannot_tell_that_a_system_exists(system, cleo, as_user):
    factories.team(cleo)
    browser = as_user(cleo)

    own, foreign, missing = browser.get(LIST), browser.get(page(system)), browser.get("/my/systems/nothing/")

    assert (own.status_code, foreign.status_code, missing.status_code) == (200, 404, 404)
    assert "no system here yet" in text(own)


@pytest.mark.parametrize(
    "end",
    [
        lambda: Membership.objects.update(left_at=timezone.now()),
        lambda: Team.objects.update(state="suspended"),
    ],
    ids=["left", "suspended"],
)
def test_pages_end_with_the_membership_or_the_team(end, ada, system, as_user):
    end()

    assert as_user(ada).get(LIST).status_code == 404
    assert as_user(ada).get(page(system)).status_code == 404


def test_strangers_are_asked_to_log_in(client, system):
    answer = client.get(page(system))

    assert (answer.status_code, answer.url.split("?")[0]) == (302, reverse("account_login"))


def test_navigation_leads_members_to_their_systems(ada, system, as_user):
    assert f'href="{LIST}"' in text(as_user(ada).get("/"))


def test_page_costs_the_same_at_any_number_of_failures(ada, system, as_user, django_assert_num_queries):
    browser = as_user(ada)
    tried(system, "a", outcome="permanent", fault="submitter")
    browser.get(page(system))

    for code in ("b", "c"):
        tried(system, code, outcome="permanent", fault="submitter")

    # Session, person, system, jobs, two groups of codes with their last tries, navigation.
    with django_assert_num_queries(9):
        browser.get(page(system))
