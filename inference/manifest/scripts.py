"""The script schema of the second paper's generated part: free task names, and audio beside it by id."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from inference.errors import Refused
from inference.manifest.checks import AUDIO_ENDINGS, audio_within, checked_id, checked_text, language_of
from inference.manifest.json_source import elements, read_bytes
from inference.manifest.rows import BadRow, Outcome, PromptRow, RowError, Stated, completed
from inference.taxonomy import Domain, Task, UnknownName, taxonomy

# Source: arXiv 2503.05085v2, section on the generated scripts.
FIELDS: Final = frozenset(
    {"id", "text", "task", "category", "task_description", "language", "text_cn", "level"}
)
_HAN = re.compile(r"[\u3400-\u9fff]")


def read(path: Path, *, stated: Stated, audio_root: Path | None = None) -> Iterator[Outcome]:
    """Yield the prompts of a file of scripts: a list, lines of JSON, or objects one after another.

    Args:
        path: the file.
        stated: `paper` says whose level codes it uses, `task` which curated task its free names belong to.
        audio_root: where `<id>.<ending>` lies; None: beside the file.

    Raises:
        Refused: the file cannot be read.
    """
    root = audio_root or path.parent
    for element in elements(read_bytes(path)):
        if isinstance(element, BadRow):
            yield element
            continue
        line, fields = element
        try:
            yield _row(fields, line=line, root=root, stated=stated)
        except RowError as error:
            yield BadRow(line=line, message=str(error))


def _row(fields: Any, *, line: int, root: Path, stated: Stated) -> PromptRow:
    if not isinstance(fields, dict):
        raise RowError("A script must be a JSON object with id, text, task, category, language and level.")
    name = checked_id(_text(fields, "id", required=True))
    task, tags = _task(fields, stated)
    language = _text(fields, "language")
    code = language_of(language).code if language else None
    found = PromptRow(
        line=line,
        id=name,
        audio=_audio(root, name),
        domain=task.domain,
        task=task.slug,
        text=_spoken(fields, code or stated.language),
        language=code,
        level=_level(fields, stated),
        tags=tags,
        split=stated.split,
    )
    return completed(found, stated)


def _text(fields: dict[str, Any], name: str, *, required: bool = False) -> str:
    value = fields.get(name)
    if name == "id" and isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**18:
        value = str(value)
    if value is None or value == "":
        if required:
            raise RowError(f"The field {name} is missing.")
        return ""
    return checked_text(name, value)


def _task(fields: dict[str, Any], stated: Stated) -> tuple[Task, tuple[str, ...]]:
    """Return the curated task, and as a tag the free name that it was not found by.

    A free name never makes a task. Its category decides only where that domain has a single task; else
    somebody has to say.
    """
    rows = taxonomy()
    name = _text(fields, "task", required=True)
    domain = _domain(fields)
    try:
        task = rows.task(name)
        tags: tuple[str, ...] = ()
    except UnknownName as error:
        tags = (name[:80],)
        only = rows.tasks_of(domain) if domain else ()
        if len(only) == 1:
            task = only[0]
        elif stated.task:
            task = rows.task(stated.task)
        else:
            raise RowError(
                f"{error.message} A free task name becomes a tag: state which task these scripts belong to."
            ) from error
    if domain and task.domain != domain.slug:
        raise RowError(f"The task {task.slug} belongs to {task.domain}, not to {domain.slug}.")
    return task, tags


def _domain(fields: dict[str, Any]) -> Domain | None:
    category = _text(fields, "category")
    try:
        return taxonomy().domain(category) if category else None
    except UnknownName as error:
        raise RowError(error.message) from error


def _spoken(fields: dict[str, Any], language: str | None) -> str:
    """Return the text in its language: `text_cn` only where a Chinese script's `text` is not Chinese."""
    text, chinese = _text(fields, "text"), _text(fields, "text_cn")
    if not text and language != "zh":
        raise RowError("The field text is missing.")
    return chinese if language == "zh" and chinese and not _HAN.search(text) else text


def _level(fields: dict[str, Any], stated: Stated) -> int | None:
    code = fields.get("level")
    if code is None or code == "":
        return None
    if isinstance(code, bool) or not isinstance(code, str | int):
        raise RowError("level must be a code such as L2.")
    try:
        return taxonomy().level(code, paper=stated.paper).number
    except Refused as error:
        raise RowError(error.message) from error


def _audio(root: Path, name: str) -> Path:
    there = [ending for ending in AUDIO_ENDINGS if (root / f"{name}{ending}").is_file()]
    if len(there) > 1:
        raise RowError(f"Several audio files are called {name}: with {' and '.join(there)}.")
    return audio_within(root, f"{name}{there[0] if there else '.wav'}")
