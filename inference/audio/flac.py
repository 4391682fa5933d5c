"""FLAC metadata: its blocks, its promise of length, and whether its last frame is whole.

Source: RFC 9639 (FLAC), sections 8 (metadata), 9.1 (frame header) and 9.3 (frame footer).
"""

from dataclasses import dataclass

from inference.audio.containers.header import check_pieces

MAGIC = b"fLaC"
STREAMINFO = 0
STREAMINFO_BYTES = 34
LAST = 0x80
# A frame of 65,535 stereo samples at 32 bit, uncompressed, is the largest that we could meet; ours are 20 kB.
LARGEST_FRAME = 600_000
# A true last frame is found at once; hundreds of false ones shall not cost a check sum of 600 kB each.
MOST_SUMMED = 2 * LARGEST_FRAME


@dataclass(frozen=True)
class StreamInfo:
    """What the first block says.

    Attributes:
        rate: Hz.
        channels: 1 to 8.
        bits: a sample.
        frames: samples a channel; None where the encoder did not know.
    """

    rate: int
    channels: int
    bits: int
    frames: int | None


def blocks(raw: bytes) -> list[tuple[int, bytes]]:
    """Split the metadata into (type, body), in order.

    Raises:
        ValueError: no FLAC, or the metadata end too early.
        AudioRefused: `undecodable`, too many blocks.
    """
    if not raw.startswith(MAGIC):
        raise ValueError("no FLAC marker")
    found: list[tuple[int, bytes]] = []
    position, last = len(MAGIC), False
    while not last:
        header = raw[position : position + 4]
        if len(header) < 4:  # noqa: PLR2004 -- a block header is one byte of type and three of length
            raise ValueError("metadata end too early")
        size = int.from_bytes(header[1:])
        body = raw[position + 4 : position + 4 + size]
        if len(body) < size:
            raise ValueError("metadata end too early")
        check_pieces(len(found))
        found.append((header[0] & ~LAST, body))
        last = bool(header[0] & LAST)
        position += 4 + size
    return found


def metadata_bytes(raw: bytes) -> int:
    """Length of marker and metadata, that is where the sound begins."""
    return len(MAGIC) + sum(4 + len(body) for _, body in blocks(raw))


def stream_info(raw: bytes) -> StreamInfo:
    """Read STREAMINFO.

    Raises:
        ValueError: the first block is none, or is cut.
    """
    kind, body = blocks(raw)[0]
    if kind != STREAMINFO or len(body) != STREAMINFO_BYTES:
        raise ValueError("no STREAMINFO")
    packed = int.from_bytes(body[10:18])
    return StreamInfo(
        rate=packed >> 44,
        channels=(packed >> 41 & 0x7) + 1,
        bits=(packed >> 36 & 0x1F) + 1,
        frames=packed & (1 << 36) - 1 or None,
    )


def stripped(raw: bytes) -> bytes:
    """Drop every metadata block but STREAMINFO, so that two files differ in nothing but their sound."""
    _, info = blocks(raw)[0]
    return (
        MAGIC + bytes([LAST | STREAMINFO]) + STREAMINFO_BYTES.to_bytes(3) + info + raw[metadata_bytes(raw) :]
    )


def without_promise(raw: bytes) -> bytes:
    """Blank the promised length, so that a decoder goes on until the sound ends, whatever the header says."""
    head = bytearray(raw[: len(MAGIC) + 4 + STREAMINFO_BYTES])
    at = len(MAGIC) + 4 + 13
    head[at] &= 0xF0
    head[at + 1 : at + 5] = bytes(4)
    return bytes(head) + raw[len(head) :]


def ends_whole(raw: bytes) -> bool:
    """Whether the file ends where a frame ends: one that starts near the end has a fitting check sum."""
    start = max(metadata_bytes(raw), len(raw) - LARGEST_FRAME)
    tail = raw[start:]
    position, summed = len(tail), 0
    while True:
        position = max(tail.rfind(b"\xff\xf8", 0, position), tail.rfind(b"\xff\xf9", 0, position))
        summed += len(tail) - position
        if position < 0 or summed > MOST_SUMMED:
            return False
        if _crc16(tail[position:]) == 0:
            return True


def _table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x8005 if value & 0x8000 else value << 1) & 0xFFFF
        table.append(value)
    return table


_CRC16 = _table()


def _crc16(frame: bytes) -> int:
    value = 0
    for byte in frame:
        value = (value << 8 & 0xFFFF) ^ _CRC16[value >> 8 ^ byte]
    return value
