"""A plain folder of audio: the folder a file lies in names its task, folder and file name are its id."""

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from inference.errors import Refused
from inference.manifest.checks import AUDIO_ENDINGS, audio_within, checked_id
from inference.manifest.rows import BadRow, Outcome, PromptRow, RowError, Stated, completed
from inference.taxonomy import Task, UnknownName, taxonomy

# Holds variants of other prompts with background noise, and is no task.
NOISE: Final = "noise"


@dataclass(frozen=True)
class _File:
    """A file below the root: the folders on the way to it, and its name without ending."""

    line: int
    path: Path
    folders: tuple[str, ...]
    stem: str

    @property
    def is_noisy(self) -> bool:
        return any(folder.casefold() == NOISE for folder in self.folders)

    @property
    def clean_folders(self) -> tuple[str, ...]:
        return tuple(folder for folder in self.folders if folder.casefold() != NOISE)


def read(root: Path, *, stated: Stated) -> Iterator[Outcome]:
    """Yield the prompts of a folder, its files in the order of their names.

    Neither text nor language nor level can be told from a folder: they are what was stated, or stay empty.
    """
    files = list(_files(root))
    originals = [file for file in files if not file.is_noisy and _is_audio(file.path)]
    for file in files:
        try:
            yield _row(file, root=root, originals=originals, stated=stated)
        except RowError as error:
            where = file.path.relative_to(root).as_posix()
            yield BadRow(line=file.line, message=f"{where[:120]!a}: {error}")


def has_audio(root: Path) -> bool:
    """Say whether any file below a folder is audio by its ending."""
    return any(_is_audio(file.path) for file in _files(root))


def task_of(folders: Sequence[str]) -> tuple[Task, tuple[str, ...]]:
    """Return the task that the outermost of these folders names, and the folders below that one.

    Raises:
        RowError: none of them names one.
    """
    unknown = []
    for at, folder in enumerate(folders):
        try:
            return taxonomy().task(folder), tuple(folders[at + 1 :])
        except UnknownName as error:
            unknown.append(error)
    if not unknown:
        raise RowError("It lies in no folder that names its task.")
    raise RowError(next((error for error in unknown if error.near), unknown[-1]).message)


def id_of(folders: Sequence[str], stem: str) -> str:
    """Return the id made of folder and file name.

    A name with signs that an id cannot hold keeps the others, and gets a mark of the whole name so that it
    stays unique.

    Raises:
        RowError: it is longer than an id may be.
    """
    return checked_id("/".join(_plain(part) for part in (*folders, stem)))


def _plain(part: str) -> str:
    kept = re.sub(r"[^\w.-]+", "-", part, flags=re.ASCII).strip("-._")
    if kept == part:
        return part
    mark = hashlib.sha256(part.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{kept}-{mark}" if kept else mark


def _files(root: Path) -> Iterator[_File]:
    line = 0
    for place, folders, names in os.walk(root, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        for name in sorted(names):
            if name.startswith("."):
                continue
            line += 1
            path = Path(place) / name
            parts = path.relative_to(root).parts[:-1] or (root.resolve().name,)
            yield _File(line, path, parts, path.stem)


def _refuse(error: OSError) -> None:
    raise Refused(
        f"{str(error.filename)!a} cannot be read: {error.strerror}.", "unreadable_source"
    ) from error


def _is_audio(path: Path) -> bool:
    return path.suffix.lower() in AUDIO_ENDINGS


def _row(file: _File, *, root: Path, originals: Sequence[_File], stated: Stated) -> PromptRow:
    if not _is_audio(file.path):
        raise RowError(f"It has no ending of audio ({', '.join(AUDIO_ENDINGS)}).")
    original = _original(file, originals) if file.is_noisy else None
    task, below = task_of(original.folders if original else file.folders)
    noise = file.stem.removeprefix(original.stem).strip("_- ") if original else ""
    tags = ("/".join(below)[:80],) if below else ()
    found = PromptRow(
        line=file.line,
        id=id_of(file.folders, file.stem),
        audio=audio_within(root, file.path.relative_to(root).as_posix()),
        domain=task.domain,
        task=task.slug,
        tags=(*tags, f"noise: {noise[:70]}") if noise else tags,
        split=stated.split,
        clean_original=id_of(original.folders, original.stem) if original else "",
    )
    return completed(found, stated)


def _original(variant: _File, originals: Sequence[_File]) -> _File:
    """Return the clean prompt that a noise variant's name begins with."""
    near = [
        file
        for file in originals
        if (not variant.clean_folders or file.folders == variant.clean_folders)
        and re.match(re.escape(file.stem) + r"(?![A-Za-z0-9])", variant.stem)
    ]
    longest = max((len(file.stem) for file in near), default=0)
    found = [file for file in near if len(file.stem) == longest]
    if not found:
        raise RowError("A noise variant's name must begin with the name of a clean prompt; none fits.")
    if len(found) > 1:
        raise RowError("Several clean prompts fit this noise variant: put it in a folder named as its task.")
    return found[0]
