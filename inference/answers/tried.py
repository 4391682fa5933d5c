"""What `python -m inference.worker --try` wrote: a folder for each prompt, with an `answer.json`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inference.adapters import registry
from inference.adapters.base import Stage
from inference.answers.rows import Answer, AnswerError, BadAnswer, Named, Outcome, slugs_of, storable
from inference.manifest.rows import RowError
from inference.worker.records import ANSWER, SOUND

SHAPE = "worker"
LARGEST_BYTES = 2**20
Seconds = Annotated[float, Field(ge=0, le=1e6)]
Sha256 = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]


class _Stage(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=40)]
    key: Annotated[str, Field(min_length=1, max_length=64)]
    text: str
    seconds: Seconds
    tags: dict[str, Any] = {}


class _Facts(BaseModel):
    """What of an `answer.json` is read; other fields are the worker's own."""

    model_config = ConfigDict(extra="ignore")

    answered: bool
    code: str = ""
    message: str = ""
    system: str = ""
    settings_sha256: Sha256 = ""
    prompt: str
    prompt_sha256: Sha256 = ""
    sha256: Sha256 = ""
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    transcript: str | None = None
    first_audio_seconds: Seconds | None = None
    total_seconds: Seconds | None = None
    stop_reason: Annotated[str, Field(max_length=40)] = ""
    parameters: dict[str, Any] = {}
    stages: tuple[_Stage, ...] = ()


def records(folder: Path) -> Iterator[Path]:
    """Find the records below a folder, in the order of their names."""
    yield from sorted(folder.rglob(ANSWER))


def read(folder: Path) -> Iterator[Outcome]:
    """Yield what came of every prompt."""
    for record in records(folder):
        where = record.parent.relative_to(folder).as_posix()
        try:
            yield _answer(record, where=where)
        except AnswerError as error:
            yield BadAnswer(where=where, code=error.code, message=str(error))


def _answer(record: Path, *, where: str) -> Answer:
    facts = _facts(record)
    if not facts.answered:
        raise AnswerError(f"The system did not answer: {facts.message} ({facts.code})", "not_answered")
    sound = record.with_name(SOUND)
    if not sound.is_file():
        raise AnswerError(f"There is no {SOUND} beside it.", "no_file")
    return Answer(
        where=where,
        prompt=_named(facts),
        sound=sound,
        stages=tuple(Stage(**stage.model_dump()) for stage in facts.stages),
        origin={"shape": SHAPE, "place": where},
        **facts.model_dump(
            include={
                "sha256",
                "system",
                "settings_sha256",
                "transcript",
                "seed",
                "first_audio_seconds",
                "total_seconds",
                "stop_reason",
                "parameters",
            }
        ),
    )


def _facts(record: Path) -> _Facts:
    try:
        if record.stat().st_size > LARGEST_BYTES:
            raise AnswerError(f"Its {ANSWER} is larger than {LARGEST_BYTES // 2**20} MiB.", "bad_record")
        value = json.loads(record.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise AnswerError(f"Its {ANSWER} cannot be read.", "bad_record") from error
    if not storable(value):
        raise AnswerError(f"Its {ANSWER} holds signs or numbers that cannot be stored.", "bad_record")
    try:
        return _Facts.model_validate(value)
    except ValidationError as error:
        wrong = registry.complaints(error, _Facts.model_fields)
        raise AnswerError(f"Its {ANSWER} is not as the worker writes it: {wrong}.", "bad_record") from error


def _named(facts: _Facts) -> Named:
    if facts.prompt_sha256:
        return Named(sha256=facts.prompt_sha256, said=facts.prompt)
    try:
        return Named(slugs=slugs_of(facts.prompt), said=facts.prompt)
    except RowError as error:
        raise AnswerError(str(error), "unknown_prompt") from error
