"""Answers that whoever has them already need not get again."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework.request import Request
from rest_framework.response import Response


def tagged(request: Request, mark: str, body: Callable[[], Any]) -> HttpResponseBase:
    """Answer with an ETag, or 304 where the asker has this already; the body is made only if it is sent.

    Args:
        request: with If-None-Match.
        mark: says which state this is.
        body: makes the JSON.
    """
    etag = mark_of(request, mark)
    if (same := unchanged(request, etag)) is not None:
        return same
    answer = Response(body())
    answer["ETag"] = etag
    return answer


def mark_of(request: Request, mark: str) -> str:
    """Give the ETag of what an address shows in this state."""
    said = f"{request.get_full_path()} {mark}"
    return f'"{hashlib.sha256(said.encode()).hexdigest()[:32]}"'


def unchanged(request: Request, etag: str) -> HttpResponseBase | None:
    """Answer 304 to whoever has this already; None: it has to be sent."""
    found: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    return found
