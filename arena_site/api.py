"""The API's root, and its border: one handler for every error, so that all answers have one shape."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ErrorDetail
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView, exception_handler

from inference.errors import Refused


def refuse(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Answer as `{"error": {"code", "message", "fields"}}`; None for a bug, which stays a 500."""
    if isinstance(exception, Refused):
        return Response(
            {"error": {"code": exception.code, "message": exception.message}}, status=exception.status
        )
    response = exception_handler(exception, context)
    if response is None:
        return None
    told = response.data.get("detail") if isinstance(response.data, dict) else None
    if isinstance(told, ErrorDetail):
        error = {"code": told.code, "message": str(told)}
    else:
        error = {
            "code": "invalid",
            "message": "Some fields are not as they should be.",
            "fields": response.data,
        }
    response.data = {"error": error}
    return response


class Root(APIView):
    """Where to go from here."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="root",
        responses={200: {"type": "object", "additionalProperties": {"type": "string"}}},
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """List the addresses of what can be read."""
        names = {"boards": "api-boards", "schema": "api-schema"}
        return Response({word: reverse(name, request=request) for word, name in names.items()})
