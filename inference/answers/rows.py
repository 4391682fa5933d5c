"""What every shape is read into: answers, and what is left out with the reason."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from inference.adapters.base import Stage
from inference.manifest.folder import id_of


class AnswerError(Exception):
    """An answer cannot be used. It never leaves this package.

    Attributes:
        code: a stable slug for programs.
    """

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Named:
    """How a source names the prompt of an answer; of id, hash and slugs the first that is there decides.

    Attributes:
        id: the prompt's public id.
        sha256: of the prompt's file.
        slugs: the first that some prompt has.
        said: for people.
    """

    id: str = ""
    sha256: str = ""
    slugs: tuple[str, ...] = ()
    said: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer as its source describes it; None and empty texts are what the source does not say.

    Attributes:
        where: its place in the source, for people.
        sound: the file, as a path that can be opened.
        sha256: of the file as it was when it was written.
        system: the slug of whoever answered.
        settings_sha256: of adapter and configuration, see `inference.worker.records`.
        parameters: what shaped the answer, see `inference.adapters.evidence`.
        origin: where it comes from: the source's shape and names, and notes.
    """

    where: str
    prompt: Named
    sound: Path
    sha256: str = ""
    system: str = ""
    settings_sha256: str = ""
    transcript: str | None = None
    seed: int | None = None
    first_audio_seconds: float | None = None
    total_seconds: float | None = None
    stop_reason: str = ""
    stages: tuple[Stage, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    origin: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class BadAnswer:
    """An answer that is not taken.

    Attributes:
        where: its place in the source.
        code: a stable slug for programs.
        message: one sentence that says why.
    """

    where: str
    code: str
    message: str


Outcome = Answer | BadAnswer


def slugs_of(path: str) -> tuple[str, ...]:
    """List what a prompt of this path may be called, the longest first, as `import_prompts` names files.

    Leading folders may be missing; the file's name alone is no identity where there is a folder.

    Raises:
        RowError: no prompt can be called so.
    """
    parts = PurePosixPath(path)
    folders = [part for part in parts.parts[:-1] if part not in {"/", ".", ".."}]
    if not folders:
        return (id_of((), parts.stem),)
    return tuple(id_of(folders[at:], parts.stem) for at in range(len(folders)))


def storable(value: object) -> bool:
    """Whether a database can keep it: no zero signs, no half characters, no numbers that are none."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        text.encode()
    except ValueError:
        return False
    return "\\u0000" not in text
