"""Pieces that several answers share."""

from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

Fields = dict[str, serializers.Field[Any, Any, Any, Any]]


def text(**kwargs: Any) -> serializers.CharField:
    """A text."""
    return serializers.CharField(**kwargs)


def moment(**kwargs: Any) -> serializers.DateTimeField:
    """A moment in UTC; null where there is none yet."""
    return serializers.DateTimeField(**kwargs)


def maybe(kind: type[serializers.Field[Any, Any, Any, Any]], **kwargs: Any) -> Any:
    """Something that may be null."""
    return kind(allow_null=True, **kwargs)


def whole(**kwargs: Any) -> serializers.IntegerField:
    """A whole number."""
    return serializers.IntegerField(**kwargs)


def page_of(name: str, of: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """One page of a list."""
    return inline_serializer(
        f"{name}Page",
        {
            "results": of(many=True),
            "next": maybe(serializers.CharField),
            "previous": maybe(serializers.CharField),
        },
    )
