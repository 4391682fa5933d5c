"""Prompts as they are written down: four shapes, read into the same rows; a bad row never stops the rest."""

import enum
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from inference.errors import Refused
from inference.manifest import folder, own, scripts, trace
from inference.manifest.json_source import elements, read_bytes
from inference.manifest.rows import BadRow, Outcome, PromptRow, Stated, settled

__all__ = ["BadRow", "Outcome", "PromptRow", "Shape", "Stated", "detect", "read"]

_SHAPES: Final = (
    "Known shapes are a manifest (one JSON object a line with id, audio and task), a folder of audio (one "
    "folder a task), generated scripts (JSON with id, text, task and category) and TRACE labels (JSON with "
    "instruction_path). See docs/prompts.md."
)


class Shape(enum.Enum):
    """The shapes that prompts are published in."""

    MANIFEST = "manifest"
    FOLDER = "folder"
    SCRIPTS = "scripts"
    TRACE = "trace"


def detect(path: Path) -> Shape:
    """Return which shape a file or folder has, by what is in it.

    Raises:
        Refused: it cannot be read, or has none of the known shapes; the message names them.
    """
    if path.is_dir():
        if (path / own.NAME).is_file():
            return Shape.MANIFEST
        if folder.has_audio(path):
            return Shape.FOLDER
        raise Refused(f"{str(path)!a} holds neither {own.NAME} nor audio. {_SHAPES}", "unknown_shape")
    for element in elements(read_bytes(path)):
        shape = None if isinstance(element, BadRow) else _shape_of(element[1])
        if shape is not None:
            return shape
    if path.name == own.NAME:
        return Shape.MANIFEST
    raise Refused(f"{str(path)!a} holds no prompts in a shape that is known. {_SHAPES}", "unknown_shape")


def read(
    path: Path,
    *,
    stated: Stated | None = None,
    shape: Shape | None = None,
    audio_root: Path | None = None,
) -> Iterator[Outcome]:
    """Yield every prompt of a source once, and every row that is left out with its line and the reason.

    Args:
        path: the file or folder.
        stated: what is said of the source as a whole; None: nothing.
        shape: None: found out from what is in it.
        audio_root: for scripts and TRACE, where the audio lies; None: beside the file.

    Raises:
        Refused: the source as a whole cannot be read or recognised.
    """
    said = stated or Stated()
    match shape or detect(path):
        case Shape.MANIFEST:
            outcomes = own.read(path, stated=said)
        case Shape.FOLDER:
            outcomes = folder.read(path, stated=said)
        case Shape.SCRIPTS:
            outcomes = scripts.read(path, stated=said, audio_root=audio_root)
        case Shape.TRACE:
            outcomes = trace.read(path, stated=said, audio_root=audio_root)
    yield from settled(outcomes)


def _shape_of(value: Any) -> Shape | None:
    if not isinstance(value, dict):
        return None
    if trace.PATH in value:
        return Shape.TRACE
    if "audio" in value:
        return Shape.MANIFEST
    if {"text", "task"} <= value.keys() and len(scripts.FIELDS & value.keys()) > 3:  # noqa: PLR2004 -- more than chance
        return Shape.SCRIPTS
    return None
