"""Staff and their second factor; and how many tries a password has before nobody hashes any more."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from arena_site import second_factor
from tests import factories

pytestmark = pytest.mark.django_db
ADMIN = reverse("admin:index")


@pytest.fixture(autouse=True)
def unhurried():
    cache.clear()


@pytest.fixture
def needed(settings):
    settings.STAFF_SECOND_FACTOR = True


@pytest.fixture
def mia():
    return factories.user("mia@example.org", password=factories.PASSWORD, is_staff=True)


def code(secret):
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def log_in(client, password=factories.PASSWORD, email="mia@example.org"):
    return client.post("/account/login/", {"login": email, "password": password})


def test_staff_without_one_are_led_to_set_it_up_and_get_in_with_it(needed, mia, client):
    log_in(client)

    led = client.get(ADMIN, follow=True)
    assert led.redirect_chain[-1][0].startswith(reverse("account_reauthenticate"))
    again = led.redirect_chain[-1][0]
    shown = client.post(again, {"password": factories.PASSWORD}, follow=True)
    assert shown.redirect_chain[-1][0].startswith(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    assert secret in shown.content.decode()
    client.post(reverse("mfa_activate_totp"), {"code": code(secret)})

    assert client.get(ADMIN).status_code == 200
    stored = Authenticator.objects.get(user=mia, type="totp")
    assert secret not in str(stored.data)
    assert second_factor.Adapter().decrypt(stored.data["secret"]) == secret


def test_a_password_alone_opens_nothing_and_the_code_does(needed, mia):
    secret = generate_totp_secret()
    TOTP.activate(mia, secret)
    browser = Client()

    asked = log_in(browser)
    assert asked["Location"].startswith(reverse("mfa_authenticate"))
    assert browser.get(ADMIN).status_code == 302
    wrong = browser.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert wrong.status_code in {200, 422}
    browser.post(reverse("mfa_authenticate"), {"code": code(secret)})

    assert browser.get(ADMIN).status_code == 200


@pytest.mark.parametrize("later", [second_factor.IDLE_SECONDS + 1, second_factor.LASTS_SECONDS + 1])
def test_a_staff_login_ends(needed, mia, later, monkeypatch):
    secret = generate_totp_secret()
    TOTP.activate(mia, secret)
    browser = Client()
    log_in(browser)
    browser.post(reverse("mfa_authenticate"), {"code": code(secret)})
    assert browser.get(ADMIN).status_code == 200

    now = time.time()
    monkeypatch.setattr("arena_site.second_factor.time.time", lambda: now + later)
    answer = browser.get(ADMIN, follow=True)

    assert answer.redirect_chain[-1][0].startswith(reverse("mfa_reauthenticate"))


def test_others_are_not_asked(needed, ben, as_user):
    assert as_user(ben).get("/judge/").status_code in {200, 302}
    assert as_user(ben).get(ADMIN).status_code in {302, 403}


@pytest.fixture
def hashed(monkeypatch):
    """The passwords that were hashed for a check."""
    seen, verify, encode = [], Argon2PasswordHasher.verify, Argon2PasswordHasher.encode

    def counted(method):
        def count(self, password, *args, **kwargs):
            seen.append(password)
            return method(self, password, *args, **kwargs)

        return count

    monkeypatch.setattr(Argon2PasswordHasher, "verify", counted(verify))
    monkeypatch.setattr(Argon2PasswordHasher, "encode", counted(encode))
    return seen


def test_guesses_at_one_account_stop_before_hashing(mia, hashed):
    for number in range(12):
        log_in(Client(REMOTE_ADDR=f"192.0.2.{number}"), f"guess {number}")

    assert hashed == [f"guess {number}" for number in range(5)]
    # Not even the right one is tried any more.
    assert "_auth_user_id" not in log_in(Client()).client.session


def test_guesses_at_many_accounts_from_one_address_stop_before_hashing(hashed):
    for number in range(70):
        log_in(Client(), f"guess {number}", f"person-{number}@example.org")

    assert 20 <= len(hashed) <= 60
