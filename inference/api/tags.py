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
    said = f"{request.get_full_path()} {mark}"
    etag = f'"{hashlib.sha256(said.encode()).hexdigest()[:32]}"'
    unchanged: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if unchanged:
        return unchanged
    answer = Response(body())
    answer["ETag"] = etag
    return answer
