"""How long a login lasts: at most SESSION_COOKIE_AGE, and SESSION_IDLE_SECONDS without use."""

import time
from collections.abc import Callable
from typing import Final

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest
from django.http.response import HttpResponseBase

_SEEN: Final = "seen_at"
# Every request would otherwise write the session.
_NOTED_EVERY: Final = 3600


class SessionLimitsMiddleware:
    """Ends logins that are too old or were left alone for too long, before anything is answered to them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Log out whoever is over a limit, and note now and then that somebody is there."""
        # Without a session's cookie nobody is logged in, and no query is spent on asking.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and auth.SESSION_KEY in request.session:
            _look(request)
        return self.get_response(request)


def _look(request: HttpRequest) -> None:
    records = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY)
    if not records:
        return
    now, began = time.time(), records[0]["at"]
    seen = request.session.get(_SEEN, began)
    if now - began > settings.SESSION_COOKIE_AGE or now - seen > settings.SESSION_IDLE_SECONDS:
        auth.logout(request)
    elif now - seen > min(_NOTED_EVERY, settings.SESSION_IDLE_SECONDS / 2):
        request.session[_SEEN] = now
