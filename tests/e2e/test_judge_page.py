"""The ballot's page in a real browser: the gate, the keys, the clips, and what happens when things fail."""

import pytest
from django.test import Client

from inference.models import Prompt
from judging.models import Ballot, Vote
from tests import factories

pytestmark = pytest.mark.browser
READY = "judge-ballot[data-state=ready]"
OPEN = "judge-ballot[data-state=open]"


@pytest.fixture
def judge(site):
    """Somebody who judges; two systems have answered three prompts."""
    systems = [factories.system() for _ in range(2)]
    for _ in range(3):
        prompt = factories.prompt(transcript="Please say it slowly.")
        for system in systems:
            factories.response(system, prompt)
    return factories.annotator()


def log_in(context, site, annotator):
    client = Client()
    client.force_login(annotator.user)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site.url}])


@pytest.fixture
def ballot(site, judge, page):
    """The page of a first pair, with its clips ready."""
    log_in(page.context, site, judge)
    start(site, page)
    page.wait_for_selector(READY)
    return page


def start(site, page):
    page.goto(f"{site.url}/judge/")
    page.get_by_role("button", name="Start").press("Enter")
    page.wait_for_url("**/ballots/**")


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def hear_all(page):
    press(page, "g")
    page.wait_for_selector(OPEN)


def to_the_end(page, clip):
    page.wait_for_selector(f'[data-clip={clip}][style*="--played: 1;"]:not([data-playing])')


def heard(page) -> list[float]:
    """Seconds heard of the prompt, A and B."""
    return page.evaluate(
        "document.querySelector('judge-ballot').players.map((player) => player.heard.seconds)"
    )


def playing(page) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('[data-playing]')].map((one) => one.dataset.clip)")


def chosen(page) -> list[str]:
    return page.evaluate(
        "[...document.querySelectorAll('[data-row] [type=radio]:checked')].map((one) => one.value)"
    )


def current() -> Ballot:
    """The ballot that is on the page; the one after it is issued already."""
    return Ballot.objects.get(state="opened")


def status(page) -> str:
    return page.locator("[data-status]").inner_text()


def test_nothing_plays_by_itself_and_the_first_focus_is_the_prompts_player(ballot):
    assert playing(ballot) == []
    assert ballot.evaluate("document.activeElement.getAttribute('aria-label')") == "Play Prompt"


def test_keys_and_clicks_before_the_gate_choose_nothing(ballot):
    press(ballot, "ArrowLeft", "ArrowRight", "t", "x", "Enter")
    press(ballot, "Space")
    ballot.get_by_role("radio").first.focus()
    press(ballot, "Space", "ArrowDown")
    ballot.locator(".answer").first.click(force=True)

    assert chosen(ballot) == []
    assert Vote.objects.count() == 0
    assert ballot.get_by_role("radio").first.get_attribute("aria-disabled") == "true"


def test_the_gate_opens_when_all_three_were_heard_and_enter_saves(ballot):
    lengths = ballot.locator("[data-time]").all_inner_texts()
    hear_all(ballot)
    ballot.wait_for_selector(f"{OPEN}:not(:has([data-playing]))")
    shown = ballot.locator("[data-time]").all_inner_texts()

    press(ballot, "ArrowRight", "ArrowLeft", "ArrowRight")
    selected = chosen(ballot)
    press(ballot, "Enter", "Enter")
    ballot.wait_for_selector(f"{READY} [data-saved]")

    assert lengths == ["0:00"] * 3
    assert shown == ["0:01 / 0:01"] * 3
    assert selected == ["right", "left", "right"]
    vote = Vote.objects.get()
    assert vote.verdicts.get(criterion__slug="overall").answer == ("b" if vote.ballot.left == "a" else "a")
    assert ballot.url.endswith(f"/ballots/{current().public_id}/")


def test_each_answer_has_its_keys_and_the_focus_follows(ballot):
    hear_all(ballot)
    found = {}

    for key in ("ArrowLeft", "ArrowDown", "ArrowRight", "t", "ArrowUp", "x"):
        press(ballot, "[", "[", key)
        row = ballot.locator("[data-row]").first
        found[key] = row.evaluate(
            "(row) => [row.querySelector(':checked').value, document.activeElement.value]"
        )
    press(ballot, "Shift+ArrowLeft")

    assert found == {
        "ArrowLeft": ["left", "left"],
        "ArrowRight": ["right", "right"],
        "ArrowDown": ["tie", "tie"],
        "t": ["tie", "tie"],
        "ArrowUp": ["both_bad", "both_bad"],
        "x": ["both_bad", "both_bad"],
    }
    assert chosen(ballot) == ["left"] * 3


