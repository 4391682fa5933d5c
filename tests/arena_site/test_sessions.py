"""S7: a login has a new session, ends when it should, and is nobody's afterwards."""

import os
import subprocess
import sys
import time

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client

from tests import factories

pytestmark = pytest.mark.django_db
NEW = "a much better password 7"
COOKIE = django_settings.SESSION_COOKIE_NAME


@pytest.fixture(autouse=True)
def unhurried():
    cache.clear()


@pytest.fixture
def dora():
    return factories.user("dora@example.org", password=factories.PASSWORD)


@pytest.fixture
def browser(dora):
    client = Client()
    log_in(client)
    return client


def log_in(client, password=factories.PASSWORD):
    return client.post("/account/login/", {"login": "dora@example.org", "password": password})


def is_in(client):
    return client.get("/account/password/change/").status_code == 200


def test_a_login_gets_a_new_session_and_the_old_one_is_no_ones(dora):
    client = Client()
    client.get("/account/login/")
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    client.cookies[COOKIE] = planted = session.session_key

    log_in(client)

    assert client.cookies[COOKIE].value != planted
    assert is_in(client)
    thief = Client()
    thief.cookies[COOKIE] = planted
    assert not is_in(thief)


def test_a_logout_ends_the_session_everywhere_it_was_copied_to(browser):
    copy = Client()
    copy.cookies[COOKIE] = browser.cookies[COOKIE].value
    assert is_in(copy)

    browser.post("/account/logout/")

    assert not is_in(browser)
    assert not is_in(copy)


def test_a_logout_leaves_nothing_in_the_browser(browser):
    page = browser.get("/account/password/change/")
    gone = browser.post("/account/logout/")

    assert "no-store" in page["Cache-Control"]
    assert gone["Clear-Site-Data"] == '"storage"'
    assert "Clear-Site-Data" not in page


@pytest.mark.parametrize("path", ["/", "/me/", "/my/", "/join/", "/judge/keys/"])
def test_no_page_of_somebody_who_is_logged_in_stays_in_a_cache(browser, path):
    assert "no-store" in browser.get(path)["Cache-Control"]


def test_who_came_in_and_who_did_not_is_logged_without_an_address(dora, caplog):
    client = Client()
    with caplog.at_level("INFO", logger="arena_site.logins"):
        log_in(client, "wrong")
        log_in(client)
        client.post("/account/logout/")

    said = [record.getMessage() for record in caplog.records if record.name == "arena_site.logins"]
    assert said == ["login_failed", f"login_done user={dora.pk}", f"logout_done user={dora.pk}"]


@pytest.mark.parametrize(
    ("password", "taken"),
    [("s2s-arena-1", False), ("Moderator99", False), ("moderator of seven seas", True)],
)
def test_a_password_that_is_mostly_the_sites_own_word_is_refused(password, taken):
    Client().post("/account/signup/", {"email": "new@example.org", "password1": password})

    assert get_user_model().objects.filter(email="new@example.org").exists() is taken


def test_a_new_password_ends_all_other_logins_at_once(browser, dora):
    other = Client()
    log_in(other)
    assert is_in(other)

    browser.post(
        "/account/password/change/",
        {"oldpassword": factories.PASSWORD, "password1": NEW, "password2": NEW},
    )

    assert is_in(browser)
    assert not is_in(other)


def test_a_suspended_account_is_out_with_its_next_request(browser, dora):
    assert is_in(browser)

    type(dora).objects.filter(pk=dora.pk).update(is_active=False)

    assert not is_in(browser)
    assert not is_in(browser)


@pytest.mark.parametrize("limit", ["SESSION_IDLE_SECONDS", "SESSION_COOKIE_AGE"])
def test_a_login_that_nobody_uses_or_that_is_old_ends(browser, settings, limit, monkeypatch):
    now = time.time()
    settings.SESSION_COOKIE_AGE, settings.SESSION_IDLE_SECONDS = 10**7, 10**7
    setattr(settings, limit, 10_000)

    monkeypatch.setattr("arena_site.sessions.time.time", lambda: now + 9_000)
    assert is_in(browser)
    monkeypatch.setattr("arena_site.sessions.time.time", lambda: now + 20_000)
    assert not is_in(browser)


def test_a_login_that_is_used_stays_until_its_oldest_age(browser, settings, monkeypatch):
    now = time.time()
    settings.SESSION_IDLE_SECONDS, settings.SESSION_COOKIE_AGE = 10_000, 25_000

    seen = []
    for later in (8_000, 16_000, 24_000, 26_000):
        monkeypatch.setattr("arena_site.sessions.time.time", lambda later=later: now + later)
        seen.append(is_in(browser))

    assert seen == [True, True, True, False]


def test_cookies_in_public_are_of_this_host_alone():
    program = (
        "import django; django.setup(); from django.conf import settings as s; "
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.LANGUAGE_COOKIE_NAME, s.SESSION_COOKIE_SECURE, "
        "s.SESSION_COOKIE_HTTPONLY, s.CSRF_COOKIE_SECURE, s.CSRF_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE, "
        "s.SESSION_COOKIE_DOMAIN, s.SESSION_COOKIE_PATH)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "arena_site.settings", "HTTPS": "1"},
        cwd=django_settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ended.stdout.split() == [
        *("__Host-sessionid", "__Host-csrftoken", "__Host-language"),
        *("True", "True", "True", "True", "Lax", "None", "/"),
    ]
