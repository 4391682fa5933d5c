"""Every address of the site, made from the resolver, so that none can be forgotten."""

import re
import uuid
from dataclasses import dataclass

from django.urls import URLPattern, get_resolver

# What stands for a part of an address; nothing of that name is there.
PARTS = {
    "uuid": str(uuid.UUID(int=7)),
    "int": "7",
    "slug": "no-such-thing",
    "str": "no-such-thing",
    "path": "no-such-thing",
}
PART = re.compile(r"<(?:(\w+):)?(\w+)>")


@dataclass(frozen=True)
class Address:
    """One address and its pattern."""

    path: str
    pattern: str

    def __str__(self):
        return self.pattern


def addresses() -> list[Address]:
    """List them all, the admin's and the API's too."""
    found: dict[str, Address] = {}

    def walk(patterns, before: str) -> None:
        for one in patterns:
            pattern = before + _shape(one)
            if isinstance(one, URLPattern):
                path = "/" + PART.sub(lambda part: PARTS[part[1] or "str"], pattern)
                found.setdefault(path, Address(path, pattern))
            else:
                walk(one.url_patterns, pattern)

    walk(get_resolver().url_patterns, "")
    return list(found.values())


def _shape(one) -> str:
    """A pattern without the signs of regular expressions; of words that it names the first is taken."""
    text = str(one.pattern)
    if not text.startswith("^"):
        return text
    named = re.sub(r"\(\?P<\w+>(\w+)(?:\|\w+)+\)", r"\1", text)
    return re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<str:\1>", named).strip("^$").replace("\\", "")
