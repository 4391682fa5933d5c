"""What a release is made from, and under which names it says it."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder

from inference.models import Prompt, System
from judging.models import Seal
from leaderboard.models import Snapshot

_MARK: Final = 12


@dataclass(frozen=True, kw_only=True)
class Part:
    """One file of a release; `rows`: how many things it lists."""

    path: Path
    rows: int
    media_type: str


@dataclass(frozen=True, kw_only=True)
class Content:
    """A release that is being made.

    Attributes:
        seal: the cut-off of all its snapshots.
        withdrawn: votes that are left out because a person took them back.
    """

    version: str
    title: str
    licence: str
    seal: Seal
    snapshots: list[Snapshot]
    withdrawn: int
    # Made for this release, written nowhere, gone with it: pseudonyms of two releases cannot be joined (D70).
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def person(self, annotator: int) -> str:
        """Give an annotator's pseudonym in this release."""
        return f"p{self._mark(f'annotator {annotator}')}"

    @cached_property
    def systems(self) -> Mapping[int, System]:
        """The systems by key."""
        return System.objects.select_related("model").in_bulk()

    @cached_property
    def prompts(self) -> Mapping[int, Prompt]:
        """The prompts by key."""
        facts = ("prompt_set", "task__domain", "level", "language", "answer_language")
        return Prompt.objects.select_related(*facts).in_bulk()

    def prompt_name(self, key: int) -> str:
        """Name a prompt: a public one by its set, any other by a mark that says nothing."""
        prompt = self.prompts[key]
        if is_open(prompt):
            return f"{prompt.prompt_set.address}/{prompt.slug}"
        return f"q{self._mark(f'prompt {key}')}"

    def renamed(self, value: Any) -> Any:
        """Put the names that everybody sees into plain data, wherever a system's slug stands in it."""
        if isinstance(value, dict):
            return {key: self.renamed(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.renamed(inner) for inner in value]
        return self._shown.get(value, value) if isinstance(value, str) else value

    @cached_property
    def _shown(self) -> Mapping[str, str]:
        return {system.slug: system.shown_slug for system in self.systems.values()}

    def _mark(self, named: str) -> str:
        return hmac.new(self._key, named.encode(), hashlib.sha256).hexdigest()[:_MARK]


def is_open(prompt: Prompt) -> bool:
    """Say whether everybody may know a prompt: public, of a published set, and not withdrawn."""
    public = prompt.split == Prompt.Split.PUBLIC and prompt.prompt_set.published_at is not None
    return public and prompt.state == Prompt.State.OK


def json_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> Part:
    """Write rows as JSON lines."""
    number = 0
    with path.open("w", encoding="utf-8") as stream:
        for number, row in enumerate(rows, start=1):  # noqa: B007 -- counted
            stream.write(dumped(row) + "\n")
    return Part(path=path, rows=number, media_type="application/jsonl")


def dumped(value: Any, *, indent: int | None = None) -> str:
    """Write plain data as JSON."""
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, indent=indent)
