"""A moderator in a real browser: every page obeys the content policy, clips play, a decision is made."""

import pytest
from django.apps import apps
from django.urls import reverse

from tests import factories
from tests.arena_site import rows

pytestmark = pytest.mark.browser
PLAY_TO_THE_END = """() => new Promise((resolve, reject) => {
    const clip = document.querySelector("audio");
    clip.onended = () => resolve(clip.currentTime);
    clip.onerror = () => reject(clip.error.message);
    clip.play();
})"""
APPS = ["inference", "judging", "leaderboard", "arena_site"]


@pytest.fixture
def moderator(site, page):
    """Mo, who came in through the site's login page from the admin's address."""
    mo = factories.user("mo@example.org", password=factories.PASSWORD, is_staff=True, is_superuser=True)
    page.goto(site.url + reverse("admin:index"))
    page.get_by_label("mail").fill(mo.email)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(site.url + reverse("admin:index"))
    return mo


def test_every_list_and_row_is_shown_under_the_content_policy(site, page, moderator):
    rows.fill(1, by=moderator)
    titles = {}

    for app in APPS:
        for table in apps.get_app_config(app).get_models():
            name = f"admin:{app}_{table._meta.model_name}"
            row = table._default_manager.order_by("pk").last()
            for address in (reverse(f"{name}_changelist"), reverse(f"{name}_change", args=[row.pk])):
                titles[address] = page.goto(site.url + address).status

    assert titles == dict.fromkeys(titles, 200)


def test_clip_plays_on_the_page_of_its_response(site, page, moderator):
    response = factories.response(factories.system(), factories.prompt())

    page.goto(site.url + reverse("admin:inference_response_change", args=[response.pk]))
    heard = page.evaluate(PLAY_TO_THE_END)

    assert heard == pytest.approx(1.0, abs=0.05)


def test_response_is_rejected_from_its_own_page(site, page, moderator):
    response = factories.response(factories.system(), factories.prompt())

    page.goto(site.url + reverse("admin:inference_response_change", args=[response.pk]))
    page.get_by_role("button", name="Reject").click()
    page.get_by_label("Kind").select_option("noise")
    page.get_by_label("Reason").fill("Only hiss is heard.")
    page.get_by_role("button", name="Reject").click()
    page.get_by_text("Reject: done for 1 row.").wait_for()

    response.refresh_from_db()
    assert (response.state, response.state_code) == ("rejected", "noise")


def test_votes_are_excluded_from_their_list(site, page, moderator):
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    votes = [factories.vote(pair, factories.annotator(), answer) for answer in ("a", "b", "tie")]

    page.goto(site.url + reverse("admin:judging_vote_changelist"))
    for vote in votes[:2]:
        page.locator(f"input[name=_selected_action][value='{vote.pk}']").check()
    page.locator("select[name=action]").select_option("exclude")
    page.get_by_role("button", name="Go").click()
    figures = page.get_by_text("Exclude 2 votes, of people: 2 (66.7 % of the 3 votes that count).")
    figures.wait_for()
    page.get_by_label("Reason").fill("Two accounts of one person.")
    page.get_by_role("button", name="Exclude").click()
    page.get_by_text("Exclude: done for 2 rows.").wait_for()

    reasons = [[exclusion.reason for exclusion in vote.exclusions.all()] for vote in votes]
    assert reasons == [["Two accounts of one person."], ["Two accounts of one person."], []]
