"""The three clips of a ballot: one loudness for all, and the file behind each address (J39, J90)."""

import hashlib
import logging

from django.http import HttpResponse

from inference.audio.errors import AudioRefused
from inference.errors import Refused
from inference.models import AudioFile, Prompt, Response
from inference.services import media, serving
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
    found = file(ballot, clip=clip)
    try:
        return media.read(found)
    except OSError as error:
        raise _unreadable(found) from error


def send(ballot: Ballot, *, clip: str, asked: str) -> HttpResponse:
    """Answer with one of NAMES, or the range of it that is asked for.

    Raises:
        Refused: `clip_unavailable` (503) where the file cannot be read just now.
    """
    found = file(ballot, clip=clip)
    try:
        return serving.sound(found, asked=asked)
    except OSError as error:
        raise _unreadable(found) from error


def is_whole(ballot: Ballot, *, clip: str) -> bool:
    """Whether a clip can be read and is, byte for byte, what was decoded when it was made."""
    try:
        return hashlib.sha256(read(ballot, clip=clip)).hexdigest() == file(ballot, clip=clip).sha256
    except Refused:
        return False


def file(ballot: Ballot, *, clip: str) -> AudioFile:
    """Find the file that one of NAMES stands for on this ballot."""
    owner = ballot.pair.prompt if clip == "prompt" else _answer(ballot, clip)
    return AudioFile.objects.get(
        made_from__playbacks=owner.playback_id,
        normaliser_version=ballot.normaliser_version,
        target_lufs=ballot.target_lufs,
    )


def _unreadable(found: AudioFile) -> Refused:
    logger.exception("audio_file_unreadable file=%s", found.pk)
    return refusals.clip_unavailable()


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
