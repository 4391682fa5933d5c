"""Files made by hand, each with one thing in its header or structure that a decoder may trip over."""

import struct
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from inference.audio.containers import ogg as pages
from tests.inference.audio import bombs, sounds
from tests.inference.audio.bombs import page, put
from tests.inference.audio.mutation import seed_file

Maker = Callable[[], bytes]
# A field: its place, its form, and what is written there.
Places = dict[str, tuple[int, str, tuple[int, ...]]]
BYTE = (0, 1, 3, 0x7F, 0x80, 0xFF)
SHORT = (0, 1, 7, 0x7FFF, 0x8000, 0xFFFF)
LONG = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
WIDE = (-(2**63), -2, -1, 0, 1, 2**63 - 1)


def all_files() -> dict[str, Maker]:
    """Every file by its name."""
    makers = (_wav_fields, _wav_shapes, _flac_heads, _flac_blocks, _ogg, _mp3, _edges)
    return dict(file for some in makers for file in some())


def _fields(kind: str, raw: bytes, places: Places) -> Iterator[tuple[str, Maker]]:
    """A file for each field and each value in it."""
    for field, (at, form, values) in places.items():
        for value in values:
            yield f"{kind}: {field} {value}", partial(put, raw, at, form, value)


def _wav_fields() -> Iterator[tuple[str, Maker]]:
    yield from _fields(
        "WAV",
        seed_file("wav-16"),
        {
            "RIFF size": (4, "<I", LONG),
            "fmt size": (16, "<I", LONG),
            "format tag": (20, "<H", SHORT),
            "channels": (22, "<H", SHORT),
            "rate": (24, "<I", LONG),
            "bytes a second": (28, "<I", LONG),
            "bytes a frame": (32, "<H", SHORT),
            "bits": (34, "<H", SHORT),
            "data size": (40, "<I", LONG),
        },
    )


def _chunk(name: bytes, body: bytes, size: int | None = None) -> bytes:
    return name + struct.pack("<I", len(body) if size is None else size) + body


def _floats(*values: float) -> bytes:
    body = np.tile(np.array(values, "<f4"), 10_000).tobytes()
    return bombs.wav_of(body, tag=3, channels=1, rate=24_000, bits=32)


def _wav_shapes() -> Iterator[tuple[str, Maker]]:
    raw = seed_file("wav-16")
    fmt, data = raw[12:36], raw[36:]
    riff = b"RIFF\xff\xff\0\0WAVE"
    shapes = {
        "sound before its format": riff + data + fmt,
        "two formats": riff + fmt + put(fmt, 8, "<H", 3) + data,
        "two sounds": riff + fmt + data + data,
        "no format": riff + data,
        "no sound": riff + fmt,
        "nothing": riff,
        "a format of 15 bytes": riff + _chunk(b"fmt ", fmt[8:23]) + data,
        "a chunk of odd length": riff + _chunk(b"JUNK", bytes(7)) + fmt + data,
        "a chunk longer than the file": riff + fmt + _chunk(b"JUNK", bytes(8), 0xFFFFFFF7) + data,
        "a chunk that leads back to itself": riff + fmt + _chunk(b"JUNK", b"", 0xFFFFFFF8) + data,
        "ten thousand chunks": riff + _chunk(b"JUNK", b"") * 10_000 + fmt + data,
        "lists in lists": riff + fmt + _chunk(b"LIST", b"INFO" + _chunk(b"LIST", b"INFO") * 500) + data,
        "a list that lies": riff + fmt + _chunk(b"LIST", b"INFOIART\xff\xff\xff\x7fx") + data,
        "a fact that lies": riff + fmt + _chunk(b"fact", b"\xff\xff\xff\xff") + data,
        "cues that lie": riff + fmt + _chunk(b"cue ", b"\xff\xff\xff\xff" + bytes(24)) + data,
        "a sampler's loops that lie": riff + fmt + _chunk(b"smpl", bytes(28) + b"\xff" * 8) + data,
        "a broadcast's text": riff + fmt + _chunk(b"bext", b"\xff" * 602) + data,
        "a name of zeros": riff + fmt + _chunk(bytes(4), bytes(4)) + data,
    }
    yield from ((f"WAV: {name}", partial(bytes, made)) for name, made in shapes.items())
    values = {
        "smallest": (1e-45,),
        "minus nought": (-0.0,),
        "largest": (3.4e38, -3.4e38),
        "half": (0.5, -0.5),
    }
    yield from ((f"WAV: floats, {name}", partial(_floats, *some)) for name, some in values.items())


def _flac_heads() -> Iterator[tuple[str, Maker]]:
    yield from _fields(
        "FLAC",
        seed_file("flac-16"),
        {
            "first block's kind": (4, ">B", (1, 4, 6, 0x7F, 0x80, 0xFF)),
            "smallest block": (8, ">H", SHORT),
            "largest block": (10, ">H", SHORT),
            "smallest frame": (12, ">I", LONG),
            "rate": (18, ">I", LONG),
            "promise": (22, ">I", LONG),
            "first frame's sync": (42, ">H", SHORT),
        },
    )


