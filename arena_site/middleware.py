"""The border of the pages: a `Refused` becomes a page with its sentence and status."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin

from inference.errors import Refused


class RefusedMiddleware(MiddlewareMixin):
    """Says a refusal to a person; any other exception is a bug and stays a 500."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a `Refused` with its sentence."""
        if not isinstance(exception, Refused):
            return None
        return render(request, "refused.html", {"refused": exception}, status=exception.status)
