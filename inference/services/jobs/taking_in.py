"""How an answer that was made elsewhere is run: its file is read and looked at, and nothing is called."""

import random
from typing import Any

from django.db.models.fields.json import KeyTransform

from inference.audio.errors import AudioRefused
from inference.audio.ingest import ingest
from inference.models import Job, Prompt, Submission, Upload
from inference.services import parts, ready
from inference.services.jobs.ending import Recording, complete, fail
from inference.services.jobs.failures import Failure, Kind
from inference.services.jobs.leases import Lease

NO_FILE = Failure(kind=Kind.PERMANENT, code="no_audio", message="There is no file that answers this prompt.")


def take_in(lease: Lease, *, rng: random.Random) -> None:
    """Let the file that its submission names be the answer of a job."""
    said = _said(lease)
    upload = _upload(lease, str(said.get("sha256", ""))) if said else None
    if upload is None or said is None:
        fail(lease, NO_FILE, rng=rng)
        return
    try:
        data = parts.read(upload.storage_key)
        recording = Recording(
            file=data,
            taken=ready.made(upload) or ingest(data),
            transcript=said.get("transcript") or None,
            first_audio_seconds=_seconds(said.get("first_audio_ms")),
            total_seconds=_seconds(said.get("total_ms")),
            parameters={**said.get("parameters", {}), "uploaded": str(upload.public_id)},
        )
        complete(lease, recording, rng=rng)
    except AudioRefused as refused:
        fail(lease, Failure.of(refused), rng=rng)
    except OSError as error:
        message = (
            "The file could not be read or stored just now; that is the site's fault, and it tries again."
        )
        fail(
            lease,
            Failure(kind=Kind.TRANSIENT, code="storage_failed", message=message, detail=str(error)),
            rng=rng,
        )


def _said(lease: Lease) -> dict[str, Any] | None:
    """What the manifest says of the prompt, read out of it by the database."""
    slug = Prompt.objects.values_list("slug", flat=True).get(pk=lease.prompt_id)
    entry = KeyTransform(slug, KeyTransform("by_prompt", "manifest"))
    rows = Submission.objects.filter(jobs=lease.job_id).annotate(entry=entry)
    found = rows.values_list("entry", flat=True).first()
    return found if isinstance(found, dict) else None


def _upload(lease: Lease, sha256: str) -> Upload | None:
    submission = Job.objects.values("submission").get(pk=lease.job_id)["submission"]
    return Upload.objects.filter(submission=submission, sha256=sha256, state=Upload.State.COMPLETE).first()


def _seconds(milliseconds: object) -> float | None:
    return milliseconds / 1000 if isinstance(milliseconds, int) else None
