"""What prompts are about: languages, domains, levels, tasks; read from `taxonomy.json`, found by name."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from inference.errors import Refused
from inference.taxonomy.names import Names, UnknownName

__all__ = [
    "Delivery",
    "Domain",
    "Guidance",
    "Language",
    "Level",
    "Paper",
    "Task",
    "Taxonomy",
    "UnknownName",
    "taxonomy",
]

Paper = Literal[1, 2]

# Source: arXiv 2503.05085, version 1 (the first paper) and version 2 (the second); ours are the second's.
_CODES: Mapping[Paper, Mapping[str, int]] = {
    1: {"0": 1, "1": 2, "2": 3, "3": 4},
    2: {"1": 1, "2": 2, "3": 3, "4": 4},
}


@dataclass(frozen=True, kw_only=True)
class Language:
    """A language that is spoken in prompts or asked for in answers; `code` is BCP 47."""

    code: str
    name_en: str
    name_zh_hans: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Domain:
    """One of the fields that tasks belong to."""

    slug: str
    name_en: str
    name_zh_hans: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Level:
    """How much of the voice is tested, from 1 (nothing) to 4 (on both sides)."""

    number: int
    slug: str
    name_en: str
    name_zh_hans: str
    description_en: str
    description_zh_hans: str


@dataclass(frozen=True, kw_only=True)
class Guidance:
    """The line that stands beside a pair, in the languages of the interface."""

    en: str
    zh_hans: str


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a prompt asks for. `guidance_by_level` holds the levels whose line differs from `guidance`."""

    slug: str
    domain: str
    name_en: str
    name_zh_hans: str
    aliases: tuple[str, ...]
    guidance: Guidance
    guidance_by_level: Mapping[int, Guidance]

    def guidance_at(self, level: int | None) -> Guidance:
        """Return the line for a level; None is a prompt whose level is not known."""
        return self.guidance if level is None else self.guidance_by_level.get(level, self.guidance)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """An intended delivery that published prompts are labelled with, such as the emotion `fearful`."""

    kind: str
    value: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Taxonomy:
    """All rows, and the ways to find one by any of its names.

    Raises:
        ValueError: a name stands for two things, or a task for no domain.
    """

    languages: tuple[Language, ...]
    domains: tuple[Domain, ...]
    levels: tuple[Level, ...]
    tasks: tuple[Task, ...]
    deliveries: tuple[Delivery, ...]
    _names: Mapping[str, Names] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        named: dict[str, dict[str, tuple[str, ...]]] = {
            "language": {x.code: (x.name_en, x.name_zh_hans, *x.aliases) for x in self.languages},
            "domain": {x.slug: (x.name_en, x.name_zh_hans, *x.aliases) for x in self.domains},
            "task": {x.slug: (x.name_en, x.name_zh_hans, *x.aliases) for x in self.tasks},
            "level": {x.slug: (x.name_en, x.name_zh_hans) for x in self.levels},
            "delivery": {x.value: x.aliases for x in self.deliveries},
        }
        object.__setattr__(self, "_names", {kind: Names(kind, names) for kind, names in named.items()})
        homeless = {task.domain for task in self.tasks} - {domain.slug for domain in self.domains}
        if homeless:
            raise ValueError(f"Tasks name domains that do not exist: {sorted(homeless)}.")

    def language(self, name: str) -> Language:
        """Return the language of a code, name or alias.

        Raises:
            UnknownName: with near names.
        """
        code = self._names["language"].resolve(name)
        return next(language for language in self.languages if language.code == code)

    def domain(self, name: str) -> Domain:
        """Return the domain of a slug, name or alias.

        Raises:
            UnknownName: with near names.
        """
        slug = self._names["domain"].resolve(name)
        return next(domain for domain in self.domains if domain.slug == slug)

    def task(self, name: str) -> Task:
        """Return the task of a slug, name or alias, such as a folder's name.

        Raises:
            UnknownName: with near names.
        """
        slug = self._names["task"].resolve(name)
        return next(task for task in self.tasks if task.slug == slug)

    def tasks_of(self, domain: Domain) -> tuple[Task, ...]:
        """Return the tasks of a domain."""
        return tuple(task for task in self.tasks if task.domain == domain.slug)

    def delivery(self, name: str) -> Delivery:
        """Return the delivery of a label or a known misspelling of it.

        Raises:
            UnknownName: with near names.
        """
        value = self._names["delivery"].resolve(name)
        return next(delivery for delivery in self.deliveries if delivery.value == value)

    def level(self, code: str | int, *, paper: Paper | None) -> Level:
        """Return the level of a code such as `L2`, of a bare number, or of a level's own name.

        L1, L2 and L3 mean one thing in the first paper and another in the second. L0 is found only in the
        first, L4 only in the second, so these two need no paper.

        Args:
            code: as the source writes it.
            paper: whose codes the source uses; None: nobody said.

        Raises:
            Refused: the code is ambiguous without a paper, or the named paper has no such code.
            UnknownName: it is no code and no level's name.
        """
        short = str(code).strip().upper().removeprefix("L")
        if short in _CODES[1] or short in _CODES[2]:
            return self._coded(short, paper=paper)
        slug = self._names["level"].resolve(str(code))
        return next(level for level in self.levels if level.slug == slug)

    def _coded(self, short: str, *, paper: Paper | None) -> Level:
        papers = [number for number, codes in _CODES.items() if short in codes]
        if paper is None and len(papers) > 1:
            raise Refused(
                f"L{short} is one level in the first paper and another in the second: "
                "say which paper's codes these are.",
                "ambiguous_level",
            )
        chosen = paper or papers[0]
        if chosen not in papers:
            codes = ", ".join(f"L{known}" for known in _CODES[chosen])
            raise Refused(f"Paper {chosen} has no level L{short}; its levels are {codes}.", "unknown_level")
        number = _CODES[chosen][short]
        return next(level for level in self.levels if level.number == number)


@cache
def taxonomy() -> Taxonomy:
    """Return the rows that come with the product.

    Source: names of tasks and domains, arXiv 2503.05085v2; all other words are the project's own.
    """
    rows = json.loads(Path(__file__).with_name("taxonomy.json").read_text(encoding="utf-8"))
    return Taxonomy(
        languages=tuple(Language(**_tupled(row)) for row in rows["languages"]),
        domains=tuple(Domain(**_tupled(row)) for row in rows["domains"]),
        levels=tuple(Level(**row) for row in rows["levels"]),
        tasks=tuple(_task(row) for row in rows["tasks"]),
        deliveries=tuple(Delivery(**_tupled(row)) for row in rows["deliveries"]),
    )


def _tupled(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"aliases": tuple(row["aliases"])}


def _task(row: dict[str, Any]) -> Task:
    kept = {key: row[key] for key in ("slug", "domain", "name_en", "name_zh_hans")}
    return Task(
        **kept,
        aliases=tuple(row["aliases"]),
        guidance=Guidance(en=row["guidance_en"], zh_hans=row["guidance_zh_hans"]),
        guidance_by_level={int(level): Guidance(**line) for level, line in row["guidance_by_level"].items()},
    )
