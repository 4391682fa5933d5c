"""Many sounds as one zip, made while it is sent; one sound, or a range of it."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator

from django.http import HttpResponse

# What zip files begin with; every archive of the same files is the same to the byte.
LONG_AGO = (1980, 1, 1, 0, 0, 0)
# Python reads no number of thousands of digits, and no sound has so many bytes.
RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


class _Pipe(io.RawIOBase):
    """Takes what the zip writes, to be sent on."""

    def __init__(self) -> None:
        self.held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]  # any buffer
        self.held += piece
        return len(piece)

    def take(self) -> bytes:
        taken = bytes(self.held)
        self.held.clear()
        return taken


def zipped(*sources: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """Make a zip of names and bytes, one file in memory at a time; sounds are stored as they are."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as made:  # cannot be sought
        for source in sources:
            for name, data in source:
                made.writestr(zipfile.ZipInfo(name, LONG_AGO), data)
                yield pipe.take()
    yield pipe.take()


def ranged(data: bytes, *, media_type: str, asked: str) -> HttpResponse:
    """Answer with all of a sound, or with the one range that is asked for (RFC 9110, 14)."""
    size = len(data)
    span = _span(asked, size)
    if span is None:
        answer = HttpResponse(data, content_type=media_type)
    elif span[0] >= span[1]:
        answer = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    else:
        first, end = span
        answer = HttpResponse(data[first:end], status=206, content_type=media_type)
        answer["Content-Range"] = f"bytes {first}-{end - 1}/{size}"
    answer["Accept-Ranges"] = "bytes"
    return answer


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """Read a Range header; None: all of it, also where the header is none that we know."""
    found = RANGE.fullmatch(asked.strip())
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(int(last) + 1 if last else size, size)
