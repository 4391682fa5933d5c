"""Rows for tests, made plainly: every value that matters to a test is an argument."""

import hashlib
import io
import itertools
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import numpy as np
import soundfile
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from inference.models import (
    Attempt,
    AudioFile,
    Job,
    Language,
    Level,
    Membership,
    Model,
    Prompt,
    PromptSet,
    Response,
    System,
    Task,
    Team,
)
from judging.models import (
    Annotator,
    Ballot,
    Batch,
    BatchClosing,
    Criterion,
    DeviceCheck,
    LanguageSkill,
    Pair,
    Policy,
    Verdict,
    Vote,
)
from judging.services import consents, devices

_numbers = itertools.count(1)
PASSWORD = "correct horse battery staple"


def tone(*, seconds: float = 1.0, hz: float = 440.0, rate: int = 24_000, level: float = 0.1) -> np.ndarray:
    """A sine, float32, shape (seconds × rate,)."""
    return (level * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def wav(samples: np.ndarray | None = None, *, rate: int = 24_000, subtype: str = "PCM_16") -> bytes:
    """A WAV file of these samples, or of a tone that no other call makes."""
    if samples is None:
        samples = tone(hz=200 + next(_numbers) % 4000)
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format="WAV", subtype=subtype)
    return buffer.getvalue()


def flac(samples: np.ndarray | None = None, *, rate: int = 24_000) -> bytes:
    """A FLAC file of these samples, or of a tone that no other call makes."""
    buffer = io.BytesIO()
    soundfile.write(
        buffer, tone(hz=200 + next(_numbers) % 4000) if samples is None else samples, rate, format="FLAC"
    )
    return buffer.getvalue()


def raw_audio(data: bytes | None = None) -> AudioFile:
    """A stored raw file."""
    data = data or wav()
    samples, rate = soundfile.read(io.BytesIO(data))
    return AudioFile.objects.create(
        kind="raw",
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        media_type="audio/wav",
        sample_rate=rate,
        channels=1,
        duration_ms=round(1000 * len(samples) / rate),
        storage_key=default_storage.save(f"audio/{uuid.uuid4().hex}", ContentFile(data)),
    )


def playback_audio(
    raw: AudioFile, *, target_lufs: int = -23, data: bytes | None = None, duration_ms: int = 1000
) -> AudioFile:
    """A stored playback file that claims to be made from `raw`, and to be so long."""
    data = data or flac()
    return AudioFile.objects.create(
        kind="playback",
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        media_type="audio/flac",
        sample_rate=24_000,
        channels=1,
        duration_ms=duration_ms,
        storage_key=default_storage.save(f"audio/{uuid.uuid4().hex}", ContentFile(data)),
        made_from=raw,
        normaliser_version=1,
        target_lufs=target_lufs,
        loudness_lufs=float(target_lufs),
        true_peak_dbtp=-6.0,
        lead_silence_ms=200,
        trail_silence_ms=200,
    )


def user(email: str, *, password: str | None = None, **fields):
    """An account with a confirmed address; no password unless one is given (hashing is slow)."""
    made = get_user_model().objects.create_user(email, password, **fields)
    EmailAddress.objects.create(user=made, email=email, verified=True, primary=True)
    return made


def annotator(
    email: str | None = None, *, ready: bool = True, password: str | None = None, **fields
) -> Annotator:
    """Somebody who judges: their terms accepted, two languages known, every device of theirs checked."""
    values = {"state": "active"} | fields
    account = user(email or f"annotator{next(_numbers)}@example.org", password=password)
    made = Annotator.objects.create(user=account, **values)
    if ready:
        consents.accept(account, consents.text("en"))
        for code in ("en", "zh"):
            LanguageSkill.objects.create(
                annotator=made, language=Language.objects.get(code=code), level="native"
            )
        device_check(account)
    return made


