"""The way in, page by page, as a person takes it; and who may not."""

import pytest
from django.test import Client

from inference.models import Language
from judging.models import Annotator, Consent, DeviceCheck, HearingTrial
from judging.services import consents
from tests.judging.services.test_consents import NEW

pytestmark = pytest.mark.django_db
PAGES = ["", "consent/", "languages/", "device/", "device/volume/", "device/headphones/", "device/result/"]


@pytest.fixture
def browser(cleo, as_user):
    return as_user(cleo)


@pytest.fixture
def enrolled(browser, cleo):
    """Cleo has accepted the terms and stated a language."""
    annotator = Annotator.objects.create(user=cleo)
    consents.accept(cleo, consents.text("en"))
    annotator.skills.create(language=Language.objects.get(code="en"), level="native")
    return browser


def accepted(browser, **fields):
    values = {"version": 1, "language": "en", "accept": "on"} | fields
    return browser.post("/join/consent/", values)


def test_every_page_needs_a_login():
    for page in PAGES:
        assert Client().get(f"/join/{page}").url.startswith("/account/login/")


def test_anybody_may_read_the_terms_in_force(client, as_user, mo):
    consents.publish(NEW)

    for browser in (client, as_user(mo)):
        page = browser.get("/terms/").content.decode()
        assert consents.text("en").title in page
        assert "Version 2, published" in page


def test_a_moderator_is_told_why_not(mo, as_user):
    assert as_user(mo).get("/join/").status_code == 403
    assert as_user(mo).get("/join/consent/").status_code == 403


def test_the_whole_way_leads_to_judging(browser):
    def leads_to():
        return browser.get("/join/", follow=True).request["PATH_INFO"]

    assert leads_to() == "/join/consent/"
    accepted(browser)
    assert leads_to() == "/join/languages/"
    browser.post("/join/languages/", {"level-en": "native", "ties-TOTAL_FORMS": 0, "ties-INITIAL_FORMS": 0})
    assert leads_to() == "/join/device/"
    assert (
        browser.post("/join/device/", {"output": "wired", "surroundings": "quiet"}).url
        == "/join/device/volume/"
    )
    assert browser.post("/join/device/volume/", {"volume": "0.8"}).url == "/join/device/headphones/"
    assert browser.post("/join/device/headphones/decline").url == "/join/device/result/"
    page = browser.get("/join/")
    assert "You are ready" in page.content.decode()
    assert DeviceCheck.objects.get().volume == 0.8
    assert browser.get("/judge/").status_code == 200


def test_the_box_is_not_ticked_and_has_to_be(browser):
    page = browser.get("/join/consent/").content.decode()
    answer = browser.post("/join/consent/", {"version": 1, "language": "en"})

    assert "checked" not in page
    assert answer.status_code == 422
    assert not Consent.objects.exists()


def test_terms_that_changed_meanwhile_are_shown_again(browser):
    consents.publish(NEW)
    answer = accepted(browser)

    assert answer.status_code == 409
    assert "The terms have changed" in answer.content.decode()
    assert "They are new." in answer.content.decode()


def test_closed_registration_says_so_and_offers_no_form(browser, settings):
    settings.REGISTRATION = "closed"

    assert "No new people are taken in" in browser.get("/join/consent/").content.decode()
    assert accepted(browser).status_code == 403


def test_ties_are_kept(browser, cleo):
    accepted(browser)
    ties = {
        "ties-TOTAL_FORMS": 2,
        "ties-INITIAL_FORMS": 0,
        "ties-0-provider": "Example Lab",
        "ties-0-kind": "employer",
    }
    browser.post(
        "/join/languages/", {"level-en": "native", "ties-1-provider": "", "ties-1-kind": "past"} | ties
    )

    assert [tie.provider for tie in cleo.annotator.affiliations.all()] == ["Example Lab"]
    assert "Example Lab" in browser.get("/join/languages/").content.decode()


def test_no_known_language_is_a_422_that_keeps_what_was_chosen(browser):
    accepted(browser)
    answer = browser.post(
        "/join/languages/", {"level-en": "basic", "ties-TOTAL_FORMS": 0, "ties-INITIAL_FORMS": 0}
    )

    assert answer.status_code == 422
    assert '<option value="basic" selected>' in answer.content.decode()


def test_a_device_keeps_its_mark(enrolled):
    enrolled.get("/join/device/")
    mark = enrolled.cookies["device"].value
    enrolled.get("/join/device/")

    assert enrolled.cookies["device"].value == mark
    assert enrolled.cookies["device"]["httponly"]


def test_trials_are_asked_one_by_one_and_no_page_tells_the_answer(enrolled):
    enrolled.get("/join/device/")
    enrolled.post("/join/device/", {"output": "wired", "surroundings": "quiet"})
    enrolled.post("/join/device/headphones/")
    trials = HearingTrial.objects.count()
    # Nothing of a trial may depend on its target but the sound.
    HearingTrial.objects.update(target=1)
    with_one = enrolled.get("/join/device/headphones/").content.decode()
    HearingTrial.objects.update(target=3)
    with_three = enrolled.get("/join/device/headphones/").content.decode()

    def masked(page):
        return [line for line in page.splitlines() if "csrfmiddlewaretoken" not in line]

    assert trials == 16
    assert "1 of 16" in with_one
    assert masked(with_one) == masked(with_three)
    assert enrolled.post("/join/device/headphones/", {"choice": "2"}).status_code == 422
    sound = enrolled.get("/join/device/headphones/sound")
    assert (sound["Content-Type"], sound["Cache-Control"].count("no-store")) == ("audio/flac", 1)
    assert enrolled.post("/join/device/headphones/", {"choice": 5000 * "2"}).status_code == 422
    assert enrolled.post("/join/device/headphones/", {"choice": "2"}).status_code == 302
    assert "2 of 16" in enrolled.get("/join/device/headphones/").content.decode()


def test_the_last_answer_leads_to_the_result_and_one_more_try(enrolled):
    enrolled.get("/join/device/")
    enrolled.post("/join/device/", {"output": "built_in", "surroundings": "quiet"})
    enrolled.post("/join/device/headphones/")
    for _ in range(HearingTrial.objects.count()):
        enrolled.get("/join/device/headphones/sound")
        enrolled.post("/join/device/headphones/", {"choice": "0"})
    page = enrolled.get("/join/device/headphones/", follow=True)

    assert page.request["PATH_INFO"] == "/join/device/result/"
    assert "You can judge all the same" in page.content.decode()
    assert "Try once more" in page.content.decode()
    assert enrolled.get("/join/device/headphones/sound").status_code == 404
    assert enrolled.post("/join/device/result/").url == "/join/device/volume/"


def test_another_persons_check_is_not_seen(enrolled, as_user, ben):
    enrolled.get("/join/device/")
    enrolled.post("/join/device/", {"output": "wired", "surroundings": "quiet"})
    enrolled.post("/join/device/headphones/")
    other = as_user(ben)
    other.cookies["device"] = enrolled.cookies["device"].value

    assert other.get("/join/device/headphones/sound").status_code == 404