def test_overall_follows_where_the_other_two_agree_until_it_is_touched(ballot):
    hear_all(ballot)
    press(ballot, "ArrowLeft", "ArrowLeft")
    agreed = chosen(ballot)
    press(ballot, "[", "t")
    parted = chosen(ballot)
    press(ballot, "x", "[", "ArrowLeft", "Enter")
    ballot.wait_for_selector(f"{READY} [data-saved]")

    assert (agreed, parted) == (["left"] * 3, ["left", "tie"])
    kept = dict(Vote.objects.get().verdicts.values_list("criterion__slug", "prefilled"))
    assert kept == {"semantic": False, "paralinguistic": False, "overall": False}


def test_seeking_to_the_end_does_not_open_the_gate(ballot):
    for key, clip in (("p", "prompt"), ("1", "left"), ("2", "right")):
        bar = ballot.locator(f"[data-clip={clip}] [data-bar]")
        box = bar.bounding_box()
        bar.click(position={"x": box["width"] * 0.8, "y": box["height"] / 2})
        press(ballot, key)
        to_the_end(ballot, clip)

    assert all(0.1 < seconds < 0.4 for seconds in heard(ballot))
    assert ballot.locator(READY).count() == 1


def test_what_is_heard_twice_counts_once_and_muted_not_at_all(ballot):
    for _ in range(2):
        press(ballot, "1")
        ballot.wait_for_selector("[data-clip=left][data-playing]")
        to_the_end(ballot, "left")
    ballot.evaluate("document.querySelector('judge-ballot').right.audio.muted = true")
    press(ballot, "2")
    to_the_end(ballot, "right")

    prompt, left, right = heard(ballot)
    assert (prompt, right) == (0, 0)
    assert 0.9 <= left <= 1.01
    assert ballot.locator(READY).count() == 1


def test_one_clip_at_a_time_and_the_other_keeps_its_place(ballot):
    press(ballot, "1")
    ballot.wait_for_selector("[data-clip=left][data-playing]")
    press(ballot, "2")
    ballot.wait_for_selector("[data-clip=right][data-playing]")

    assert playing(ballot) == ["right"]
    left = ballot.evaluate("document.querySelector('judge-ballot').left.audio.currentTime")
    assert left < 1


def test_play_all_follows_the_order_of_the_ballot(ballot):
    first = current().first
    second = {"left": "right", "right": "left"}[first]

    press(ballot, "g")
    ballot.wait_for_selector(f"[data-clip={first}][data-playing]")
    before = heard(ballot)
    ballot.wait_for_selector(f"[data-clip={second}][data-playing]")

    assert before[0] >= 0.9
    assert before[{"left": 1, "right": 2}[second]] == 0


def test_the_table_of_keys_opens_and_switches_the_keys_off(ballot):
    hear_all(ballot)
    press(ballot, "?")
    dialog = ballot.get_by_role("dialog", name="Keys")
    open_ = dialog.is_visible()
    press(ballot, "ArrowLeft", "p")
    within = (chosen(ballot), playing(ballot))
    press(ballot, "Escape", "ArrowLeft")

    assert open_
    assert within[0] == []
    assert "prompt" not in within[1]
    assert chosen(ballot) == ["left"]


def test_single_keys_can_be_switched_off_and_arrows_are_the_rows_own_then(ballot):
    hear_all(ballot)
    press(ballot, "?")
    ballot.get_by_role("checkbox", name="Single keys").uncheck()
    press(ballot, "Escape", "t")
    without = chosen(ballot)
    ballot.get_by_role("radio").first.focus()
    press(ballot, "Space", "ArrowRight")

    assert without == []
    assert chosen(ballot) == ["tie"]


def test_l_shows_the_prompts_text_which_is_hidden_at_first(ballot):
    text = ballot.get_by_text("Please say it slowly.")
    before = text.is_visible()

    press(ballot, "l")

    assert (before, text.is_visible()) == (False, True)


def test_skipping_asks_for_a_reason_and_gives_another_pair(ballot):
    first = current()

    press(ballot, "s")
    ballot.get_by_role("button", name="The prompt makes no sense").click()
    ballot.wait_for_url(lambda url: str(first.public_id) not in url)

    first.refresh_from_db()
    assert (first.state, first.closing_code) == ("skipped", "no_sense")
    assert str(current().public_id) in ballot.url


def test_the_clips_become_playable_in_one_moment(site, judge, page):
    log_in(page.context, site, judge)
    held = []

    def hold(route):
        held.append(route)

    page.route("**/ballots/*/left", hold)
    start(site, page)
    page.get_by_text("Fetching the clips: 2 of 3").wait_for()

    disabled = page.locator("[data-play]:disabled, [data-play-all]:disabled, [data-step]:disabled").count()
    held[0].continue_()
    page.wait_for_selector(READY)

    assert disabled == 10
    assert page.locator("[data-play]:enabled, [data-play-all]:enabled, [data-step]:enabled").count() == 10


def test_a_clip_that_fails_is_fetched_again(site, judge, page):
    log_in(page.context, site, judge)
    failed = []

    def fail_once(route):
        if failed:
            route.continue_()
        else:
            failed.append(route.abort())

    page.route("**/ballots/*/prompt", fail_once)
    start(site, page)

    page.wait_for_selector(READY)
    assert len(failed) == 1


