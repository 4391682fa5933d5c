"""Answers as they are written down outside the site: four shapes, read into the same rows."""

from collections.abc import Iterator
from pathlib import Path

from inference.answers import listed, published, tried
from inference.answers.rows import Answer, BadAnswer, Named, Outcome
from inference.errors import Refused
from inference.manifest.json_source import elements, read_bytes
from inference.manifest.rows import BadRow

__all__ = ["Answer", "BadAnswer", "Named", "Outcome", "read"]

_SHAPES = (
    "Known are what `python -m inference.worker --try` writes (a folder with answer.json files), a list "
    f"({listed.NAME}: an object a line with prompt and file), records (input_path and output_path_…) and "
    "TRACE labels (instruction_path, audio1_path, audio2_path). See docs/adapters.md."
)


def read(path: Path, *, key: str, root: Path | None = None) -> Iterator[Outcome]:
    """Yield every answer of a source once, and everything that is left out with the reason.

    Args:
        path: the file or folder.
        key: what a source of several systems calls the one that is meant.
        root: for records and TRACE, where the sound lies; None: beside the file.

    Raises:
        Refused: the source as a whole cannot be read or recognised.
    """
    if path.is_dir():
        if (path / listed.NAME).is_file():
            return listed.read(path)
        if next(tried.records(path), None):
            return tried.read(path)
    elif path.name == listed.NAME:
        return listed.read(path)
    else:
        for element in elements(read_bytes(path)):
            if isinstance(element, BadRow) or not isinstance(element[1], dict):
                continue
            if published.is_one(element[1]):
                return published.read(path, key=key, root=root)
            if {"prompt", "file"} <= element[1].keys():
                return listed.read(path)
    raise Refused(f"{str(path)!a} holds no answers in a shape that is known. {_SHAPES}", "unknown_shape")