def device_check(of, *, device: str = devices.ANY_DEVICE, result: str = "both", **fields) -> DeviceCheck:
    """A finished check of somebody's device."""
    values = {"output": "wired", "surroundings": "quiet", "at": timezone.now()} | fields
    return DeviceCheck.objects.create(user=of, device=device, result=result, **values)


def prompt_set(slug: str | None = None, **fields) -> PromptSet:
    """A set that is not frozen."""
    slug = slug or f"set-{next(_numbers)}"
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
        slug=fields.pop("slug", f"prompt-{next(_numbers)}"),
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
    slug = slug or f"model-{next(_numbers)}"
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
    slug = slug or f"system-{next(_numbers)}"
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


def team(*people, **fields) -> Team:
    """A team with these members."""
    slug = fields.pop("slug", f"team-{next(_numbers)}")
    made = Team.objects.create(slug=slug, **({"name": slug.title()} | fields))
    for person in people:
        Membership.objects.create(team=made, person=person)
    return made


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


def pair(to: Prompt, one: System, other: System) -> Pair:
    """The pair of two systems' answers to a prompt; answers are made where they are missing."""
    first, second = sorted((one, other), key=lambda system: system.pk)
    answers = [
        Response.objects.filter(system=by, prompt=to).first() or response(by, to) for by in (first, second)
    ]
    return Pair.objects.get_or_create(
        response_a=answers[0],
        response_b=answers[1],
        defaults={"prompt": to, "system_a": first, "system_b": second},
    )[0]


def batch(of: Annotator, *, size: int = 12, **fields) -> Batch:
    """An open batch under the current policy; every position is normal unless told otherwise."""
    policy = fields.pop("policy", None) or Policy.objects.get(current=True)
    values = {"plan": ["normal"] * size, "criterion_order": ["semantic", "paralinguistic", "overall"]}
    return Batch.objects.create(annotator=of, policy=policy, size=size, **(values | fields))


def closed(open_one: Batch) -> Batch:
    """End a batch: its votes count from the next seal on."""
    Batch.objects.filter(pk=open_one.pk).update(state="closed")
    BatchClosing.objects.create(batch=open_one, by="annotator")
    return open_one


def ballot(of: Pair, to: Annotator, *, left: str = "a", state: str = "opened", **fields) -> Ballot:
    """A ballot that can be cast, at the next position of the person's open batch, or a new one."""
    now = timezone.now()
    within = (
        fields.pop("batch", None) or Batch.objects.filter(annotator=to, state="open").first() or batch(to)
    )
    values = {
        "batch": within,
        "policy": within.policy,
        "position": within.ballots.count() + 1,
        "first": "left",
        "target_lufs": -23,
        "normaliser_version": 1,
        "rule": "uniform",
        "rule_version": 1,
    }
    values |= {"probability": 1.0, "expires_at": now + timedelta(days=1)}
    values |= {"opened_at": None if state == "issued" else now - timedelta(minutes=5)}
    return Ballot.objects.create(annotator=to, pair=of, left=left, state=state, **(values | fields))


def vote(
    of: Pair,
    by: Annotator,
    answer: str,
    *,
    left: str = "a",
    criterion: str = "overall",
    within: Batch | None = None,
    purpose: str = "normal",
    repeat_of: Ballot | None = None,
) -> Vote:
    """A vote with one verdict in canonical terms (`a`, `b`, `tie`, `both_bad`), in a closed batch of its own.

    `within` is another batch for it, open or closed.
    """
    of_one = within or closed(batch(by, size=1, state="closed"))
    cast = Vote.objects.create(
        public_id=uuid.uuid4(),
        ballot=ballot(of, by, left=left, state="voted", batch=of_one, purpose=purpose, repeat_of=repeat_of),
        elapsed_ms=20_000,
    )
    Verdict.objects.create(vote=cast, criterion=Criterion.objects.get(slug=criterion), answer=answer)
    return cast


@contextmanager
def unguarded() -> Iterator[None]:
    """Change rows past the triggers, as only a superuser can."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("RESET session_replication_role")
