"""Bodies that are taken: named fields and no others."""

import json
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request


class Body(serializers.Serializer[Any]):
    """What a write may say; a field that is not listed is refused, so that nothing is set by the way."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse what is not listed, then look at each field."""
        if isinstance(data, Mapping) and (unknown := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError({name: ["There is no such field."] for name in unknown})
        return super().to_internal_value(data)


class PlainText(serializers.CharField):
    """Text that the database can hold."""

    def to_internal_value(self, data: Any) -> str:
        """Refuse what no column takes."""
        text: str = super().to_internal_value(data)
        if "\0" in text or any("\ud800" <= one <= "\udfff" for one in text):
            raise serializers.ValidationError("It holds characters that no text has.")
        return text


class PlainJson(serializers.JSONField):
    """A JSON object that the database can hold; at most so many bytes."""

    def __init__(self, *, most_bytes: int = 20_000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most_bytes = most_bytes

    def to_internal_value(self, data: Any) -> Any:
        """Refuse what is no object or too large."""
        if not isinstance(data, dict):
            raise serializers.ValidationError("It has to be an object.")
        encoded = json.dumps(data)
        if len(encoded) > self.most_bytes:
            raise serializers.ValidationError(f"It has more than {self.most_bytes} bytes.")
        if "\\u0000" in encoded or "\\ud8" in encoded.lower() or "NaN" in encoded or "Infinity" in encoded:
            raise serializers.ValidationError("It holds what JSON or the database does not.")
        return data


def read(kind: type[serializers.Serializer[Any]], request: Request, **kwargs: Any) -> dict[str, Any]:
    """Read a body.

    Raises:
        ValidationError: which the error handler makes `field_invalid`.
    """
    form = kind(data=request.data, **kwargs)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)
