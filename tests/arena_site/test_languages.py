"""A page speaks the account's language, else the cookie's, else the browser's wish."""

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from inference.models import Language
from inference.models.wording import in_language
from tests import factories

pytestmark = pytest.mark.django_db
METHODS = "methods"


def spoken(response):
    return response.headers["Content-Language"]


def test_languages_without_a_choice_the_browsers_wish_is_met(client):
    assert spoken(client.get(reverse(METHODS), headers={"accept-language": "zh-CN,zh;q=0.9"})) == "zh-hans"
    assert spoken(client.get(reverse(METHODS), headers={"accept-language": "fr"})) == "en"


def test_languages_a_choice_is_kept_and_leads_back_to_the_page(client):
    answer = client.get(reverse("language", args=["zh-hans"]), {"next": "/methods/?x=1"})

    assert (answer.status_code, answer["Location"]) == (302, "/methods/?x=1")
    assert spoken(client.get(reverse(METHODS))) == "zh-hans"


def test_languages_a_choice_stays_with_the_account_on_another_device(client):
    ben = factories.user("ben@example.org")
    client.force_login(ben)
    client.get(reverse("language", args=["zh-hans"]))

    client.cookies.pop(settings.LANGUAGE_COOKIE_NAME)

    assert spoken(client.get(reverse(METHODS), headers={"accept-language": "en"})) == "zh-hans"
    ben.refresh_from_db()
    assert ben.language == "zh-hans"


def test_languages_an_unknown_language_is_not_found(client):
    assert client.get(reverse("language", args=["xx"])).status_code == 404


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org/", "javascript:alert(1)", ""])
def test_languages_nobody_is_led_to_another_site(client, elsewhere):
    assert client.get(reverse("language", args=["en"]), {"next": elsewhere})["Location"] == "/"


def test_languages_looking_changes_nothing(client):
    answer = client.head(reverse("language", args=["zh-hans"]))

    assert answer.cookies.get(settings.LANGUAGE_COOKIE_NAME) is None


def test_languages_a_row_says_its_name_in_the_language_that_is_spoken():
    english = Language(code="en", name_en="English", name_zh_hans="英语")

    assert str(english) == "English"
    with translation.override("zh-hans"):
        assert (str(english), in_language(english, "name")) == ("英语", "英语")
