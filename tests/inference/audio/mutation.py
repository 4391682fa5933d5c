"""Files of every kind, changed at random; mutant n of a run is always the same, if the encoders are."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from inference.audio.containers import ogg
from tests.inference.audio import bombs, sounds

SECONDS = 0.3
HEAD_BYTES = 128
# What overflows, underflows or turns its sign when it is read as a size or count.
EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
Change = Callable[[bytearray, np.random.Generator], None]


def _file(container: str, subtype: str, *, rate: int = 24_000, channels: int = 1, **options: Any) -> bytes:
    mono = sounds.babble(SECONDS, rate)
    sound = mono if channels == 1 else np.stack([mono, mono / 2], axis=1)
    return settled(sounds.encoded(sound, rate, container, subtype, **options))


# How each seed is made; what is not accepted is among them, since it has to be recognised first.
SEEDS: dict[str, Callable[[], bytes]] = {
    **{kind: partial(_file, *written[:2]) for kind, written in sounds.ENCODINGS.items()},
    "wav-16-stereo": lambda: _file("WAV", "PCM_16", rate=44_100, channels=2),
    "wav-ulaw": lambda: _file("WAV", "ULAW", rate=8000),
    "wav-adpcm": lambda: _file("WAV", "IMA_ADPCM"),
    "rf64": lambda: _file("RF64", "PCM_16"),
    "aiff": lambda: _file("AIFF", "PCM_16"),
    "flac-stereo": lambda: _file("FLAC", "PCM_16", rate=48_000, channels=2),
    "flac-tagged": lambda: bombs.with_blocks(_file("FLAC", "PCM_16"), b"\x04\0\0\x08" + bytes(8), 2),
    "mp3-44": lambda: _file("MP3", "MPEG_LAYER_III", rate=44_100, channels=2),
    "mp3-8": lambda: _file("MP3", "MPEG_LAYER_III", rate=8000),
    "mp3-variable": lambda: _file("MP3", "MPEG_LAYER_III", rate=44_100, bitrate_mode="VARIABLE"),
    "mp3-tagged": lambda: b"ID3\4\0\0\0\0\0\x14" + bytes(20) + _file("MP3", "MPEG_LAYER_III"),
    "vorbis-stereo": lambda: _file("OGG", "VORBIS", rate=44_100, channels=2),
    "opus-stereo": lambda: _file("OGG", "OPUS", rate=48_000, channels=2),
}


@cache
def seed_file(name: str) -> bytes:
    """The file from which mutants are made."""
    return SEEDS[name]()


@dataclass(frozen=True)
class Mutant:
    """A changed file, from what, and how."""

    number: int
    seed: str
    change: str
    raw: bytes


def mutant(number: int, *, run: int) -> Mutant:
    """Make a mutant; seeds and changes take turns, so that any stretch of numbers holds all pairs alike.

    Args:
        number: which one.
        run: the seed of the whole series.
    """
    rng = np.random.default_rng([run, number])
    names, changes = list(SEEDS), list(CHANGES)
    name, change = names[number % len(names)], changes[number // len(names) % len(changes)]
    raw = bytearray(seed_file(name))
    CHANGES[change](raw, rng)
    # Nearly all changes to an Ogg file end at its check sums: most get right ones, to reach the codec.
    if name.startswith(("vorbis", "opus")) and rng.random() < 0.75:
        return Mutant(number, name, f"{change}, summed anew", summed(bytes(raw)))
    return Mutant(number, name, change, bytes(raw))


def _place(raw: bytearray, rng: np.random.Generator, *, size: int = 1) -> int:
    return int(rng.integers(0, max(1, len(raw) - size + 1)))


def flip_bits(raw: bytearray, rng: np.random.Generator, *, within: int | None = None) -> None:
    """Turn over one to sixteen bits, wherever they are."""
    for _ in range(int(rng.integers(1, 17))):
        raw[int(rng.integers(0, min(len(raw), within or len(raw))))] ^= 1 << int(rng.integers(8))


def flip_head(raw: bytearray, rng: np.random.Generator) -> None:
    """Turn over one to sixteen bits of the header."""
    flip_bits(raw, rng, within=HEAD_BYTES)


def write_extreme(raw: bytearray, rng: np.random.Generator) -> None:
    """Write one number that overflows, of 16 or 32 bits in either order, mostly into the header."""
    form = rng.choice(["<I", ">I", "<H", ">H"])
    value = int(rng.choice(EXTREMES)) & (0xFFFF if "H" in form else 0xFFFFFFFF)
    new = struct.pack(form, value)
    at = int(rng.integers(0, HEAD_BYTES)) if rng.random() < 0.75 else _place(raw, rng, size=len(new))
    raw[at : at + len(new)] = new


def cut(raw: bytearray, rng: np.random.Generator) -> None:
    """End the file anywhere, or leave out a stretch of it."""
    at = _place(raw, rng)
    end = len(raw) if rng.random() < 0.5 else at + int(rng.integers(1, 4096))
    del raw[at:end]


def splice(raw: bytearray, rng: np.random.Generator) -> None:
    """Go on with a part of this or another seed."""
    other = seed_file(str(rng.choice(list(SEEDS))) if rng.random() < 0.5 else "flac-16")
    other = bytes(raw) if rng.random() < 0.5 else other
    raw[_place(raw, rng) :] = other[int(rng.integers(0, len(other))) :]


def insert(raw: bytearray, rng: np.random.Generator) -> None:
    """Put noise, zeros, ones or a piece of itself in between."""
    size, at = int(rng.integers(1, 2048)), _place(raw, rng)
    piece = bytes(raw[_place(raw, rng) :][:size])
    new = (rng.bytes(size), bytes(size), b"\xff" * size, piece)[int(rng.integers(4))]
    raw[at:at] = new


CHANGES: dict[str, Change] = {
    "bits flipped": flip_bits,
    "header bits flipped": flip_head,
    "extreme number": write_extreme,
    "cut": cut,
    "spliced": splice,
    "inserted": insert,
}


def settled(raw: bytes) -> bytes:
    """The same file with stream 1 for a random number, and no time of writing."""
    if raw.startswith(ogg.MAGIC):
        changed = bytearray(raw)
        for at, _ in _pages(raw):
            changed[at + 14 : at + 18] = struct.pack("<I", 1)
        return summed(bytes(changed))
    if raw.startswith(b"RIFF") and (peak := raw.find(b"PEAK", 0, 200)) > 0:
        return bombs.put(raw, peak + 12, "<I", 0)
    return raw


def summed(raw: bytes) -> bytes:
    """The same Ogg file with right check sums, as far as its pages can be followed."""
    changed = bytearray(raw)
    for at, size in _pages(raw):
        changed[at + 22 : at + 26] = bytes(4)
        changed[at + 22 : at + 26] = struct.pack("<I", ogg._crc(bytes(changed[at : at + size])))
    return bytes(changed)


def _pages(raw: bytes) -> list[tuple[int, int]]:
    """Where each whole page starts, and its bytes."""
    found, at = [], raw.find(ogg.MAGIC)
    while at >= 0 and len(raw) >= at + ogg.HEAD_BYTES:
        table = raw[at + ogg.HEAD_BYTES :][: raw[at + 26]]
        size = ogg.HEAD_BYTES + len(table) + sum(table)
        if len(raw) < at + size:
            break
        found.append((at, size))
        at = raw.find(ogg.MAGIC, at + size)
    return found
