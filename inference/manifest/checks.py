"""Questions asked of single fields, the same in every shape."""

import re
from pathlib import Path, PurePosixPath
from typing import Final

from inference.errors import Refused
from inference.manifest.rows import RowError
from inference.taxonomy import Language, Task, taxonomy

AUDIO_ENDINGS: Final = (".flac", ".mp3", ".oga", ".ogg", ".opus", ".wav")
ID_LENGTH: Final = 200
TEXT_LENGTH: Final = 4000

# An id is a path of names, so that equal file names in different folders stay apart.
_ID = re.compile(r"[^\W_][\w.-]*(?:/[^\W_][\w.-]*)*", re.ASCII)

# Signs that no text holds and no database takes: controls other than tab and line ends, and half surrogates.
_UNSPEAKABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def checked_text(name: str, value: object) -> str:
    """Return a field's text without the space around it.

    Raises:
        RowError: it is no text, too long, or holds control signs.
    """
    if not isinstance(value, str):
        raise RowError(f"{name} must be text.")
    if len(value) > TEXT_LENGTH or _UNSPEAKABLE.search(value):
        raise RowError(f"{name} holds control signs or more than {TEXT_LENGTH} characters.")
    return value.strip()


def checked_id(name: str) -> str:
    """Return the id if it is one.

    Raises:
        RowError: it is empty, too long, or has signs that an id cannot have.
    """
    if len(name) > ID_LENGTH or not _ID.fullmatch(name):
        raise RowError(
            f"The id must be 1 to {ID_LENGTH} plain letters and digits, with . _ - / between them; "
            f"it is {name[:60]!a}."
        )
    return name


def audio_within(root: Path, name: str) -> Path:
    """Return the file of that name under a root.

    Raises:
        RowError: the name leads out of the root, or no file is there.
    """
    written = PurePosixPath(name)
    if "\0" in name or not name or written.is_absolute() or ".." in written.parts:
        raise RowError(f"The audio must be a path below its folder; it is {name[:120]!a}.")
    try:
        place = (root / written).resolve()
        inside, there = place.is_relative_to(root.resolve()), place.is_file()
    except (OSError, RuntimeError, ValueError):
        inside, there = True, False
    if not inside:
        raise RowError(f"The audio {name[:120]!a} is a link that leads out of its folder.")
    if not there:
        raise RowError(f"There is no audio at {name[:120]!a}.")
    return place


def task_and_domain(task: str, domain: str | None) -> Task:
    """Return the task of a name, after making sure that a domain given beside it is its own.

    Raises:
        RowError: a name is unknown, or the two do not belong together.
    """
    try:
        found = taxonomy().task(task)
        stated = taxonomy().domain(domain) if domain else None
    except Refused as error:
        raise RowError(error.message) from error
    if stated is not None and stated.slug != found.domain:
        raise RowError(f"The task {found.slug} belongs to {found.domain}, not to {stated.slug}.")
    return found


def language_of(name: str) -> Language:
    """Return the language of a name.

    Raises:
        RowError: it is unknown.
    """
    try:
        return taxonomy().language(name)
    except Refused as error:
        raise RowError(error.message) from error
