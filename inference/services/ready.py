"""What was made of an uploaded file when it was looked at, kept so that nobody decodes it a second time."""

from dataclasses import asdict
from typing import Any

from inference.audio.ingest import Ingested, RawAudio
from inference.audio.normalise import NORMALISER_VERSION, Playback
from inference.models import Upload
from inference.services import parts


def keep(taken: Ingested) -> dict[str, Any]:
    """Store the playback file of an upload, and say where it is and what was measured."""
    measured = asdict(taken.playback)
    stored = parts.put(measured.pop("flac"))
    return {"key": stored.key, "raw": asdict(taken.raw), "playback": measured}


def made(upload: Upload) -> Ingested | None:
    """Give what was made; None: it has to be made anew, by today's rules."""
    said = upload.ready
    if not said or said["playback"]["normaliser_version"] != NORMALISER_VERSION:
        return None
    try:
        flac = parts.read(said["key"])
    except FileNotFoundError:
        return None
    return Ingested(raw=RawAudio(**said["raw"]), playback=Playback(flac=flac, **said["playback"]))
