"""The borders of the pages: each request has a name and a log line, and a `Refused` becomes a page."""

import logging
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin

from inference import context
from inference.errors import Refused

logger = logging.getLogger(__name__)
HEADERS = ("X-Request-ID", "Request-Id")
# Parts of addresses that let whoever knows them in, such as those of the mails that set a new password.
SECRET_PARTS = {"key", "uidb36", "token"}
LONGEST_PATH = 200
SERVER_ERROR = 500


class RequestMiddleware:
    """Gives each request a name of its own: in its answer, its log lines and its audit entries.

    A name that the browser sends is not taken: it would be anybody's to write into our records.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request and log what came of it."""
        began = time.monotonic()
        name = uuid.uuid4().hex
        with context.bound(request=name):
            response = self.get_response(request)
            for header in HEADERS:
                response[header] = name
            logger.log(
                logging.ERROR if response.status_code >= SERVER_ERROR else logging.INFO,
                "request_done method=%s path=%s status=%d ms=%d",
                request.method,
                _path(request),
                response.status_code,
                round(1000 * (time.monotonic() - began)),
            )
        return response


def _path(request: HttpRequest) -> str:
    """The address without its query, and without what in it is a secret."""
    path = request.path[:LONGEST_PATH]
    if request.resolver_match:
        for name in SECRET_PARTS & set(request.resolver_match.kwargs):
            path = path.replace(str(request.resolver_match.kwargs[name]), "…")
    return path


class RefusedMiddleware(MiddlewareMixin):
    """Says a refusal to a person; any other exception is a bug and stays a 500."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a `Refused` with its sentence."""
        if not isinstance(exception, Refused):
            return None
        return render(request, "refused.html", {"refused": exception}, status=exception.status)
