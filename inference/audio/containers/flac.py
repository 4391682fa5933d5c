"""FLAC as a container of strangers' sound."""

from inference.audio import flac
from inference.audio.containers.header import Header
from inference.audio.errors import AudioRefused, Code


def read(raw: bytes) -> Header:
    """Read STREAMINFO; the promised length is kept apart and blanked in what the decoder sees.

    Raises:
        AudioRefused: `truncated` where the metadata are cut, `undecodable` where they make no sense.
    """
    try:
        info = flac.stream_info(raw)
        if len(raw) == flac.metadata_bytes(raw) and info.frames:
            raise AudioRefused(
                "The FLAC file ends before its sound begins. Send the whole file.", Code.TRUNCATED
            )
    except ValueError as error:
        raise AudioRefused(
            f"The FLAC file cannot be read: {error}. Send the whole file.", Code.TRUNCATED
        ) from error
    return Header(
        media_type="audio/flac",
        container=frozenset({"FLAC"}),
        codecs=frozenset({"PCM_S8", "PCM_16", "PCM_24"}),
        rate=info.rate,
        channels=info.channels,
        promised_frames=info.frames,
        tolerance_frames=0,
        decodable=flac.without_promise(raw),
    )
