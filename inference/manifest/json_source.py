"""JSON as sources write it: an object a line, a list, or objects one after another; each with its line."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from inference.errors import Refused
from inference.manifest.rows import BadRow

LARGEST_FILE_BYTES: Final = 64 * 2**20
LONGEST_LINE_BYTES: Final = 64 * 2**10

# An element or a complaint, each at the line on which it begins.
Element = tuple[int, Any] | BadRow

_BETWEEN = re.compile(r"[\s,]*")


def read_bytes(path: Path) -> bytes:
    """Return what a source file holds, without a byte order mark.

    Raises:
        Refused: it cannot be read, or is too large to be a list of prompts.
    """
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= LARGEST_FILE_BYTES else b""
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable name"
        raise Refused(f"{str(path)!a} cannot be read: {reason}.", "unreadable_source") from error
    if size > LARGEST_FILE_BYTES:
        raise Refused(f"{str(path)!a} is larger than {LARGEST_FILE_BYTES // 2**20} MiB.", "source_too_large")
    return content.removeprefix(b"\xef\xbb\xbf")


def lines(content: bytes) -> Iterator[Element]:
    """Yield the value of every line that is not empty."""
    for number, raw in enumerate(content.split(b"\n"), start=1):
        if not raw.strip():
            continue
        if len(raw) > LONGEST_LINE_BYTES:
            message = f"The line has {len(raw)} bytes; {LONGEST_LINE_BYTES} is the most."
            yield BadRow(line=number, message=message)
            continue
        try:
            yield number, json.loads(raw.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            yield BadRow(line=number, message=_complaint(error))


def elements(content: bytes) -> Iterator[Element]:
    """Yield every element of a list, of lines of JSON, or of JSON objects one after another.

    Lines are told by one of them being a whole object, so that a broken one costs no other. In a list, or
    between objects of many lines, nothing says where the next begins: what follows broken JSON is not read.
    """
    if not content.lstrip().startswith(b"["):
        by_line = list(lines(content))
        if any(not isinstance(element, BadRow) and isinstance(element[1], dict) for element in by_line):
            yield from by_line
            return
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        yield BadRow(line=number, message=_complaint(error))
        return
    yield from _sequence(text)


def _sequence(text: str) -> Iterator[Element]:
    decoder = json.JSONDecoder()
    # A list is read element by element, since the lines of its elements would be lost otherwise.
    listed = text.lstrip().startswith("[")
    at = _after_gap(text, text.index("[") + 1 if listed else 0)
    line, counted = 1, 0
    while at < len(text):
        line, counted = line + text.count("\n", counted, at), at
        if listed and text[at] == "]":
            rest = _after_gap(text, at + 1)
            if rest < len(text):
                yield BadRow(
                    line=line + text.count("\n", at, rest), message="There is more after the list's end."
                )
            return
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            broken_at = error.lineno if isinstance(error, json.JSONDecodeError) else line
            yield BadRow(line=broken_at, message=f"{_complaint(error)} Nothing after it was read.")
            return
        yield line, value
        at = _after_gap(text, end)
    if listed:
        last = text.count("\n", 0, len(text.rstrip())) + 1
        yield BadRow(line=last, message="The list has no end: the file may be cut off.")


def _after_gap(text: str, at: int) -> int:
    gap = _BETWEEN.match(text, at)
    return gap.end() if gap else at


def _complaint(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "This is not UTF-8 text."
    if isinstance(error, json.JSONDecodeError):
        return f"This is not JSON: {error.msg} at column {error.colno}."
    return "This is not JSON that can be read: it is nested too deeply or holds too large a number."
