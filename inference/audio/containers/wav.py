"""WAV: the RIFF chunks, the format tag, and whether the sound is as long as its chunk says.

Source: Microsoft, Multimedia Programming Interface 1.0 (1991), and WAVEFORMATEXTENSIBLE (2001).
"""

import itertools
import struct

from inference.audio.containers.header import Header, check_pieces
from inference.audio.errors import AudioRefused, Code

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
# The tail that turns a format tag into the GUID of an extensible header.
GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
CODECS = {
    (PCM, 8): "PCM_U8",
    (PCM, 16): "PCM_16",
    (PCM, 24): "PCM_24",
    (PCM, 32): "PCM_32",
    (FLOAT, 32): "FLOAT",
    (FLOAT, 64): "DOUBLE",
}
NAMES = {2: "ADPCM", 6: "A-law", 7: "mu-law", 0x11: "ADPCM", 0x31: "GSM", 0x55: "MP3 in WAV"}
# Both sizes set to this: a WAV written to a pipe, whose writer cannot go back (ffmpeg, hosted speech).
UNKNOWN = 0xFFFFFFFF
STRAY_BYTES = 1024
FMT_BYTES, EXTENSIBLE_BYTES, CHUNK_HEAD = 16, 40, 8


def read(raw: bytes) -> Header:
    """Read the chunks up to and behind the sound.

    Raises:
        AudioRefused: `truncated`, `lying_header`, `format_not_accepted` or `undecodable`.
    """
    chunks = _chunks(raw)
    if "data" not in chunks:
        raise AudioRefused("The WAV file ends before its sound begins. Send the whole file.", Code.TRUNCATED)
    if "fmt " not in chunks:
        raise AudioRefused(
            "The WAV file does not say how its sound is stored (no fmt chunk).", Code.UNDECODABLE
        )
    start, size = chunks["fmt "]
    channels, rate, align, codec = _format(raw[start : start + size])
    start, size = chunks["data"]
    frames = _sound_bytes(raw, start, size) // align
    return Header(
        media_type="audio/wav",
        container=frozenset({"WAV", "WAVEX"}),
        codecs=frozenset({codec}),
        rate=rate,
        channels=channels,
        promised_frames=frames,
        tolerance_frames=0,
        decodable=raw,
    )


def _chunks(raw: bytes) -> dict[str, tuple[int, int]]:
    """Map each chunk's name to (start, declared size); stops behind `data`."""
    found: dict[str, tuple[int, int]] = {}
    position = 12
    for number in itertools.count(1):
        if position + CHUNK_HEAD > len(raw) or "data" in found:
            break
        check_pieces(number)
        name, size = struct.unpack_from("<4sI", raw, position)
        found.setdefault(name.decode("latin-1"), (position + CHUNK_HEAD, size))
        position += CHUNK_HEAD + size + size % 2
    return found


def _format(fmt: bytes) -> tuple[int, int, int, str]:
    """Return channels, rate, bytes a frame and libsndfile's name of the encoding."""
    if len(fmt) < FMT_BYTES:
        raise AudioRefused("The WAV file's fmt chunk is cut short.", Code.UNDECODABLE)
    tag, channels, rate, _, align, bits = struct.unpack_from("<HHIIHH", fmt)
    if tag == EXTENSIBLE and len(fmt) >= EXTENSIBLE_BYTES and fmt[26:40] == GUID_TAIL:
        tag = struct.unpack_from("<H", fmt, 24)[0]
    codec = CODECS.get((tag, bits))
    if codec is None:
        name = NAMES.get(tag, f"format tag {tag}, {bits} bit")
        raise AudioRefused(
            f"A WAV file must hold PCM of 8, 16, 24 or 32 bit or float samples, not {name}.",
            Code.FORMAT_NOT_ACCEPTED,
        )
    if channels == 0 or align != channels * bits // 8:
        raise AudioRefused(
            f"The WAV header contradicts itself: {channels} x {bits} bit do not make {align} bytes.",
            Code.LYING_HEADER,
        )
    return channels, rate, align, codec


def _sound_bytes(raw: bytes, start: int, size: int) -> int:
    """Bytes of sound, after comparing the promise with what is there."""
    there = len(raw) - start
    if size == UNKNOWN and struct.unpack_from("<I", raw, 4)[0] == UNKNOWN:
        return there
    if size > there:
        raise AudioRefused(
            f"The WAV file is cut: it promises {size} bytes of sound and holds {there}. Send the whole file.",
            Code.TRUNCATED,
        )
    if _stray_bytes(raw, start + size + size % 2) > STRAY_BYTES:
        raise AudioRefused(
            f"The WAV header promises {size} bytes of sound, but {there} follow. Save the file again.",
            Code.LYING_HEADER,
        )
    return size


def _stray_bytes(raw: bytes, position: int) -> int:
    """Bytes behind the sound that belong to no well-formed chunk."""
    for number in itertools.count(1):
        if position + CHUNK_HEAD > len(raw):
            break
        check_pieces(number)
        name, size = struct.unpack_from("<4sI", raw, position)
        if not (
            name.isascii() and name.decode("latin-1").isprintable()
        ) or position + CHUNK_HEAD + size > len(raw):
            break
        position += CHUNK_HEAD + size + size % 2
    return max(0, len(raw) - position)
