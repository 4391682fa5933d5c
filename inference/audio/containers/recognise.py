"""What a file is, told by its content; its name plays no part."""

import itertools

from inference.audio import flac as flac_blocks
from inference.audio.containers import flac, mpeg, ogg, wav
from inference.audio.containers.header import Header, check_pieces
from inference.audio.errors import AudioRefused, Code

ACCEPTED = "WAV, FLAC, MP3, Ogg Vorbis or Ogg Opus"
# Where a marker stands, the marker, and what it marks. libsndfile would open many of these without a word.
OTHERS = (
    (0, b"RF64", "RF64"),
    (0, b"RIFX", "RIFX"),
    (0, b"riff\x2e\x91\xcf\x11", "Wave64"),
    (8, b"AIFF", "AIFF"),
    (8, b"AIFC", "AIFF-C"),
    (0, b".snd", "AU"),
    (0, b"dns.", "AU"),
    (0, b"caff", "CAF"),
    (4, b"ftyp", "MP4 (M4A)"),
    (0, b"\x1a\x45\xdf\xa3", "WebM or Matroska"),
    (0, b"#!AMR", "AMR"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "WMA"),
    (0, b"Creative Voice File", "VOC"),
    (0, b"2BIT", "AVR"),
    (0, b"NIST_1A", "NIST SPHERE"),
    (0, b"FAP ", "PAF"),
    (0, b" paf", "PAF"),
    (0, b"\x64\xa3\x01\x00", "IRCAM"),
    (0, b"\x64\xa3\x02\x00", "IRCAM"),
    (0, b"Ensoniq", "SDS"),
    (0, b"wvpk", "WavPack"),
    (0, b"MAC ", "Monkey's Audio"),
    (0, b"TTA1", "True Audio"),
    (0, b"DSD ", "DSD"),
    (0, b"MThd", "MIDI"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"Rar!", "a RAR archive"),
    (257, b"ustar", "a tar archive"),
)
ID3_HEAD = 10
LOOKED_AT = 4096


def header(raw: bytes) -> Header:
    """Recognise the container and read what it says about its sound.

    Raises:
        AudioRefused: `not_audio`, `format_not_accepted`, or what the container's reader finds wrong.
    """
    if raw.startswith(b"RIFF") and raw[8:12] == b"WAVE":
        return wav.read(raw)
    if raw.startswith(ogg.MAGIC):
        return ogg.read(raw)
    start = _behind_id3(raw)
    if raw.startswith(flac_blocks.MAGIC, start):
        return flac.read(raw[start:])
    for at, marker, name in OTHERS:
        if raw.startswith(marker, at):
            raise AudioRefused(f"This is {name}; send {ACCEPTED}.", Code.FORMAT_NOT_ACCEPTED)
    if start > 0 or mpeg.starts_here(raw, 0):
        return mpeg.read(raw, start)
    if _is_other_mpeg(raw):
        raise AudioRefused(f"This is MPEG audio, but not MP3; send {ACCEPTED}.", Code.FORMAT_NOT_ACCEPTED)
    what = "text" if _is_text(raw[:LOOKED_AT]) else "no sound that we know"
    raise AudioRefused(f"The file holds {what}; send {ACCEPTED}.", Code.NOT_AUDIO)


def _behind_id3(raw: bytes) -> int:
    """Position behind the ID3v2 tags in front; 0 where there is none."""
    position = 0
    for number in itertools.count(1):
        if not raw.startswith(b"ID3", position) or len(raw) < position + ID3_HEAD:
            break
        check_pieces(number)
        a, b, c, d = raw[position + 6 : position + ID3_HEAD]
        footer = ID3_HEAD if raw[position + 5] & 0x10 else 0
        position += ID3_HEAD + (a << 21 | b << 14 | c << 7 | d) + footer
    return position


def _is_other_mpeg(raw: bytes) -> bool:
    """Layers I and II, and AAC with ADTS heads: eleven set bits, and the same head again a little later."""
    head = raw[:2]
    is_sync = len(head) == 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0  # noqa: PLR2004 -- eleven set bits
    return is_sync and raw.find(raw[:3], 24, LOOKED_AT) > 0 and not _is_text(raw[:LOOKED_AT])


def _is_text(start: bytes) -> bool:
    for encoding in ("utf-8", "utf-16") if start.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8",):
        text = start.decode(encoding, errors="ignore")
        if len(text) >= len(start) // 4 and sum(c.isprintable() or c.isspace() for c in text) >= 0.95 * len(
            text
        ):
            return True
    return False
