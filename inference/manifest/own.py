"""The arena's own manifest: one JSON object a line, each a prompt with its audio beside it."""

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from inference.manifest.checks import audio_within, checked_id, language_of, task_and_domain
from inference.manifest.json_source import lines, read_bytes
from inference.manifest.rows import BadRow, Outcome, PromptRow, RowError, Stated, completed

NAME: Final = "manifest.jsonl"

# What a database and a page can hold: no control signs but tab and line ends. Half surrogates never get here.
_SPEAKABLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000, pattern=_SPEAKABLE)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=_SPEAKABLE)]
Detail = Annotated[str, StringConstraints(strip_whitespace=True, max_length=400, pattern=_SPEAKABLE)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120, pattern=_SPEAKABLE)]
Tag = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=_SPEAKABLE)
]


class ManifestLine(BaseModel):
    """The fields of a line. Null and left out mean the same: not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: str
    audio: str
    task: Label
    domain: Label | None = None
    text: Text | None = None
    language: Label | None = None
    answer_language: Label | None = None
    level: Annotated[int, Field(ge=1, le=4)] | None = None
    delivery_label: Label | None = None
    subtask: Label | None = None
    tags: Annotated[list[Tag], Field(max_length=20)] | None = None
    split: Literal["public", "hidden", "showcase"] | None = None
    licence: Short | None = None
    origin: Literal["recorded", "synthesised", "corpus"] | None = None
    origin_detail: Detail | None = None
    clean_original: Label | None = None
    speaker_consent: Detail | None = None


def read(path: Path, *, stated: Stated) -> Iterator[Outcome]:
    """Yield the prompts of a manifest, given as its file or as the folder that holds `manifest.jsonl`.

    Raises:
        Refused: the file cannot be read.
    """
    file = path / NAME if path.is_dir() else path
    for element in lines(read_bytes(file)):
        if isinstance(element, BadRow):
            yield element
            continue
        line, fields = element
        try:
            yield row(fields, line=line, root=file.parent, stated=stated)
        except RowError as error:
            yield BadRow(line=line, message=str(error))


def row(fields: Any, *, line: int, root: Path | None, stated: Stated) -> PromptRow:
    """Return the prompt that one line describes.

    Args:
        fields: the line as JSON has it, of whatever type.
        line: its number.
        root: the folder its audio is below; None leaves the audio's name as written and looks for no file.
        stated: what was said of the whole source.

    Raises:
        RowError: with a sentence that says what to mend.
    """
    if not isinstance(fields, dict):
        raise RowError("A line must be one JSON object with the fields of a prompt.")
    try:
        given = ManifestLine.model_validate(fields)
    except ValidationError as error:
        raise RowError(_complaint(error)) from error
    task = task_and_domain(given.task, given.domain)
    found = PromptRow(
        line=line,
        id=checked_id(given.id),
        audio=Path(given.audio) if root is None else audio_within(root, given.audio),
        domain=task.domain,
        task=task.slug,
        language=language_of(given.language).code if given.language else None,
        answer_language=language_of(given.answer_language).code if given.answer_language else None,
        level=given.level,
        tags=tuple(dict.fromkeys(given.tags or ())),
        split=given.split or stated.split,
        origin=given.origin or "",
        **_texts(given),
    )
    return completed(found, stated)


def _texts(given: ManifestLine) -> Mapping[str, Any]:
    names = (
        "text",
        "delivery_label",
        "subtask",
        "licence",
        "origin_detail",
        "clean_original",
        "speaker_consent",
    )
    return {name: getattr(given, name) or "" for name in names}


def _complaint(error: ValidationError) -> str:
    return " ".join(
        _sentence(str((*fault["loc"], "A field's name")[0]), fault["type"], fault["msg"], fault["input"])
        for fault in error.errors()[:3]
    )


def _sentence(field: str, kind: str, message: str, given: Any) -> str:
    if kind == "missing":
        return f"The field {field} is missing."
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(field[:40], ManifestLine.model_fields, n=1)
        return f"There is no field {field[:40]!a}." + (f" Did you mean {near[0]}?" if near else "")
    if field == "level" and isinstance(given, str):
        return "level is a bare number from 1 to 4: codes such as L2 differ between the papers."
    if kind == "string_pattern_mismatch":
        return f"{field} holds control signs."
    return f"{field}: {message}."
