"""From the bytes of any accepted file to one mono Clip, counted and compared with what the file promised."""

import io
from dataclasses import dataclass

import numpy as np
import soundfile
from numpy.typing import NDArray

from inference.audio import checks, flac
from inference.audio.checks import Limits
from inference.audio.clip import Clip
from inference.audio.containers import recognise
from inference.audio.containers.header import Header
from inference.audio.errors import AudioRefused, Code

BLOCK_FRAMES = 65_536


@dataclass(frozen=True)
class Decoded:
    """What came out of a file.

    Attributes:
        clip: all channels mixed to mono at the file's own rate.
        header: what the file says about itself.
        flat: samples that stand flat at full scale, over all channels.
        total: samples over all channels.
    """

    clip: Clip
    header: Header
    flat: int
    total: int


class _Stream(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
    """Sound read strictly forward: soundfile seeks after each block, and FLAC of unknown length cannot."""

    def seekable(self) -> bool:
        return False


def decode(raw: bytes, *, limits: Limits) -> Decoded:
    """Recognise, decode and count; run it only in a child process, since codecs can crash.

    Raises:
        AudioRefused: every code but those of silence, clipping, loudness and the child itself.
    """
    checks.check_size(raw, limits)
    header = recognise.header(raw)
    checks.check_header(header, limits)
    try:
        blocks, rate, flat, frames = _blocks(header, limits)
    except soundfile.LibsndfileError as error:
        raise _damage(header) from error
    checks.check_length(frames, rate=rate, limits=limits)
    if header.promised_frames is not None and frames < header.promised_frames and _is_cut_flac(header):
        raise _damage(header)
    checks.check_promise(frames, header)
    clip = Clip(samples=np.concatenate(blocks), rate=rate)
    return Decoded(clip=clip, header=header, flat=flat, total=frames * header.channels)


def _blocks(header: Header, limits: Limits) -> tuple[list[NDArray[np.float32]], int, int, int]:
    """Return mono blocks, rate, flat samples and frames; stops behind the longest accepted length."""
    blocks: list[NDArray[np.float32]] = []
    flat = frames = 0
    with _Stream(io.BytesIO(header.decodable)) as file:
        if file.format not in header.container or file.subtype not in header.codecs:
            raise AudioRefused(
                f"The file opens as {file.format} with {file.subtype}; send {recognise.ACCEPTED}.",
                Code.FORMAT_NOT_ACCEPTED,
            )
        rate, channels = int(file.samplerate), int(file.channels)
        if (rate, channels) != (header.rate, header.channels):
            raise AudioRefused(
                f"The header says {header.rate} Hz and {header.channels} channels, "
                f"the sound {rate} Hz and {channels}. Save the file again.",
                Code.LYING_HEADER,
            )
        while frames <= limits.most_seconds * rate:
            block = file.read(BLOCK_FRAMES, dtype="float32", always_2d=True)
            if not len(block):
                break
            checks.check_values(block)
            flat += checks.flat_samples(block)
            blocks.append(block.mean(axis=1, dtype=np.float32))
            frames += len(block)
    return blocks, rate, flat, frames


def _is_cut_flac(header: Header) -> bool:
    return header.media_type == "audio/flac" and not flac.ends_whole(header.decodable)


def _damage(header: Header) -> AudioRefused:
    if _is_cut_flac(header):
        return AudioRefused(
            "The FLAC file is cut in the middle of its sound. Send the whole file.", Code.TRUNCATED
        )
    return AudioRefused("The sound is damaged and cannot be decoded. Send it again.", Code.UNDECODABLE)
