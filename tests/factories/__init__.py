"""Rows for tests, made plainly: every value that matters to a test is an argument."""

from tests.factories.inference import attempt, job, model, prompt, prompt_set, response, system
from tests.factories.judging import ballot, batch, closed, pair, unguarded, vote
from tests.factories.people import PASSWORD, annotator, device_check, team, user
from tests.factories.sounds import flac, playback_audio, raw_audio, tone, wav

__all__ = [
    "PASSWORD",
    "annotator",
    "attempt",
    "ballot",
    "batch",
    "closed",
    "device_check",
    "flac",
    "job",
    "model",
    "pair",
    "playback_audio",
    "prompt",
    "prompt_set",
    "raw_audio",
    "response",
    "system",
    "team",
    "tone",
    "unguarded",
    "user",
    "vote",
    "wav",
]
