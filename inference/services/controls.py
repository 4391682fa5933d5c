"""Answers that the arena makes itself, for training and control pairs: never public, never ranked (J124)."""

import random

from django.db import transaction
from django.utils import timezone

from inference.audio.ingest import ingest
from inference.models import Model, Prompt, Response, System
from inference.services import jobs

MODEL = "arena-controls"
WORKER = "control"


def system(slug: str) -> System:
    """Find a control system, or make it: private, so that nothing draws it and no board shows it."""
    if there := System.objects.filter(slug=slug).first():
        return there
    model, _ = Model.objects.get_or_create(
        slug=MODEL, defaults={"name": "Controls", "provider": "S2S-Arena", "licence": "CC0-1.0"}
    )
    made, _ = System.objects.get_or_create(
        slug=slug,
        defaults={
            "model": model,
            "version": "1",
            "adapter": "uploaded",
            "delivery": System.Delivery.UPLOADED,
            "fingerprint": slug,
            "state": System.State.PRIVATE,
            "frozen_at": timezone.now(),
        },
    )
    return made


def answer(prompt: Prompt, *, by: System, wav: bytes, transcript: str, how: str) -> Response:
    """Store a control system's answer to a prompt; one that is there stays.

    Args:
        prompt: what it answers.
        by: a control system.
        wav: the sound.
        transcript: what is said in it.
        how: how it was made, kept with the response.

    Raises:
        AudioRefused: the sound does not pass the way in.
        RuntimeError: its job is in other hands.
    """
    kept = Response.objects.filter(system=by, prompt=prompt, replicate=1).exclude(state="rejected")
    if there := kept.first():
        return there
    recording = jobs.Recording(
        file=wav,
        taken=ingest(wav),
        total_seconds=0.0,
        seed=0,
        transcript=transcript,
        first_audio_seconds=None,
        parameters={"control": how},
        stop_reason="",
    )
    with transaction.atomic():
        jobs.request(systems=[by], prompts=[prompt])
        lease = jobs.claim_one(system=by, prompt=prompt, worker=WORKER)
    # No back-off is ever drawn: the recording has passed all that could send it back.
    made = jobs.complete(lease, recording, rng=random.Random(0)) if lease else None  # noqa: S311
    if made is None:
        raise RuntimeError(f"The job of {by} on {prompt} is in other hands.")
    return made
