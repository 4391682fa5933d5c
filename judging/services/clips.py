"""The three clips of a ballot: one loudness for all, and the file behind each address (J39, J90)."""

import hashlib
import logging

from inference.audio.errors import AudioRefused
from inference.errors import Refused
from inference.models import AudioFile, Prompt, Response
from inference.services import media
from judging.models import Ballot, Pair
from judging.services import refusals

logger = logging.getLogger(__name__)

NAMES = ("prompt", "left", "right")


def level(pair: Pair) -> int:
    """Find the highest loudness, in LUFS, that all three clips reach, and see that each exists at it.

    Raises:
        Refused: `clip_unavailable` (503) where a copy is needed of a file that is lost or broken.
    """
    playbacks = [pair.prompt.playback, pair.response_a.playback, pair.response_b.playback]
    target = min(_target(playback) for playback in playbacks)
    for playback in playbacks:
        if _target(playback) != target and playback.made_from is not None:
            _copy(playback.made_from, target)
    return target


def durations_ms(ballot: Ballot) -> dict[str, int]:
    """Say how long each of NAMES is; a copy at another loudness is as long as the first."""
    owners: dict[str, Prompt | Response] = {"prompt": ballot.pair.prompt}
    owners |= {side: _answer(ballot, side) for side in ("left", "right")}
    return {name: owner.playback.duration_ms for name, owner in owners.items()}


def read(ballot: Ballot, *, clip: str) -> bytes:
    """Read the file that one of NAMES stands for on this ballot.

    Raises:
        Refused: `clip_unavailable` (503) where the file cannot be read just now.
    """
    file = _file(ballot, clip)
    try:
        return media.read(file)
    except OSError as error:
        logger.exception("audio_file_unreadable file=%s", file.pk)
        raise refusals.clip_unavailable() from error


def is_whole(ballot: Ballot, *, clip: str) -> bool:
    """Whether a clip can be read and is, byte for byte, what was decoded when it was made."""
    try:
        return hashlib.sha256(read(ballot, clip=clip)).hexdigest() == _file(ballot, clip).sha256
    except Refused:
        return False


def _file(ballot: Ballot, clip: str) -> AudioFile:
    owner = ballot.pair.prompt if clip == "prompt" else _answer(ballot, clip)
    return AudioFile.objects.get(
        made_from__playbacks=owner.playback_id,
        normaliser_version=ballot.normaliser_version,
        target_lufs=ballot.target_lufs,
    )


def _copy(raw: AudioFile, target_lufs: int) -> None:
    try:
        media.playback_at(raw, target_lufs=target_lufs)
    except (OSError, AudioRefused) as error:
        logger.exception("audio_copy_failed file=%s target_lufs=%d", raw.pk, target_lufs)
        raise refusals.clip_unavailable() from error


def _answer(ballot: Ballot, clip: str) -> Response:
    side = ballot.left if clip == "left" else ballot.right
    return ballot.pair.response_a if side == "a" else ballot.pair.response_b


def _target(playback: AudioFile) -> int:
    if playback.target_lufs is None:
        raise ValueError(f"{playback} is no playback file.")
    return playback.target_lufs
