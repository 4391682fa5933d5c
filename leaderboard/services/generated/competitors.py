"""Generated systems, prompts and answers, and the people who will judge them."""

import hashlib
from datetime import datetime
from typing import Any, Final

import numpy as np
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password

from inference.audio.normalise import NORMALISER_VERSION
from inference.models import AudioFile, Job, Language, Level, Model, Prompt, PromptSet, Response, System, Task
from judging.models import Annotator
from leaderboard.services.generated.copying import copy
from leaderboard.services.generated.tastes import Size

# Of every clip.
CLIP_MS: Final = 1000
_LANGUAGES: Final = ("en", "zh")
_CARD: Final = (
    "A generated system: no such thing exists, and its votes are drawn from a random number generator."
)


def write(size: Size, *, at: datetime, rng: np.random.Generator) -> None:
    """Write them all; keys are indices from 0 plus 1.

    Args:
        size: how many of each.
        at: when all of it was made.
        rng: draws languages, tasks, levels, times.
    """
    _systems(size, at, rng)
    _people(size, at, rng)
    raw = _sound()
    _prompts(size, raw, at, rng)
    _answers(size, raw, at, rng)


def _systems(size: Size, at: datetime, rng: np.random.Generator) -> None:
    slugs = [f"generated-{one:03}" for one in range(1, size.systems + 1)]
    families: dict[str, Any] = {
        "slug": slugs,
        "name": [slug.capitalize().replace("-", " ") for slug in slugs],
        "provider": "Nobody (generated)",
        "licence": "CC0-1.0",
        "card": _CARD,
    }
    copy(Model, size.systems, families, now=at, rng=rng)
    systems: dict[str, Any] = {
        "slug": slugs,
        "model_id": np.arange(1, size.systems + 1),
        "version": "1",
        "adapter": "echo",
        "fingerprint": [_sha256(slug) for slug in slugs],
        "state": System.State.LIVE,
        "frozen_at": at,
        "first_public_at": at,
    }
    copy(System, size.systems, systems, now=at, rng=rng)


def _people(size: Size, at: datetime, rng: np.random.Generator) -> None:
    user, number = get_user_model(), range(1, size.annotators + 1)
    there = user.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    accounts = {
        "email": [f"generated-{one}@arena.invalid" for one in number],
        "password": make_password(None),
        "date_joined": at,
    }
    copy(user, size.annotators, accounts, now=at, rng=rng, first=there + 1)
    people = {
        "user_id": there + np.arange(1, size.annotators + 1),
        "pseudonym": [f"g-{one:05}" for one in number],
        "state": Annotator.State.ACTIVE,
    }
    copy(Annotator, size.annotators, people, now=at, rng=rng)


def _sound() -> AudioFile:
    """Name a file that is not there: a generated arena is to look at, not to listen to."""
    sound: dict[str, Any] = {"sha256": "0" * 64, "bytes": 48_044, "sample_rate": 24_000, "channels": 1}
    raw = AudioFile.objects.create(
        kind="raw", media_type="audio/wav", storage_key="generated/raw", duration_ms=CLIP_MS, **sound
    )
    AudioFile.objects.create(
        kind="playback",
        media_type="audio/flac",
        storage_key="generated/playback",
        duration_ms=CLIP_MS,
        made_from=raw,
        normaliser_version=NORMALISER_VERSION,
        target_lufs=-23,
        loudness_lufs=-23.0,
        true_peak_dbtp=-6.0,
        lead_silence_ms=200,
        trail_silence_ms=200,
        **sound,
    )
    return raw


def _prompts(size: Size, raw: AudioFile, at: datetime, rng: np.random.Generator) -> None:
    rows, within = (
        size.prompts,
        PromptSet.objects.create(slug="generated", title="Generated", licence="CC0-1.0"),
    )
    languages = list(
        Language.objects.filter(code__in=_LANGUAGES).order_by("code").values_list("pk", flat=True)
    )
    names = [f"generated-{one:05}" for one in range(1, rows + 1)]
    language = rng.choice(languages, rows, p=[0.7, 0.3])
    columns: dict[str, Any] = {
        "prompt_set_id": within.pk,
        "slug": names,
        "raw_id": raw.pk,
        "playback_id": raw.playbacks.get().pk,
        "transcript": "(generated)",
        "language_id": language,
        "answer_language_id": language,
        "task_id": rng.choice(list(Task.objects.order_by("pk").values_list("pk", flat=True)), rows),
        "level_id": rng.choice(list(Level.objects.order_by("pk").values_list("pk", flat=True)), rows),
        "origin": Prompt.Origin.SYNTHESISED,
        "content_sha256": [_sha256(name) for name in names],
    }
    copy(Prompt, rows, columns, now=at, rng=rng)
    PromptSet.objects.filter(pk=within.pk).update(frozen_at=at)


def _answers(size: Size, raw: AudioFile, at: datetime, rng: np.random.Generator) -> None:
    rows = size.systems * size.prompts
    prompt, system = np.divmod(np.arange(rows), size.systems)
    asked: dict[str, Any] = {"system_id": system + 1, "prompt_id": prompt + 1, "seed": 1}
    copy(Job, rows, {"state": Job.State.DONE, "attempts": 1, "ended_at": at, **asked}, now=at, rng=rng)
    usual = rng.uniform(250, 2500, size.systems)
    first = usual[system] * rng.lognormal(0, 0.25, rows)
    answers: dict[str, Any] = {
        "job_id": np.arange(1, rows + 1),
        "raw_id": raw.pk,
        "playback_id": raw.playbacks.get().pk,
        "first_audio_ms": first.astype(np.int64),
        "total_ms": (first * 3).astype(np.int64),
        **asked,
    }
    copy(Response, rows, answers, now=at, rng=rng)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
