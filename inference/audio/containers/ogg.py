"""Ogg: its pages with their check sums, and the Vorbis or Opus stream inside.

Source: RFC 3533 (Ogg), RFC 7845 (Opus in Ogg), Vorbis I specification section 4.2.2.
"""

import itertools
import struct
import zlib
from dataclasses import dataclass

from inference.audio.containers.header import Header, check_pieces
from inference.audio.errors import AudioRefused, Code

MAGIC = b"OggS"
HEAD_BYTES = 27
FIRST, LAST = 0x02, 0x04
NO_POSITION = -1
OPUS_CLOCK = 48_000
OPUS_RATES = (8000, 12000, 16000, 24000, 48000)
# Encoders round the end to a block: a tenth of a second is more than any of them does.
TOLERANCE_SECONDS = 0.1
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True)
class Page:
    """One page: flags, granule position, number of its stream, sequence number and payload."""

    flags: int
    position: int
    stream: int
    number: int
    body: bytes


def read(raw: bytes) -> Header:
    """Check every page and read the stream's first packet.

    Raises:
        AudioRefused: `truncated`, `undecodable` or `format_not_accepted`.
    """
    pages = _pages(raw)
    if any(page.flags & FIRST or page.stream != pages[0].stream for page in pages[1:]):
        raise AudioRefused("The Ogg file holds several streams; send one.", Code.FORMAT_NOT_ACCEPTED)
    for before, after in itertools.pairwise(pages):
        if after.number != before.number + 1:
            raise AudioRefused(
                "Part of the Ogg file is missing in the middle. Send it again.", Code.UNDECODABLE
            )
    if not pages[-1].flags & LAST:
        raise AudioRefused(
            "The Ogg file is cut: its last page is missing. Send the whole file.", Code.TRUNCATED
        )
    codec, channels, rate, clock, skipped = _stream(pages[0].body)
    ends = [page.position for page in pages if page.position != NO_POSITION]
    promised = max(0, ends[-1] - skipped) * rate // clock if ends and clock else None
    return Header(
        media_type="audio/ogg",
        container=frozenset({"OGG"}),
        codecs=frozenset({codec}),
        rate=rate,
        channels=channels,
        promised_frames=promised,
        tolerance_frames=int(TOLERANCE_SECONDS * rate),
        decodable=raw,
    )


def _pages(raw: bytes) -> list[Page]:
    pages: list[Page] = []
    position = 0
    while position < len(raw):
        head = raw[position : position + HEAD_BYTES]
        if not head.startswith(MAGIC[: len(head)]):
            raise AudioRefused("The Ogg file is damaged between two pages. Send it again.", Code.UNDECODABLE)
        table = (
            raw[position + HEAD_BYTES : position + HEAD_BYTES + head[-1]] if len(head) == HEAD_BYTES else b""
        )
        size = HEAD_BYTES + len(table) + sum(table)
        page = raw[position : position + size]
        if len(head) < HEAD_BYTES or len(table) < head[-1] or len(page) < size:
            raise AudioRefused(
                "The Ogg file is cut in the middle of a page. Send the whole file.", Code.TRUNCATED
            )
        _, _, flags, granule, stream, number, crc = struct.unpack_from("<4sBBqIII", page)
        if _crc(page[:22] + bytes(4) + page[26:]) != crc:
            raise AudioRefused(f"Page {number} of the Ogg file is damaged. Send it again.", Code.UNDECODABLE)
        check_pieces(len(pages))
        pages.append(Page(flags, granule, stream, number, page[HEAD_BYTES + len(table) :]))
        position += size
    return pages


def _stream(packet: bytes) -> tuple[str, int, int, int, int]:
    """Return codec, channels, rate, ticks a second of the positions, and ticks to skip at the start."""
    if packet.startswith(b"\x01vorbis") and len(packet) >= 16:  # noqa: PLR2004 -- marker, version, channels, rate
        channels, rate = struct.unpack_from("<BI", packet, 11)
        return "VORBIS", channels, rate, rate, 0
    if packet.startswith(b"OpusHead") and len(packet) >= 19:  # noqa: PLR2004 -- the shortest head of RFC 7845
        channels, skipped, rate = struct.unpack_from("<BHI", packet, 9)
        return "OPUS", channels, rate if rate in OPUS_RATES else OPUS_CLOCK, OPUS_CLOCK, skipped
    raise AudioRefused("An Ogg file must hold Vorbis or Opus sound.", Code.FORMAT_NOT_ACCEPTED)


def _crc(page: bytes) -> int:
    """Ogg's check sum, most significant bit first and started at 0.

    It goes through zlib's mirrored one, since a loop in Python would need half a minute for the largest file.
    """
    mirrored = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
