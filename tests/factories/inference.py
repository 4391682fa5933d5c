"""Prompts, systems, jobs and answers."""

import hashlib
import uuid

from django.utils import timezone

from inference.models import (
    Attempt,
    AudioFile,
    Job,
    Language,
    Level,
    Model,
    Prompt,
    PromptSet,
    Response,
    System,
    Task,
)
from tests.factories.numbers import NUMBERS
from tests.factories.sounds import playback_audio, raw_audio


def prompt_set(slug: str | None = None, **fields) -> PromptSet:
    """A set that is not frozen."""
    slug = slug or f"set-{next(NUMBERS)}"
    return PromptSet.objects.create(slug=slug, title=slug, licence="CC0-1.0", **fields)


def prompt(
    within: PromptSet | None = None,
    *,
    task: str = "poetry",
    language: str | None = "en",
    level: int | None = 1,
    data: bytes | None = None,
    **fields,
) -> Prompt:
    """A spoken prompt with real audio."""
    raw = raw_audio(data)
    return Prompt.objects.create(
        prompt_set=within or prompt_set(),
        slug=fields.pop("slug", f"prompt-{next(NUMBERS)}"),
        raw=raw,
        playback=fields.pop("playback", None) or playback_audio(raw),
        task=Task.objects.get(slug=task),
        language=Language.objects.get(code=language) if language else None,
        answer_language=Language.objects.get(code=language) if language else None,
        level=Level.objects.get(number=level) if level else None,
        content_sha256=raw.sha256,
        **fields,
    )


def model(slug: str | None = None, **fields) -> Model:
    """A family of systems."""
    slug = slug or f"model-{next(NUMBERS)}"
    values = {"name": slug.title(), "provider": "Example Lab", "licence": "Apache-2.0"} | fields
    return Model.objects.create(slug=slug, **values)


def system(
    slug: str | None = None,
    *,
    state: str = "live",
    adapter: str = "echo",
    config: dict | None = None,
    **fields,
) -> System:
    """A competitor; live unless told otherwise."""
    slug = slug or f"system-{next(NUMBERS)}"
    now = timezone.now()
    return System.objects.create(
        slug=slug,
        model=fields.pop("model", None) or model(f"{slug}-model"),
        version=fields.pop("version", "1"),
        adapter=adapter,
        config=config or {},
        fingerprint=fields.pop("fingerprint", hashlib.sha256(slug.encode()).hexdigest()),
        state=state,
        frozen_at=None if state == "draft" else now,
        first_public_at=now if state in {"live", "retired"} else None,
        **fields,
    )


def job(by: System, to: Prompt, **fields) -> Job:
    """A queued job."""
    return Job.objects.create(system=by, prompt=to, seed=fields.pop("seed", 1), **fields)


def attempt(at: Job, **fields) -> Attempt:
    """A try at a job: its first, unless told otherwise."""
    values = {"number": 1, "lease_token": uuid.uuid4(), "worker": "factory"} | fields
    return Attempt.objects.create(job=at, **values)


def response(by: System, to: Prompt, *, playback: AudioFile | None = None, **fields) -> Response:
    """An accepted answer, with the job that is done and its attempt."""
    done = job(by, to, state="done", attempts=1, ended_at=timezone.now())
    Attempt.objects.create(
        job=done,
        number=1,
        lease_token=uuid.uuid4(),
        worker="factory",
        ended_at=timezone.now(),
        outcome="done",
    )
    raw = raw_audio()
    return Response.objects.create(
        job=done,
        system=by,
        prompt=to,
        raw=raw,
        playback=playback or playback_audio(raw),
        **{"total_ms": 100, "seed": 1, **fields},
    )
