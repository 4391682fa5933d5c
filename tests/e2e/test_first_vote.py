"""A stranger becomes a judge: sign-up, three pairs by keyboard alone, and the next snapshot shows them."""

import re

import pytest
from django.core.management import call_command

from judging.models import Pair, Vote
from leaderboard.models import Snapshot
from tests import factories

pytestmark = pytest.mark.browser


@pytest.fixture
def arena():
    """Three systems that have answered three prompts."""
    systems = [factories.system(f"system-{name}") for name in ("one", "two", "three")]
    for _ in range(3):
        prompt = factories.prompt(transcript="Say something kind.")
        for system in systems:
            factories.response(system, prompt)
    return systems


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def sign_up(page, site, *, email):
    """Make an account, open the link from the mail, and take every step of the way in; by keys alone."""
    page.goto(f"{site.url}/account/signup/")
    page.get_by_label("mail").fill(email)
    page.locator("input[type=password]").first.fill(factories.PASSWORD)
    press(page, "Enter")
    page.wait_for_url("**/account/confirm-email/")
    link = re.search(r"http://\S+/account/confirm-email/\S+", site.last_mail()).group(0)
    page.goto(link)
    page.get_by_role("button", name="confirm").press("Enter")
    page.wait_for_url("**/join/consent/")
    page.get_by_label("I have read this").press("Space")
    page.get_by_role("button", name="Accept").press("Enter")
    page.wait_for_url("**/join/languages/")
    page.get_by_label("English").press("n")
    page.get_by_role("button", name="Save").press("Enter")
    page.wait_for_url("**/join/device/")
    page.get_by_label("Headphones with a wire").press("Space")
    page.get_by_label("Quiet").press("Space")
    page.get_by_role("button", name="Go on").press("Enter")
    page.wait_for_url("**/volume/")
    page.wait_for_selector("hearing-sound:defined", state="attached")
    press(page, "p")
    page.get_by_role("button", name="It is comfortable").press("Enter")
    page.wait_for_url("**/headphones/")
    # The page fetches the sound as soon as it may, which can be before the key.
    with page.expect_response("**/headphones/sound"):
        page.get_by_role("button", name="Begin").press("Enter")
        page.get_by_text("1 of 16").wait_for()
        page.wait_for_selector("hearing-sound:defined", state="attached")
        press(page, "p")
    press(page, "0")
    page.get_by_text("2 of 16").wait_for()
    page.get_by_role("button", name="Leave the check out").press("Enter")
    page.wait_for_url("**/result/")
    page.get_by_role("link", name="Go on").press("Enter")
    page.get_by_role("heading", name="You are ready").wait_for()


def judge_one(page, *, choice):
    """Hear the three clips of a ballot in order, choose, and cast; by keys alone."""
    page.wait_for_selector("judge-ballot[data-state=ready]")
    before = page.url
    press(page, "g")
    page.wait_for_selector("judge-ballot[data-state=open]")
    press(page, choice, choice, choice, "Enter")
    page.wait_for_function("before => location.href !== before", arg=before)


def test_a_stranger_judges_three_pairs_by_keyboard_and_the_board_shows_them(site, page, arena):
    call_command("snapshot", verbosity=0)
    sign_up(page, site, email="new.judge@example.org")
    page.goto(f"{site.url}/boards/overall/")
    assert Snapshot.objects.filter(votes__gt=0).count() == 0

    page.goto(f"{site.url}/judge/")
    page.locator("main").get_by_role("button").first.press("Enter")
    for choice in ("ArrowLeft", "ArrowRight", "t"):
        judge_one(page, choice=choice)
    assert Vote.objects.count() == 3
    page.goto(f"{site.url}/judge/")
    page.get_by_role("link", name="Look over the batch and finish it").press("Enter")
    page.get_by_role("button", name="Finish").press("Enter")
    page.wait_for_load_state()
    page.goto(f"{site.url}/boards/overall/")
    assert not re.search(r"\bvotes\s+3\b", page.locator("main").inner_text())
    call_command("snapshot", verbosity=0)
    page.goto(f"{site.url}/boards/overall/")

    shown = page.locator("main").inner_text()
    assert re.search(r"\bvotes\s+3\b", shown)
    snapshot = Snapshot.objects.filter(board__slug="overall").latest("number")
    assert snapshot.votes == 3
    assert sum(standing.votes for standing in snapshot.standings.all()) == 6
    # Three draws may be three times the same two systems.
    met = Pair.objects.filter(ballots__state="voted")
    for system in {each for pair in met for each in (pair.system_a, pair.system_b)}:
        assert system.display_name in shown
