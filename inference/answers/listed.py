"""A list of answers that somebody made by their own means: `answers.jsonl`, an object a line."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inference.adapters import registry
from inference.answers.rows import Answer, AnswerError, BadAnswer, Named, Outcome, storable
from inference.manifest.checks import audio_within
from inference.manifest.json_source import lines, read_bytes
from inference.manifest.rows import BadRow, RowError

NAME: Final = "answers.jsonl"
SHAPE = "list"

Seconds = Annotated[float, Field(ge=0, le=1e6)]
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class AnswerLine(BaseModel):
    """The fields of a line. Null and left out mean the same: not known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: Annotated[str, Field(min_length=1, max_length=200)]
    file: Annotated[str, Field(min_length=1, max_length=1000)]
    transcript: Annotated[str, Field(max_length=20_000)] | None = None
    seconds: Seconds | None = None
    first_audio_seconds: Seconds | None = None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    stop_reason: Annotated[str, Field(max_length=40)] | None = None
    notes: Annotated[str, Field(max_length=4000)] | None = None


def read(path: Path) -> Iterator[Outcome]:
    """Yield the answers of a list, given as its file or as the folder that holds `answers.jsonl`.

    Raises:
        Refused: the file cannot be read.
    """
    file = path / NAME if path.is_dir() else path
    for element in lines(read_bytes(file)):
        if isinstance(element, BadRow):
            yield BadAnswer(where=f"line {element.line}", code="bad_line", message=element.message)
            continue
        line, value = element
        try:
            yield _answer(value, where=f"line {line}", root=file.parent)
        except AnswerError as error:
            yield BadAnswer(where=f"line {line}", code=error.code, message=str(error))


def _answer(value: Any, *, where: str, root: Path) -> Answer:
    if not isinstance(value, dict) or not storable(value):
        raise AnswerError("A line is a JSON object, whose texts and numbers can be stored.", "bad_line")
    try:
        given = AnswerLine.model_validate(value)
    except ValidationError as error:
        wrong = registry.complaints(error, AnswerLine.model_fields)
        raise AnswerError(f"The line is not accepted: {wrong}.", "bad_line") from error
    try:
        sound = audio_within(root, given.file)
    except RowError as error:
        raise AnswerError(str(error), "no_file") from error
    origin = {"shape": SHAPE, "place": given.file} | ({"notes": given.notes} if given.notes else {})
    return Answer(
        where=where,
        prompt=_named(given.prompt),
        sound=sound,
        transcript=given.transcript,
        seed=given.seed,
        first_audio_seconds=given.first_audio_seconds,
        total_seconds=given.seconds,
        stop_reason=given.stop_reason or "",
        origin=origin,
    )


def _named(prompt: str) -> Named:
    if _ID.fullmatch(prompt.lower()):
        return Named(id=prompt.lower(), said=prompt)
    if _SHA256.fullmatch(prompt.lower()):
        return Named(sha256=prompt.lower(), said=prompt)
    return Named(slugs=(prompt,), said=prompt)
