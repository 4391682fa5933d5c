"""How long a login lasts: SESSION_COOKIE_AGE, or SESSION_IDLE_SECONDS without use; and what is left of it."""

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
        known = settings.SESSION_COOKIE_NAME in request.COOKIES and auth.SESSION_KEY in request.session
        if known:
            _look(request)
        answer = self.get_response(request)
        if known:
            _leave_nothing(request, answer)
        return answer


def _leave_nothing(request: HttpRequest, answer: HttpResponseBase) -> None:
    """Keep what somebody saw out of the browser's cache, and empty its storage where they leave."""
    if not answer.has_header("Cache-Control"):
        answer["Cache-Control"] = "private, no-store"
    if auth.SESSION_KEY not in request.session:
        answer["Clear-Site-Data"] = '"storage"'


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
