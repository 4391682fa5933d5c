"""Small files that ask for much, and large ones whose header alone is work: what each is refused for."""

import struct
from collections.abc import Callable

import numpy as np

from inference.audio import flac as blocks
from inference.audio.containers import ogg as pages
from inference.audio.errors import Code
from tests.inference.audio import sounds

RATE = 24_000
# As much as comes in at all.
MOST_BYTES = 25_000_000
HOUR_8K = 3600 * 8000
SERIAL = 7


def put(raw: bytes, at: int, form: str, *values: int) -> bytes:
    """Write numbers over what stands at one place."""
    new = struct.pack(form, *values)
    return raw[:at] + new + raw[at + len(new) :]


def wav(**fields: int) -> bytes:
    """One second of 16-bit WAV, some fields of whose header lie."""
    raw = sounds.wav(sounds.babble(1.0, RATE))
    places = {"channels": (22, "<H"), "rate": (24, "<I"), "align": (32, "<H"), "size": (40, "<I")}
    for name, value in fields.items():
        raw = put(raw, *places[name], value)
    return raw


def wav_of(body: bytes, *, tag: int, channels: int, rate: int, bits: int) -> bytes:
    """A WAV file around any bytes."""
    align = channels * bits // 8
    fmt = struct.pack("<HHIIHH", tag, channels, rate, rate * align, align, bits)
    chunks = b"fmt " + struct.pack("<I", 16) + fmt + b"data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def filled(start: bytes, part: bytes, end: bytes = b"") -> bytes:
    """As many parts as a file may hold."""
    return start + part * ((MOST_BYTES - len(start) - len(end)) // len(part)) + end


def flac(samples: np.ndarray, rate: int = RATE) -> bytes:
    return sounds.encoded(samples, rate, "FLAC")


def stream_info(raw: bytes, *, rate: int | None = None, frames: int | None = None) -> bytes:
    """A FLAC file whose first block says something else."""
    packed = int.from_bytes(raw[18:26])
    if rate is not None:
        packed = packed & ~(0xFFFFF << 44) | rate << 44
    if frames is not None:
        packed = packed & ~((1 << 36) - 1) | frames
    return raw[:18] + packed.to_bytes(8) + raw[26:]


def with_blocks(raw: bytes, block: bytes, count: int) -> bytes:
    """A FLAC file with more metadata between its first block and its sound."""
    head = bytearray(raw[:42])
    head[4] &= ~blocks.LAST
    return bytes(head) + block * count + b"\x81\0\0\0" + raw[blocks.metadata_bytes(raw) :]


def flac_of_false_frames() -> bytes:
    """A damaged FLAC file with hundreds of places far from its end that look like the last frame."""
    raw = flac(sounds.babble(1.0, RATE))
    return raw[:20_000] + b"\xff\xf8" * 2000 + bytes(range(250)) * 2380


def page(body: bytes, *, flags: int = 0, position: int = 0, number: int = 0, serial: int = SERIAL) -> bytes:
    """An Ogg page with a right check sum."""
    table = bytes([255] * (len(body) // 255) + [len(body) % 255]) if body else b""
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, position, serial, number, 0, len(table)) + table
    return put(head, 22, "<I", pages._crc(head + body)) + body


def packets(raw: bytes) -> list[bytes]:
    """All packets of an Ogg file that was written here."""
    found, open_ = [], b""
    position = 0
    while position < len(raw):
        table = raw[position + 27 : position + 27 + raw[position + 26]]
        position += 27 + len(table)
        for size in table:
            open_ += raw[position : position + size]
            position += size
            if size < 255:
                found.append(open_)
                open_ = b""
    return found


def paged(
    heads: list[bytes], sound: list[bytes], *, ticks: int, seconds_promised: int | None = None
) -> bytes:
    """Packets as pages of up to forty, each packet `ticks` long; the last page may promise any length."""
    out = [page(heads[0], flags=pages.FIRST)]
    out += [page(head, number=number) for number, head in enumerate(heads[1:], 1)]
    numbers = range(0, len(sound), 40)
    for number, start in enumerate(numbers, len(heads)):
        some = sound[start : start + 40]
        last = start + 40 >= len(sound)
        end = (start + len(some)) * ticks
        if last and seconds_promised is not None:
            end = seconds_promised * pages.OPUS_CLOCK
        table = b"".join(bytes([255] * (len(one) // 255) + [len(one) % 255]) for one in some)
        head = struct.pack(
            "<4sBBqIIIB", b"OggS", 0, pages.LAST if last else 0, end, SERIAL, number, 0, len(table)
        )
        whole = head + table + b"".join(some)
        out.append(put(whole, 22, "<I", pages._crc(whole)))
    return b"".join(out)


def opus(seconds: float, *, channels: int = 1, promised: int | None = None) -> bytes:
    """Opus of any length in few bytes: the packets of one second of silence again and again."""
    silent = np.zeros((48_000, channels), np.float32)
    found = packets(sounds.encoded(silent, 48_000, "OGG", "OPUS"))
    again = found[2:] * round(seconds * 48_000 / 960 / len(found[2:]))
    return paged(found[:2], again, ticks=960, seconds_promised=promised)


def vorbis(seconds: float) -> bytes:
    """Vorbis of any length, in the same way."""
    found = packets(sounds.encoded(np.zeros(48_000, np.float32), 48_000, "OGG", "VORBIS"))
    again = found[4:-1] * round(seconds * 48_000 / 1024 / len(found[4:-1]))
    return paged(found[:3], again, ticks=1024)


def chain(links: int) -> bytes:
    """Ogg stream after Ogg stream, each begun and none of them the last."""
    one = sounds.encoded(sounds.babble(0.2, 48_000), 48_000, "OGG", "OPUS")
    return one * links


def mp3_frames(count: int) -> bytes:
    """Silent frames of 24 bytes, the smallest there are: 24 ms each."""
    return (bytes.fromhex("fff314c4") + bytes(20)) * count


def floats(value: float, count: int = MOST_BYTES // 4 - 20) -> bytes:
    body = np.full(count, value, "<f4").tobytes()
    return wav_of(body, tag=3, channels=1, rate=48_000, bits=32)


def silence(frames: int, rate: int, channels: int = 1) -> bytes:
    return flac(np.zeros((frames, channels), np.int16), rate)


# Name, what is sent, and the reason for which it is refused.
BOMBS: dict[str, tuple[Callable[[], bytes], Code]] = {
    "FLAC: an hour of silence in 70 kB": (lambda: silence(HOUR_8K, 8000), Code.TOO_LONG),
    "FLAC: eight channels of silence": (lambda: silence(1_000_000, 48_000, 8), Code.TOO_MANY_CHANNELS),
    "FLAC: too many minutes behind a header of one second": (
        lambda: stream_info(silence(6_500_000, 48_000, 2), frames=48_000),
        Code.TOO_LONG,
    ),
    "FLAC: an hour of unknown length": (lambda: stream_info(silence(HOUR_8K, 8000), frames=0), Code.TOO_LONG),
    "FLAC: 24 days promised, one second there": (
        lambda: stream_info(flac(sounds.babble()), frames=(1 << 36) - 1),
        Code.LYING_HEADER,
    ),
    "FLAC: 192 kHz": (lambda: flac(sounds.babble(1.0, 192_000), 192_000), Code.RATE_NOT_ACCEPTED),
    "FLAC: 0 Hz": (lambda: stream_info(flac(sounds.babble()), rate=0), Code.RATE_NOT_ACCEPTED),
    "FLAC: six million blocks": (
        lambda: with_blocks(flac(sounds.babble()), b"\x01\0\0\0", 6_200_000),
        Code.UNDECODABLE,
    ),
    "FLAC: a thousand false last frames": (flac_of_false_frames, Code.TRUNCATED),
    "Opus: an hour": (lambda: opus(3600), Code.TOO_LONG),
    # The end that the last page names is obeyed, and in that first second nothing is heard.
    "Opus: an hour of stereo that is said to end after a second": (
        lambda: opus(3600, channels=2, promised=1),
        Code.SILENT,
    ),
    "Vorbis: an hour": (lambda: vorbis(3600), Code.TOO_LONG),
    "Ogg: an endless chain of streams": (lambda: chain(2000), Code.FORMAT_NOT_ACCEPTED),
    "Ogg: a million empty pages": (
        lambda: filled(page(b"\x01vorbis" + bytes(30), flags=pages.FIRST), page(b"")),
        Code.UNDECODABLE,
    ),
    "MP3: seven hours of frames": (lambda: mp3_frames(1_040_000), Code.TOO_LONG),
    "MP3: forty minutes of frames, less one": (lambda: mp3_frames(99_999), Code.TOO_LONG),
    "MP3: two million tags": (lambda: filled(b"", b"ID3\4\0\0\0\0\0\0"), Code.UNDECODABLE),
    "WAV: an hour of 8-bit sound": (
        lambda: wav_of(bytes(range(256)) * 97_000, tag=1, channels=1, rate=8000, bits=8),
        Code.TOO_LONG,
    ),
    "WAV: 4 GB promised, one second there": (lambda: wav(size=0xFFFFFFF0), Code.TRUNCATED),
    "WAV: three million chunks": (
        lambda: filled(b"RIFF\xff\xff\xff\x7fWAVE", b"JUNK\0\0\0\0"),
        Code.UNDECODABLE,
    ),
    "WAV: three million chunks behind the sound": (lambda: filled(wav(), b"JUNK\0\0\0\0"), Code.UNDECODABLE),
    "WAV: 32,767 channels": (
        lambda: wav_of(bytes(MOST_BYTES - 100), tag=1, channels=32_767, rate=RATE, bits=16),
        Code.TOO_MANY_CHANNELS,
    ),
    "WAV: 192 kHz": (lambda: wav(rate=192_000), Code.RATE_NOT_ACCEPTED),
    "WAV: 0 Hz": (lambda: wav(rate=0), Code.RATE_NOT_ACCEPTED),
    "WAV: 25 MB of NaN": (lambda: floats(np.nan), Code.NOT_FINITE),
    "WAV: 25 MB of the largest number": (lambda: floats(3e38), Code.OVER_FULL_SCALE),
    "WAV: two minutes of two channels that cancel": (
        lambda: wav_of(
            np.tile(np.array([9000, -9000], "<i2"), 120 * 48_000).tobytes(),
            tag=1,
            channels=2,
            rate=48_000,
            bits=16,
        ),
        Code.SILENT,
    ),
}
