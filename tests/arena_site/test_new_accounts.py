"""Three new accounts an hour from one network, and what is kept of an address meanwhile (J134, J135)."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from arena_site import accounts
from arena_site.models import User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def limited(settings):
    settings.ACCOUNTS_AN_HOUR = 3
    cache.clear()


def sign_up(name: str, address: str):
    form = {"email": f"{name}@example.org", "password1": "a long pass phrase"}
    return Client(REMOTE_ADDR=address).post("/account/signup/", form)


def test_the_fourth_account_from_one_network_waits_and_is_told_how_long():
    answers = [sign_up(f"p{number}", f"192.0.2.{number}") for number in range(4)]

    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
    assert "Please try again in 60 minutes." in answers[3].content.decode()
    assert User.objects.filter(email__startswith="p").count() == 3


@pytest.mark.parametrize("other", ["192.0.3.1", "2001:db8:1:ffff::1"])
def test_another_network_is_not_held_up(other):
    for number in range(3):
        sign_up(f"p{number}", "192.0.2.7")
        sign_up(f"q{number}", "2001:db8:0:1::7")

    assert sign_up("one", "2001:db8:0:ffff::9").status_code == 429
    assert sign_up("other", other).status_code == 302


def test_an_hour_later_the_network_has_accounts_again():
    for number in range(3):
        sign_up(f"p{number}", "192.0.2.7")
    key = accounts.network_key("192.0.2.7")
    cache.set(key, [at - accounts.HOUR + timedelta(minutes=1) for at in cache.get(key)])
    assert sign_up("early", "192.0.2.7").status_code == 429
    cache.set(key, [at - timedelta(minutes=1) for at in cache.get(key)])

    assert sign_up("late", "192.0.2.7").status_code == 302


def test_an_address_that_has_an_account_counts_like_any_other():
    """Else the limit would tell who is here."""
    factories.user("known@example.org")

    assert [sign_up("known", "192.0.2.7").status_code for _ in range(4)] == [302, 302, 302, 429]


def test_of_an_address_only_a_keyed_hash_of_its_network_is_kept():
    assert "192" not in accounts.network_key("192.0.2.7")
    assert accounts.network_key("192.0.2.7") == accounts.network_key("192.0.2.200")
