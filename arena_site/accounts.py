"""New accounts: so many an hour from one network (judging J134)."""

import math
from datetime import timedelta
from ipaddress import ip_address, ip_network

from allauth.account import forms
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import ngettext

from inference.errors import Refused

HOUR = timedelta(hours=1)
# What one household, school or office has of each kind of address, as a rule.
NETWORK_BITS = {4: 24, 6: 48}
TOO_MANY = 429


class SignupForm(forms.SignupForm):  # type: ignore[misc]  # allauth has no types
    """The form of a new account; a known address counts like a new one, so that nothing tells them apart."""

    def try_save(self, request: HttpRequest) -> tuple[AbstractBaseUser | None, HttpResponse | None]:
        """Make the account, unless too many came from its network.

        Raises:
            Refused: `too_many` (429).
        """
        count(get_adapter().get_client_ip(request))
        made: tuple[AbstractBaseUser | None, HttpResponse | None] = super().try_save(request)
        return made


def count(address: str) -> None:
    """Count a new account from this address, for an hour.

    Raises:
        Refused: `too_many` (429), where its network has had its accounts of the hour.
    """
    most, key, now = settings.ACCOUNTS_AN_HOUR, network_key(address), timezone.now()
    recent = [at for at in cache.get(key, []) if at > now - HOUR]
    if most and len(recent) >= most:
        minutes = math.ceil((recent[-most] + HOUR - now) / timedelta(minutes=1))
        sentence = ngettext(
            "Too many new accounts came from your network. Please try again in %(minutes)d minute.",
            "Too many new accounts came from your network. Please try again in %(minutes)d minutes.",
            minutes,
        )
        raise Refused(sentence % {"minutes": minutes}, "too_many", status=TOO_MANY)
    cache.set(key, [*recent, now], timeout=HOUR.total_seconds())


def network_key(address: str) -> str:
    """Name an address's network so that nobody can tell which it is (J135)."""
    parsed = ip_address(address)
    network = ip_network((parsed, NETWORK_BITS[parsed.version]), strict=False)
    return f"accounts-{salted_hmac('arena_site.accounts', str(network)).hexdigest()}"
