"""What every container's reader returns."""

from dataclasses import dataclass

from inference.audio.errors import AudioRefused, Code

# Two minutes of the smallest Opus packets, each in a page of its own, are 48,000 pages.
MOST_PIECES = 100_000


@dataclass(frozen=True)
class Header:
    """A file's own account of its sound.

    Attributes:
        media_type: the RFC 6838 name that is stored.
        container: libsndfile's names for it; whatever opens as something else is refused.
        codecs: libsndfile's names of the encodings that are taken inside it.
        rate: Hz.
        channels: as stored.
        promised_frames: samples a channel that the file promises; None where it makes no promise.
        tolerance_frames: how far the decoded length may be from the promise before it counts as a lie.
        decodable: the bytes that are given to the decoder.
    """

    media_type: str
    container: frozenset[str]
    codecs: frozenset[str]
    rate: int
    channels: int
    promised_frames: int | None
    tolerance_frames: int
    decodable: bytes


def check_pieces(number: int) -> None:
    """Stop a walk from chunk to chunk: 25 MB of empty ones would take seconds and hundreds of megabytes.

    Raises:
        AudioRefused: `undecodable`.
    """
    if number > MOST_PIECES:
        raise AudioRefused(
            f"The file is cut into more than {MOST_PIECES:,} pieces. Save it again.", Code.UNDECODABLE
        )