def _flac_blocks() -> Iterator[tuple[str, Maker]]:
    raw = seed_file("flac-16")
    bodies = {
        "padding": b"\x01\0\x10\0" + bytes(4096),
        "an application": b"\x02\0\0\x04none",
        "a seek table that lies": b"\x03\0\0\x12" + b"\xff" * 8 + b"\x7f" * 10,
        "a comment count that lies": b"\x04\0\0\x08" + bytes(4) + b"\xff" * 4,
        "a comment length that lies": b"\x04\0\0\x0c" + bytes(4) + b"\1\0\0\0" + b"\xff" * 4,
        "a cue sheet of zeros": b"\x05\0\0\xc8" + bytes(200),
        "a picture that lies": b"\x06\0\0\x20" + b"\xff" * 32,
        "an unknown block": b"\x7e\0\0\x02xx",
        "the forbidden block": b"\x7f\0\0\0",
        "a second STREAMINFO": raw[4:8].replace(b"\x80", b"\0") + raw[8:42],
        "a block longer than the file": b"\x01\xff\xff\xff",
    }
    for name, block in bodies.items():
        yield f"FLAC: {name}", partial(bombs.with_blocks, raw, block, 1)
    yield "FLAC: ten thousand paddings", lambda: bombs.with_blocks(raw, b"\x01\0\0\0", 10_000)


# Fields of an Ogg stream's first packet.
OGG_HEADS: dict[str, Places] = {
    "vorbis": {
        "version": (7, "<I", LONG),
        "channels": (11, "<B", BYTE),
        "rate": (12, "<I", LONG),
        "block sizes": (28, "<B", BYTE),
        "framing": (29, "<B", (0,)),
    },
    "opus": {
        "version": (8, "<B", BYTE),
        "channels": (9, "<B", BYTE),
        "samples to skip": (10, "<H", SHORT),
        "rate": (12, "<I", LONG),
        "gain": (16, "<H", SHORT),
        "mapping": (18, "<B", BYTE),
    },
}


def _ogg() -> Iterator[tuple[str, Maker]]:
    for seed, places in OGG_HEADS.items():
        whole = seed_file(seed)
        for name, make in _fields(seed, bombs.packets(whole)[0], places):
            yield name, partial(_with_head, whole, make())
    raw = seed_file("opus")
    for value in WIDE:
        yield f"opus: end at {value}", partial(_with_end, raw, value)
    found = bombs.packets(raw)
    sound = found[2:]
    shapes = {
        "no sound": bombs.paged(found[:2], [b""], ticks=960),
        "one head": page(found[0], flags=pages.FIRST | pages.LAST),
        "empty packets": bombs.paged(found[:2], [b""] * 50, ticks=960),
        "packets of one byte": bombs.paged(found[:2], [b"\xff"] * 50, ticks=960),
        "tags of zeros": bombs.paged([found[0], b"OpusTags" + bytes(60)], sound, ticks=960),
        "tags that lie": bombs.paged([found[0], b"OpusTags" + b"\xff" * 12], sound, ticks=960),
        "heads twice": bombs.paged([found[0], found[1], found[0], found[1]], sound, ticks=960),
        "sound of no length": bombs.paged(found[:2], sound, ticks=0),
        "sound that runs backwards": bombs.paged(found[:2], sound * 5, ticks=-960),
    }
    yield from ((f"opus: {name}", partial(bytes, made)) for name, made in shapes.items())


def _with_head(raw: bytes, head: bytes) -> bytes:
    """The same Ogg file with another first packet."""
    return page(head, flags=pages.FIRST, serial=1) + raw[raw.find(pages.MAGIC, 4) :]


def _with_end(raw: bytes, position: int) -> bytes:
    """The same Ogg file whose last page names another end."""
    at = raw.rfind(pages.MAGIC)
    last = put(put(raw[at:], 6, "<q", position), 22, "<I", 0)
    return raw[:at] + put(last, 22, "<I", pages._crc(last))


def _mp3() -> Iterator[tuple[str, Maker]]:
    raw = seed_file("mp3-44")
    for value in (0xFFE0, 0xFFF2, 0xFFFD, 0xFFFF, 0xFFEB, 0xFFE3):
        yield f"MP3: head {value:X}", partial(put, raw, 0, ">H", value)
    for value in (0x00, 0xF0, 0x0C, 0xFF):
        yield f"MP3: rates {value:X}", partial(put, raw, 2, ">B", value)
    at = max(raw.find(b"Xing"), raw.find(b"Info"))
    for value in LONG:
        yield f"MP3: count {value}", partial(put, raw, at + 8, ">I", value)
    yield "MP3: a table of contents of ones", lambda: put(raw, at + 16, "100B", *[255] * 100)
    for size in (b"\x7f" * 4, b"\xff" * 4, bytes(4), b"\0\0\0\x01"):
        yield f"MP3: a tag of {size.hex()}", partial(bytes, b"ID3\4\0\0" + size + raw)
    yield "MP3: a thousand tags", lambda: b"ID3\4\0\0\0\0\0\0" * 1000 + raw
    yield "MP3: two rates", lambda: raw + seed_file("mp3-8")
    yield "MP3: a Wave inside", lambda: raw + seed_file("wav-16")
    yield "MP3: every frame's side information set", lambda: raw[:500] + b"\xff" * 500 + raw[1000:]
    yield "MP3: in a WAV", lambda: _mp3_in_wav(raw)


def _mp3_in_wav(raw: bytes) -> bytes:
    return put(bombs.wav_of(raw, tag=1, channels=1, rate=44_100, bits=16), 20, "<H", 0x55)


def _edges() -> Iterator[tuple[str, Maker]]:
    """Headers are right, and the sound is at the edge of what can be measured."""
    click = np.eye(1, 24_000, 12_000, dtype=np.float32).ravel()
    yield "sound: one click", lambda: sounds.wav(click)
    yield "sound: a square at full scale", lambda: sounds.wav(np.sign(sounds.sine(100)) * 0.999)
    yield "sound: the highest tone", lambda: sounds.wav(np.resize([0.5, -0.5], 24_000))
    yield "sound: one hertz", lambda: sounds.wav(sounds.sine(1.0))
