"""What every shape is read into: prompt rows, bad rows, and what is stated of a whole source."""

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from inference.errors import Refused
from inference.taxonomy import Paper, taxonomy

SPLITS: Final = ("public", "hidden", "showcase")
ORIGINS: Final = ("recorded", "synthesised", "corpus")
LEVELS: Final = (1, 2, 3, 4)

Split = Literal["public", "hidden", "showcase"]
Origin = Literal["recorded", "synthesised", "corpus", ""]


class RowError(Exception):
    """A row cannot be used; the message says why. It never leaves this package."""


@dataclass(frozen=True, kw_only=True)
class PromptRow:
    """One prompt as its source describes it. An empty text, or None, is what the source does not say.

    Attributes:
        line: where it stands in the source, from 1: a file's line, or the place in a folder's sorted files.
        id: unique within its source.
        audio: the clip, as a path that can be opened.
        clean_original: the id of the prompt that this one is a noise variant of.
        speaker_consent: how a recorded speaker agreed.
    """

    line: int
    id: str
    audio: Path
    domain: str
    task: str
    text: str = ""
    language: str | None = None
    answer_language: str | None = None
    level: int | None = None
    delivery_label: str = ""
    subtask: str = ""
    tags: tuple[str, ...] = ()
    split: Split = "public"
    licence: str = ""
    origin: Origin = ""
    origin_detail: str = ""
    clean_original: str = ""
    speaker_consent: str = ""


@dataclass(frozen=True, kw_only=True)
class BadRow:
    """A row that is left out, with its line and one sentence that says why."""

    line: int
    message: str


Outcome = PromptRow | BadRow


@dataclass(frozen=True, kw_only=True)
class Stated:
    """What the person importing says of a whole source; it fills what rows leave open, overriding nothing.

    Attributes:
        task: the curated task of rows whose own task is a free name.
        paper: whose level codes the source uses.

    Raises:
        Refused: a name is unknown or a value out of range.
    """

    language: str | None = None
    answer_language: str | None = None
    level: int | None = None
    task: str | None = None
    paper: Paper | None = None
    split: Split = "public"
    licence: str = ""
    origin: Origin = ""
    origin_detail: str = ""
    speaker_consent: str = ""

    def __post_init__(self) -> None:
        for name in ("language", "answer_language"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, taxonomy().language(getattr(self, name)).code)
        if self.task is not None:
            object.__setattr__(self, "task", taxonomy().task(self.task).slug)
        for name, allowed in (
            ("level", (None, *LEVELS)),
            ("paper", (None, 1, 2)),
            ("split", SPLITS),
            ("origin", ("", *ORIGINS)),
        ):
            if getattr(self, name) not in allowed:
                known = ", ".join(str(value) for value in allowed if value)
                raise Refused(f"The stated {name} must be one of {known}.", f"unknown_{name}")


def completed(row: PromptRow, stated: Stated) -> PromptRow:
    """Return the row with what it leaves open filled from what was stated.

    Raises:
        RowError: it is a recording of somebody whose consent nobody states, or a variant of itself.
    """
    filled = dataclasses.replace(
        row,
        language=row.language or stated.language,
        answer_language=row.answer_language or stated.answer_language,
        level=row.level or stated.level,
        licence=row.licence or stated.licence,
        origin=row.origin or stated.origin,
        origin_detail=row.origin_detail or stated.origin_detail,
        speaker_consent=row.speaker_consent or stated.speaker_consent,
    )
    if filled.origin == "recorded" and not filled.speaker_consent:
        raise RowError("A recorded voice needs speaker_consent: say how the speaker agreed.")
    if filled.clean_original == filled.id:
        raise RowError("A prompt cannot be the noise variant of itself.")
    return filled


def settled(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """Yield each prompt once, noise variants after their originals.

    A repeated id with the same content says nothing new and is passed over; with other content it is a bad
    row. So is a variant whose original is not among the good rows.
    """
    seen: dict[str, PromptRow] = {}
    variants = []
    for outcome in outcomes:
        if isinstance(outcome, BadRow):
            yield outcome
            continue
        first = seen.setdefault(outcome.id, outcome)
        if first is outcome and outcome.clean_original:
            variants.append(outcome)
        elif first is outcome:
            yield outcome
        elif dataclasses.replace(outcome, line=first.line) != first:
            message = f"The id {outcome.id} was given on line {first.line} to another prompt."
            yield BadRow(line=outcome.line, message=message)
    for variant in variants:
        original = seen.get(variant.clean_original)
        if original is None or original.clean_original:
            message = (
                f"Its clean original {variant.clean_original} is not among the good, clean prompts here."
            )
            yield BadRow(line=variant.line, message=message)
        else:
            yield variant
