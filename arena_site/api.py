"""The API's root, and its border: one handler for every error, so that all have one shape (api A40)."""

import hashlib
import logging
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import (
    APIException,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    ParseError,
    PermissionDenied,
    UnsupportedMediaType,
    ValidationError,
)
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from inference import context
from inference.api.access import BEARER, OPEN
from inference.api.base import ApiView
from inference.errors import Refused, codes

logger = logging.getLogger(__name__)
PROBLEM = "application/problem+json"
RETRY_SECONDS = 5
SCHEMA = settings.BASE_DIR / "docs" / "openapi.yaml"
OF_REST = (
    (ValidationError, "field_invalid", "Some fields are not as they should be."),
    (NotFound, "not_found", "There is nothing here for you."),
    (Http404, "not_found", "There is nothing here for you."),
    (PermissionDenied, "not_found", "There is nothing here for you."),
    (MethodNotAllowed, "method_not_allowed", "This method is not known here."),
    (NotAcceptable, "not_acceptable", "Only application/json is made here."),
    (UnsupportedMediaType, "media_type_unsupported", "The body is of a type that is not taken here."),
    (ParseError, "malformed", "The body cannot be read."),
    (UnicodeDecodeError, "malformed", "The request holds bytes that are no text."),
    (RequestDataTooBig, "file_too_large", "The body is too large."),
)


def refuse(exception: Exception, context_: dict[str, Any]) -> Response:
    """Answer an error as a problem; a bug is logged, and said without its detail."""
    refused = _refused(exception)
    known = codes.known(refused.code)
    problem = {
        "type": f"/docs/errors/{refused.code}",
        "title": known.title,
        "status": refused.status,
        "code": refused.code,
        "fault": known.fault,
        "detail": refused.message,
        "fix": known.fix,
        **refused.more,
        "request_id": context.request_id(),
    }
    answer = Response(problem, status=refused.status, content_type=PROBLEM)
    if refused.status == codes.known("token_needed").status:
        answer["WWW-Authenticate"] = BEARER
    if refused.retry_after_seconds is not None:
        answer["Retry-After"] = str(refused.retry_after_seconds)
    return answer


def _refused(exception: Exception) -> Refused:
    if isinstance(exception, Refused):
        return exception
    for kind, code, sentence in OF_REST:
        if isinstance(exception, kind):
            more = {"fields": exception.detail} if isinstance(exception, ValidationError) else {}
            return Refused(sentence, code, status=codes.known(code).status, more=more)
    if isinstance(exception, (OperationalError, InterfaceError)):
        logger.error("api_unavailable", exc_info=exception)
        return Refused(
            "The database is away just now.", "unavailable", status=503, retry_after_seconds=RETRY_SECONDS
        )
    if isinstance(exception, APIException):
        return Refused(str(exception.detail), "malformed", status=exception.status_code)
    logger.error("api_bug", exc_info=exception)
    return Refused("We made a mistake, and it is noted.", "internal", status=500)


class Root(ApiView):
    """Where to go from here."""

    access = {"GET": OPEN}

    @extend_schema(
        operation_id="root", responses={200: {"type": "object", "additionalProperties": {"type": "string"}}}
    )
    def get(self, request: Request) -> Response:
        """List the addresses of what can be read."""
        names = {
            "boards": "api-boards",
            "systems": "api-systems",
            "prompt_sets": "api-prompt-sets",
            "status": "api-status",
            "schema": "api-schema",
        }
        return Response({word: reverse(name, request=request) for word, name in names.items()})


@require_safe
def browse(request: HttpRequest) -> HttpResponse:
    """Show the schema to people, who can try each address."""
    return render(request, "api_docs.html")


@extend_schema(exclude=True)
class SchemaView(ApiView):
    """What the API is, in OpenAPI."""

    access = {"GET": OPEN}

    def get(self, request: Request) -> HttpResponseBase:
        """Send the file that was made from the code."""
        text = SCHEMA.read_bytes()
        mark = f'"{hashlib.sha256(text).hexdigest()[:32]}"'
        answer = HttpResponse(text, content_type="application/yaml")
        answer["ETag"] = mark
        return get_conditional_response(request, etag=mark, response=answer) or answer


@extend_schema(exclude=True)
class Nowhere(ApiView):
    """Every address under the API's root that is none."""

    access = dict.fromkeys(["GET", "POST", "PUT", "PATCH", "DELETE"], OPEN)

    def get(self, request: Request, **_: str) -> Response:
        """Say so.

        Raises:
            NotFound: always.
        """
        raise NotFound

    post = put = patch = delete = get
