"""What the site would say of a sound: by content, and, where the extra `audio` is there, by decoding it."""

import importlib
from pathlib import Path

from s2s_arena import content
from s2s_arena.manifest import MOST_BYTES, Problem

# What the audio package says, in the API's words.
OF_AUDIO = {
    "empty": "no_audio",
    "too_large": "file_too_large",
    "not_audio": "audio_undecodable",
    "format_not_accepted": "audio_type_unsupported",
    "truncated": "audio_truncated",
    "lying_header": "audio_header_lies",
    "undecodable": "audio_undecodable",
    "rate_not_accepted": "audio_type_unsupported",
    "too_many_channels": "audio_type_unsupported",
    "no_samples": "no_audio",
    "too_short": "audio_too_short",
    "too_long": "audio_too_long",
    "not_finite": "audio_not_finite",
    "over_full_scale": "audio_clipped",
    "silent": "audio_silent",
    "clipped": "audio_clipped",
    "target_not_reached": "audio_clipped",
    "decoder_failed": "audio_undecodable",
    "decoder_timed_out": "audio_undecodable",
    "decoder_out_of_memory": "audio_undecodable",
}
FIX = "Make this file anew."


def can_decode() -> bool:
    """Whether the site's own decoding is here."""
    try:
        importlib.import_module("inference.audio.work")
    except ImportError:
        return False
    return True


def look(prompt: str, path: Path) -> Problem | None:
    """Say what is wrong with the answer to a prompt; None: nothing that can be seen here."""
    size = path.stat().st_size
    if size == 0:
        return _problem("no_audio", f"{path.name} is empty.", prompt)
    if size > MOST_BYTES:
        return _problem("file_too_large", f"{path.name} has {size:,} bytes; 25 MB are taken.", prompt)
    with path.open("rb") as file:
        head = file.read(content.HEAD_BYTES)
    if kind := content.archive_kind(head):
        detail = f"{path.name} is an archive ({kind}); send single files."
        return _problem("archive_not_accepted", detail, prompt)
    return _decoded(prompt, path) if can_decode() else None


def _decoded(prompt: str, path: Path) -> Problem | None:
    work = importlib.import_module("inference.audio.work")
    errors = importlib.import_module("inference.audio.errors")
    limits = vars(importlib.import_module("inference.audio.checks").Limits())
    try:
        work.take_in(path.read_bytes(), limits=limits)
    except errors.AudioRefused as refused:
        return _problem(OF_AUDIO[str(refused.code)], refused.message, prompt)
    return None


def _problem(code: str, detail: str, prompt: str) -> Problem:
    return Problem(code, detail, FIX, prompts=(prompt,))
