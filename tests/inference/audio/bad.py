"""One maker for each row of the table of bad audio in docs/audio.md."""

import struct
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from inference.audio import children
from inference.audio.checks import Limits
from inference.audio.children import Allowance
from inference.audio.containers import ogg as pages
from inference.audio.ingest import ingest, normalise_at
from tests.inference.audio import bombs, sounds

RATE = 24_000
HERE = "tests.inference.audio.misbehaviour:"
TEXT = "Dear arena, here is my answer, spoken with feeling.\n" * 40


def clip(seconds: float = 1.0) -> sounds.Samples:
    return sounds.babble(seconds, RATE)


def patched(raw: bytes, at: int, new: bytes) -> bytes:
    return raw[:at] + new + raw[at + len(new) :]


def flac(frames: int | None = None) -> bytes:
    """One second of FLAC; `frames` is what its header shall promise instead."""
    raw = sounds.encoded(clip(), RATE, "FLAC")
    return raw if frames is None else patched(raw, 22, struct.pack(">I", frames))


def with_value(value: float) -> bytes:
    samples = clip()
    samples[1000] = value
    return sounds.encoded(samples, RATE, "WAV", "FLOAT")


def bomb() -> bytes:
    """94 kB that decode to 51,000,000 samples, behind a header that promises one second."""
    silence = sounds.encoded(np.zeros((25_500_000, 2), np.int16), 48_000, "FLAC")
    return patched(silence, 22, struct.pack(">I", 48_000))


def mp3() -> bytes:
    return sounds.encoded(clip(), RATE, "MP3", "MPEG_LAYER_III")


def ogg(subtype: str) -> bytes:
    return sounds.encoded(clip(), RATE, "OGG", subtype)


def last_page(raw: bytes) -> int:
    return raw.rfind(b"OggS")


def taken(raw: Callable[[], bytes]) -> Callable[[], object]:
    return lambda: ingest(raw())


def worked(name: str, allowance: Allowance | None = None) -> Callable[[], object]:
    return lambda: children.run(HERE + name, b"", options={}, allowance=allowance)


def ogg_of_another_codec() -> bytes:
    """The pages of a Vorbis file, whose first packet says Speex; the check sum is made good."""
    raw = ogg("VORBIS")
    first = raw[: raw.find(b"OggS", 4)].replace(b"\x01vorbis", b"Speex  ")
    sum_of_first = pages._crc(patched(first, 22, bytes(4)))
    return patched(first, 22, struct.pack("<I", sum_of_first)) + raw[len(first) :]


# What is sent, in the words of the table, and what is done with it.
SENT: dict[str, Callable[[], object]] = {
    "no bytes at all": taken(lambda: b""),
    "30 MB": taken(lambda: bytes(30_000_000)),
    "a text file named `answer.wav`": taken(TEXT.encode),
    "a picture or other bytes": taken(lambda: b"\x89PNG\r\n\x1a\n" + bytes(2000)),
    "an AIFF file": taken(lambda: sounds.encoded(clip(), RATE, "AIFF")),
    "a ZIP archive of clips": taken(lambda: b"PK\x03\x04" + bytes(2000)),
    "ADPCM in WAV": taken(lambda: sounds.encoded(clip(), RATE, "WAV", "IMA_ADPCM")),
    "an Ogg file with another codec": taken(ogg_of_another_codec),
    "a WAV file cut in half": taken(lambda: sounds.wav(clip())[:24_022]),
    "a FLAC file cut in half": taken(lambda: flac()[:20_000]),
    "an Ogg file without its end": taken(lambda: (raw := ogg("VORBIS"))[: last_page(raw)]),
    "an MP3 file cut in a frame": taken(lambda: mp3()[:-100]),
    "a FLAC header that promises ten times the sound": taken(lambda: flac(240_000)),
    "a FLAC header that promises a tenth of the sound": taken(lambda: flac(2400)),
    "a WAV header whose sizes disagree": taken(lambda: patched(sounds.wav(clip()), 32, struct.pack("<H", 4))),
    "a WAV header that promises a tenth of the sound": taken(
        lambda: patched(sounds.wav(clip()), 40, struct.pack("<I", 4800))
    ),
    "a FLAC file with bytes changed in the middle": taken(lambda: patched(flac(), 20_000, bytes(range(50)))),
    "an Ogg page with bytes changed": taken(
        lambda: patched(raw := ogg("OPUS"), len(raw) // 2, bytes(range(50)))
    ),
    "three million empty chunks": taken(bombs.BOMBS["WAV: three million chunks"][0]),
    "96 kHz": taken(lambda: sounds.encoded(clip(), 96_000)),
    "six channels": taken(lambda: sounds.encoded(np.stack([clip()] * 6, axis=1), RATE)),
    "a header and nothing behind it": taken(lambda: sounds.wav([])),
    "0.05 s": taken(lambda: sounds.wav(clip(0.05))),
    "94 kB of FLAC that decode to 400 MB": taken(bomb),
    "NaN in a float file": taken(lambda: with_value(np.nan)),
    "infinity in a float file": taken(lambda: with_value(np.inf)),
    "16-bit values written as float": taken(
        lambda: sounds.encoded(clip() * np.float32(32_768), RATE, "WAV", "FLOAT")
    ),
    "digital silence": taken(lambda: sounds.wav(np.zeros(RATE))),
    "left and right that cancel": taken(lambda: sounds.encoded(np.stack([clip(), -clip()], axis=1), RATE)),
    "sound that never reaches -60 dBFS": taken(
        lambda: sounds.encoded(clip() * np.float32(1e-4), RATE, "WAV", "FLOAT")
    ),
    "a constant offset": taken(lambda: sounds.wav(np.full(RATE, 0.5))),
    "speech driven 18 dB too far": taken(lambda: sounds.wav(np.clip(clip() * 2 * 10 ** (18 / 20), -1, 1))),
    "a rumble below what anybody hears": taken(lambda: sounds.wav(sounds.sine(1.0, seconds=4, dbfs=-1))),
    "a copy asked for at -10 LUFS": lambda: normalise_at(sounds.wav(clip()), target_lufs=-10),
    "a file that crashes the decoder": worked("segfault"),
    "a file that the decoder never finishes": worked("sleep_for_ever", Allowance(wall_seconds=0.2)),
    "a file that eats memory": worked("eat_memory"),
    "a clip of 3 s where 2 s are taken": lambda: ingest(
        sounds.wav(clip(3)), limits=replace(Limits(), most_seconds=2)
    ),
}
