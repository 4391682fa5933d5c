"""MP3: the walk from frame to frame, the tags around it, and the count that some encoders put in front.

Source: ISO/IEC 11172-3 section 2.4.1.3, ISO/IEC 13818-3.
Xing and VBRI heads as LAME and Fraunhofer write them.
"""

from dataclasses import dataclass

from inference.audio.containers.header import MOST_PIECES, Header
from inference.audio.errors import AudioRefused, Code

MPEG1, LAYER3 = 3, 1
RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
KBITS_1 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
KBITS_2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
MONO = 3
HEAD_BYTES = 4
TAGS_BEHIND = (b"TAG", b"APETAGEX", b"LYRICSBEGIN", b"ID3", b"3DI")
STRAY_BYTES = 1024
# Decoders drop what the encoder added at both ends, and the first frames of what was cut out of a longer
# recording, since some of their bits lay before the cut.
DROPPED_FRAMES = 12


@dataclass(frozen=True)
class Frame:
    """One frame's head: version bits, rate in Hz, channels, length in bytes, samples a channel."""

    version: int
    rate: int
    channels: int
    size: int
    samples: int

    def same_stream(self, other: "Frame") -> bool:
        """Whether the other frame can follow in one recording."""
        return (self.version, self.rate, self.channels) == (other.version, other.rate, other.channels)


def frame_at(raw: bytes, position: int) -> Frame | None:
    """Read the head of a layer III frame; None where there is none."""
    head = int.from_bytes(raw[position : position + HEAD_BYTES])
    version, layer = head >> 19 & 3, head >> 17 & 3
    kbits, rate, padding = head >> 12 & 15, head >> 10 & 3, head >> 9 & 1
    if head >> 21 != 0x7FF or version not in RATES or layer != LAYER3:  # noqa: PLR2004 -- eleven set bits
        return None
    if kbits in {0, 15} or rate == 3:  # noqa: PLR2004 -- free format and reserved values
        return None
    first = version == MPEG1
    hertz = RATES[version][rate]
    bits = (KBITS_1 if first else KBITS_2)[kbits - 1] * 1000
    return Frame(
        version=version,
        rate=hertz,
        channels=1 if head >> 6 & 3 == MONO else 2,
        size=(144 if first else 72) * bits // hertz + padding,
        samples=1152 if first else 576,
    )


def starts_here(raw: bytes, position: int) -> bool:
    """Whether a layer III stream starts here: a frame, and right behind it its like or the end."""
    frame = frame_at(raw, position)
    if frame is None:
        return False
    behind = position + frame.size
    following = frame_at(raw, behind)
    return (
        behind >= len(raw)
        or _tag_or_nothing(raw, behind)
        or (following is not None and frame.same_stream(following))
    )


def read(raw: bytes, start: int) -> Header:
    """Walk all frames from `start`, the end of the tag in front.

    Raises:
        AudioRefused: `truncated`, `lying_header` or `undecodable`.
    """
    first = frame_at(raw, start)
    if first is None:
        raise AudioRefused("The MP3 file holds no sound behind its tag.", Code.NO_SAMPLES)
    position, walked = start, 0
    while walked < MOST_PIECES and (frame := frame_at(raw, position)) and frame.same_stream(first):
        position += frame.size
        walked += 1
    if walked == MOST_PIECES:  # 40 minutes: the decoder stops long before their end, and needs no promise
        return _header(raw, first, None)
    if position > len(raw) or raw[position:] in {b"\xff", raw[start : start + 2], raw[start : start + 3]}:
        raise AudioRefused(
            "The MP3 file is cut in the middle of a frame. Send the whole file.", Code.TRUNCATED
        )
    if not _tag_or_nothing(raw, position) and len(raw) - position > STRAY_BYTES:
        seconds = walked * first.samples / first.rate
        raise AudioRefused(f"The MP3 file is damaged after {seconds:.2f} s. Send it again.", Code.UNDECODABLE)
    sound = _compared(walked, first, _count_in_front(raw, start, first))
    return _header(raw, first, sound * first.samples)


def _header(raw: bytes, first: Frame, promised_frames: int | None) -> Header:
    return Header(
        media_type="audio/mpeg",
        container=frozenset({"MP3"}),
        codecs=frozenset({"MPEG_LAYER_III"}),
        rate=first.rate,
        channels=first.channels,
        promised_frames=promised_frames,
        tolerance_frames=DROPPED_FRAMES * first.samples,
        decodable=raw,
    )


def _tag_or_nothing(raw: bytes, position: int) -> bool:
    return raw.startswith(TAGS_BEHIND, position) or not raw[position:].strip(b"\0")


def _count_in_front(raw: bytes, start: int, first: Frame) -> int | None:
    """Number of sound frames that a Xing, Info or VBRI head promises; None without such a head or count."""
    mono = first.channels == 1
    at = start + HEAD_BYTES + ((17 if mono else 32) if first.version == MPEG1 else (9 if mono else 17))
    if raw[at : at + 4] in {b"Xing", b"Info"}:
        counted = raw[at + 7] & 1 if len(raw) > at + 7 else 0
        return int.from_bytes(raw[at + 8 : at + 12]) if counted else None
    at = start + HEAD_BYTES + 32
    return int.from_bytes(raw[at + 14 : at + 18]) if raw[at : at + 4] == b"VBRI" else None


def _compared(walked: int, first: Frame, promised: int | None) -> int:
    """Frames of sound, compared with the promise; the head is a frame itself, and some encoders count it."""
    if promised is None:
        return walked
    there, seconds = walked - 1, first.samples / first.rate
    if there + 1 < promised:
        raise AudioRefused(
            f"The MP3 file is cut: it promises {promised * seconds:.2f} s and holds {there * seconds:.2f} s.",
            Code.TRUNCATED,
        )
    if there > promised + 1:
        raise AudioRefused(
            f"The MP3 header promises {promised * seconds:.2f} s, but {there * seconds:.2f} s follow. "
            "Save the file again.",
            Code.LYING_HEADER,
        )
    return there
