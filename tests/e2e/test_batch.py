"""A whole batch of twelve: by keyboard alone in two languages, by touch at 320 px, and with shortcuts off."""

import pytest
from django.conf import settings

from judging.models import Batch, Heard, Vote
from tests import factories
from tests.e2e.test_judge_page import OPEN, READY, log_in, press

pytestmark = pytest.mark.browser
SIZE = 12


@pytest.fixture
def judge(site):
    """Somebody who judges; two systems have answered twelve prompts."""
    systems = [factories.system() for _ in range(2)]
    for _ in range(SIZE):
        prompt = factories.prompt()
        for system in systems:
            factories.response(system, prompt)
    return factories.annotator()


def begin(site, page, judge):
    log_in(page.context, site, judge)
    page.goto(f"{site.url}/judge/")


def cast_with(page, act):
    """Judge what is on the page, and wait until another page has come."""
    page.wait_for_selector(f"{READY}, {OPEN}")
    before = page.url
    act()
    page.wait_for_function("before => location.href !== before", arg=before)


def counted(judge):
    batch = Batch.objects.get(annotator=judge)
    return batch.state, batch.closing.by, Vote.objects.filter(ballot__batch=batch).count()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_batch_by_keyboard_alone(site, page, judge, language):
    page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": site.url}])
    begin(site, page, judge)
    page.locator("main").get_by_role("button").first.press("Enter")
    answers = ["ArrowLeft", "ArrowRight", "t", "x"]

    for number in range(SIZE):

        def judge_one(number=number):
            press(page, "g")
            page.wait_for_selector(OPEN)
            press(
                page, answers[number % 4], "c", answers[(number + 1) % 4], answers[(number + 2) % 4], "Enter"
            )

        cast_with(page, judge_one)
    page.wait_for_url("**/batches/**")
    press(page, "Enter")
    page.wait_for_function("() => !document.querySelector('form[action$=\"/finish\"]')")

    assert counted(judge) == ("closed", "annotator", SIZE)
    assert Heard.objects.count() == 3 * SIZE
    assert min(Heard.objects.values_list("unique_ms", flat=True)) >= 650


def test_a_batch_by_touch_at_320_px(site, chromium, judge):
    context = chromium.new_context(viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.set_default_timeout(15_000)
    begin(site, page, judge)
    page.get_by_role("button", name="Start").tap()

    for _ in range(SIZE):

        def judge_one():
            page.locator("[data-play-all]").tap()
            page.wait_for_selector(OPEN)
            for row in page.locator("[data-row]").all():
                row.locator("input[type=radio]").nth(3).tap()
            page.locator("[data-cast-button]").tap()

        cast_with(page, judge_one)
    page.get_by_role("button", name="Finish").tap()
    page.get_by_text("This batch is finished").first.wait_for()
    context.close()

    assert counted(judge) == ("closed", "annotator", SIZE)


def test_a_batch_with_shortcuts_off(site, page, judge):
    begin(site, page, judge)
    page.evaluate("localStorage.setItem('arena-shortcuts', 'false')")
    page.get_by_role("button", name="Start").press("Enter")

    for _ in range(SIZE):

        def judge_one():
            press(page, "g", "t", "x")
            page.locator("[data-play-all]").press("Enter")
            page.wait_for_selector(OPEN)
            for row in page.locator("[data-row]").all():
                row.get_by_role("radio").first.focus()
                press(page, "Space", "ArrowRight", "ArrowRight")
            page.locator("[data-cast-button]").press("Enter")

        cast_with(page, judge_one)
    page.get_by_role("button", name="Finish").press("Enter")
    page.get_by_text("This batch is finished").first.wait_for()

    assert counted(judge) == ("closed", "annotator", SIZE)
    assert set(Vote.objects.values_list("verdicts__answer", flat=True)) == {"both_bad"}
