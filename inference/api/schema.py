"""How the schema is written: each view's errors, headers and keys follow from what the view declares."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework.serializers import Serializer

from inference.errors import codes

Parameter = OpenApiParameter | Serializer[Any] | type[Serializer[Any]]
PROBLEM = "application/problem+json"
USUAL = (
    "malformed",
    "filter_unknown",
    "method_not_allowed",
    "not_acceptable",
    "rate_limited",
    "internal",
    "unavailable",
)
OF_TOKENS = ("token_needed", "token_invalid", "token_expired")
OF_BODIES = ("field_invalid", "media_type_unsupported", "file_too_large")
OF_KEYS = (
    "idempotency_key_required",
    "idempotency_key_reused",
    "idempotency_in_progress",
    "secret_shown_once",
)


class Schema(AutoSchema):
    """Adds to every operation what all have."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Add the codes with which the operation can say no, by status."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        by_status: dict[int, list[str]] = {}
        for name in self._codes():
            by_status.setdefault(codes.known(name).status, []).append(name)
        for status, names in sorted(by_status.items()):
            said = ", ".join(f"`{name}`" for name in sorted(names))
            operation["responses"][str(status)] = {
                "description": said,
                "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
        return operation

    def get_override_parameters(self) -> list[Parameter]:
        """Filters, and the key of a write."""
        found: list[Parameter] = [
            OpenApiParameter(name, str, OpenApiParameter.QUERY, required=False, description=said)
            for name, said in getattr(self.view, "filters", {}).items()
        ]
        if self._is_once():
            found.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[!-~]+$"},
                    OpenApiParameter.HEADER,
                    required=self.method == "POST",
                    description="A fresh random key for each new write; the same key gives the same answer.",
                )
            )
        return found

    def get_auth(self) -> list[dict[str, Any]]:
        """The token, where one is needed, or may be shown."""
        access = getattr(self.view, "access", {}).get(self.method)
        if access is None or not access.needs_token:
            return []
        return [{"token": [access.scope] if access.scope else []}]

    def _is_once(self) -> bool:
        return bool(getattr(getattr(self.view, self.method.lower(), None), "is_once", False))

    def _codes(self) -> list[str]:
        view = self.view
        access = getattr(view, "access", {}).get(self.method)
        found = [
            *USUAL,
            *getattr(view, "refusals", {}).get(self.method, ()),
            "token_invalid",
            "token_expired",
        ]
        if access and access.needs_token:
            found += OF_TOKENS
            if access.scope:
                found.append("scope_missing")
        if "{" in self.path:
            found.append("not_found")
        if self.method in {"POST", "PUT", "PATCH"}:
            found += OF_BODIES
        if self._is_once():
            found += OF_KEYS
        return sorted(set(found))