def test_clips_that_cannot_be_loaded_are_said_so_and_can_be_tried_again(site, judge, page):
    log_in(page.context, site, judge)
    tried = []
    page.route("**/ballots/*/right", lambda route: tried.append(route.abort()))
    start(site, page)
    page.get_by_text("The audio could not be loaded; nothing is lost.").first.wait_for()
    attempts = len(tried)

    page.unroute("**/ballots/*/right")
    page.get_by_role("button", name="Load them again").click()
    page.wait_for_selector(READY)

    assert attempts == 4


def test_a_vote_that_cannot_be_sent_is_kept_and_arrives_once_when_the_line_is_back(ballot):
    hear_all(ballot)
    press(ballot, "Shift+x")
    ballot.context.set_offline(True)
    press(ballot, "Enter", "Enter")
    ballot.locator("[data-unsent]", has_text="1 waiting to be sent").wait_for()
    before = Vote.objects.count()

    ballot.context.set_offline(False)
    ballot.wait_for_selector(f"{READY} [data-saved]")

    assert before == 0
    assert set(Vote.objects.get().verdicts.values_list("answer", flat=True)) == {"both_bad"}


def test_what_was_chosen_and_heard_is_there_after_a_reload(ballot):
    hear_all(ballot)
    press(ballot, "ArrowLeft", "t")
    ballot.wait_for_selector(f"{OPEN}:not(:has([data-playing]))")
    ballot.reload()
    ballot.wait_for_selector(OPEN)

    assert chosen(ballot) == ["left", "tie"]


def test_the_older_of_two_tabs_turns_read_only_and_can_take_the_pair_back(ballot):
    hear_all(ballot)
    press(ballot, "ArrowLeft")
    other = ballot.context.new_page()
    other.goto(ballot.url)
    other.wait_for_selector("judge-ballot:is([data-state=ready], [data-state=open])")
    ballot.wait_for_selector("judge-ballot[data-state=elsewhere]")
    press(ballot, "t", "Enter")
    within = chosen(ballot)
    ballot.get_by_role("button", name="Continue here").click()
    ballot.wait_for_selector(OPEN)
    other.wait_for_selector("judge-ballot[data-state=elsewhere]")

    assert (within, chosen(ballot), Vote.objects.count()) == (["left"], ["left"], 0)
    other.close()


def test_u_opens_the_last_vote_and_a_changed_one_replaces_it(ballot):
    hear_all(ballot)
    press(ballot, "Shift+ArrowLeft", "Enter")
    ballot.wait_for_selector(f"{READY} [data-saved]")
    press(ballot, "u")
    ballot.get_by_text("Changing 1 of 12").wait_for()
    ballot.wait_for_selector(OPEN)
    before = chosen(ballot)
    press(ballot, "Shift+x", "Enter")
    ballot.get_by_text("2 of 12").wait_for()

    first, second = Vote.objects.order_by("pk")
    assert before == ["left"] * 3
    assert second.supersedes == first
    assert set(second.verdicts.values_list("answer", flat=True)) == {"both_bad"}


def test_a_ballot_that_was_taken_out_meanwhile_gives_way_to_another(ballot):
    hear_all(ballot)
    Prompt.objects.filter(pk=current().pair.prompt_id).update(state="withdrawn", withdrawn_reason="x")

    press(ballot, "Shift+t", "Enter")
    ballot.get_by_text("One of these clips was taken out; here is another pair.").first.wait_for()
    ballot.wait_for_selector(READY)

    assert Vote.objects.count() == 0
    assert Ballot.objects.filter(state="void").count() == 1
    assert str(current().public_id) in ballot.url


def test_a_visit_without_scripts_is_told_what_is_missing(site, judge, chromium):
    context = chromium.new_context(java_script_enabled=False)
    log_in(context, site, judge)
    page = context.new_page()

    start(site, page)

    page.get_by_text("Judging needs JavaScript").wait_for()
    context.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (320, 640)])
def test_all_is_in_reach_at_any_width(ballot, width, height):
    ballot.set_viewport_size({"width": width, "height": height})
    boxes = ballot.evaluate(
        """[...document.querySelectorAll('judge-ballot :is(button, label, summary, [data-bar])')]
        .filter((one) => one.checkVisibility() && !one.closest('dialog'))
        .map((one) => [one.className, one.offsetWidth, one.offsetHeight])"""
    )
    sideways = ballot.evaluate("document.documentElement.scrollWidth")
    bottom = ballot.locator("[data-cast-button]").bounding_box()
    lowest = bottom["y"] + bottom["height"]

    assert sideways <= width
    assert lowest <= height or width == 320
    assert [box for box in boxes if min(box[2:]) < 44 or min(box[1:]) < 24] == []
