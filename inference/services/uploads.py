"""Uploads: files come part by part, each by its hash, and are looked at as soon as they are whole (api 6)."""

from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils import timezone

from inference.audio.errors import AudioRefused
from inference.audio.ingest import ingest
from inference.errors import Refused, codes
from inference.models import Bucket, Submission, Team, Upload, UploadPart
from inference.services import parts, quotas, ready
from inference.services.jobs.failures import DECODER_FAILED
from inference.services.parts import Stored
from inference.services.submissions import drafting, moving
from inference.services.submissions.moving import Why
from inference.services.submissions.states import State
from s2s_arena import content
from s2s_arena.manifest import MOST_BYTES

PART_BYTES = 8 * 1024 * 1024
MOST_FILES = 200
Stage = Upload.State


@dataclass(frozen=True)
class File:
    """A file that is to come."""

    sha256: str
    bytes: int
    name: str = ""


@transaction.atomic
def register(submission: Submission, files: list[File], *, by: AbstractBaseUser) -> list[Upload]:
    """Say which files will come; one whose bytes the team sent before is complete at once.

    Returns:
        One for each file, in their order.

    Raises:
        Refused: `wrong_state`, `file_too_large`, or `storage_full`.
    """
    held = moving.lock(submission)
    if held.kind != Submission.Kind.UPLOADED or not drafting.is_open(held):
        moving.require(held)
    if large := [file for file in files if file.bytes > MOST_BYTES]:
        message = (
            f"{large[0].name or large[0].sha256[:12]} has {large[0].bytes:,} bytes; at most 25 MB are taken."
        )
        raise Refused(message, "file_too_large", status=413)
    there = {
        upload.sha256: upload for upload in held.uploads.filter(sha256__in=[one.sha256 for one in files])
    }
    again = [one.pk for one in there.values() if one.state in {Stage.EXPIRED, Stage.DISCARDED}]
    Upload.objects.filter(pk__in=again).update(state=Stage.OPEN, ready={}, last_part_at=timezone.now())
    _require_room(held.team, sum(one.bytes for one in files if one.sha256 not in there))
    known = _known(held.team, [one.sha256 for one in files if one.sha256 not in there])
    for file in files:
        if file.sha256 not in there:
            there[file.sha256] = _open(held, file, known.get(file.sha256))
    if held.state in {State.DRAFT, State.INVALID}:
        moving.move(held, State.UPLOADING, Why(code="uploading", by=by))
    found = (
        Upload.objects.filter(submission=held)
        .prefetch_related("parts")
        .in_bulk([one.pk for one in there.values()])
    )
    return [found[there[file.sha256].pk] for file in files]


def missing(upload: Upload) -> list[int]:
    """The numbers of the parts that are not here; the upload's parts are prefetched."""
    if upload.state != Stage.OPEN:
        return []
    here = {part.number for part in upload.parts.all()}
    return [number for number in range(1, upload.parts_expected + 1) if number not in here]


def part_size(upload: Upload, number: int) -> int:
    """How many bytes a part has to have: all but the last are full.

    Raises:
        Refused: `not_found`, for a part that the file does not have.
    """
    if not 1 <= number <= upload.parts_expected:
        message = f"The file has parts 1 to {upload.parts_expected}."
        raise Refused(message, "not_found", status=404)
    last = number == upload.parts_expected
    return upload.bytes - (number - 1) * upload.part_bytes if last else upload.part_bytes


def require_open(upload: Upload) -> None:
    """Pass an upload that may get parts, or has them all.

    Raises:
        Refused: `upload_expired`, or what it was refused for.
    """
    if upload.state in {Stage.EXPIRED, Stage.DISCARDED}:
        raise Refused("This upload has run out; register the file again.", "upload_expired", status=409)
    if upload.state == Stage.REFUSED:
        raise _refused(upload)


def add_part(upload: Upload, number: int, stored: Stored) -> Upload:
    """Take a part that is stored; the same one again changes nothing. A file of one part is then looked at.

    Raises:
        Refused: `part_digest_mismatch` for another content under this number, `upload_expired`, or what the
            file is refused for.
    """
    if number == 1 and (kind := content.archive_kind(stored.head)):
        parts.discard(stored.key)
        message = f"This is a {kind} archive. Send the sounds one by one."
        _refuse(upload, "archive_not_accepted", message)
        raise Refused(message, "archive_not_accepted", status=415)
    try:
        with transaction.atomic():
            UploadPart.objects.create(
                upload=upload, number=number, bytes=stored.size, sha256=stored.sha256, storage_key=stored.key
            )
    except IntegrityError as error:
        parts.discard(stored.key)
        there = upload.parts.get(number=number)
        if there.sha256 != stored.sha256:
            message = f"Part {number} is here already, with another content."
            raise Refused(message, "part_digest_mismatch") from error
    Upload.objects.filter(pk=upload.pk).update(last_part_at=timezone.now())
    return complete(upload) if upload.parts_expected == 1 else fresh(upload)


def complete(upload: Upload) -> Upload:
    """Put the parts together, compare size and hash, and look at the sound in a child process.

    Raises:
        Refused: `upload_incomplete`, `upload_hash_mismatch`, `upload_expired`, or what is wrong in it.
    """
    upload = fresh(upload)
    require_open(upload)
    if upload.state == Stage.COMPLETE:
        return upload
    if absent := missing(upload):
        message = f"{len(absent)} parts are missing."
        raise Refused(message, "upload_incomplete", status=409, more={"missing": absent})
    pieces = list(upload.parts.order_by("number"))
    try:
        whole = parts.join([piece.storage_key for piece in pieces])
    except FileNotFoundError:
        # Another request put them together meanwhile.
        if (done := fresh(upload)).state == Stage.COMPLETE:
            return done
        raise
    if whole.sha256 != upload.sha256 or whole.size != upload.bytes:
        parts.discard(whole.key)
        message = "The parts together are not the file that was registered."
        _refuse(upload, "upload_hash_mismatch", message)
        raise Refused(message, "upload_hash_mismatch")
    _look(upload, whole)
    Upload.objects.filter(pk=upload.pk, state=Stage.OPEN).update(state=Stage.COMPLETE, storage_key=whole.key)
    done = fresh(upload)
    # Of two requests that put them together at once, one file stays.
    parts.discard(*{whole.key, *(piece.storage_key for piece in pieces)} - {done.storage_key})
    return done


def fresh(upload: Upload) -> Upload:
    """Read an upload anew, with its parts."""
    return Upload.objects.select_related("team").prefetch_related("parts").get(pk=upload.pk)


def _look(upload: Upload, whole: Stored) -> None:
    """Decode the whole file once, so that a bad one is known while the others still come (A33).

    Raises:
        Refused: what is wrong with it.
    """
    try:
        taken = ingest(parts.read(whole.key))
    except AudioRefused as refused:
        if refused.code in DECODER_FAILED:
            if upload.parts_expected > 1:
                parts.discard(whole.key)
            message = "We could not look at the file just now; send the last part again."
            raise Refused(message, "unavailable", status=503, retry_after_seconds=5) from refused
        code = codes.OF_AUDIO[str(refused.code)]
        parts.discard(whole.key)
        _refuse(upload, code, refused.message)
        raise Refused(refused.message, code, status=codes.known(code).status) from refused
    raw = taken.raw
    checks = {
        "media_type": raw.media_type,
        "sample_rate": raw.sample_rate,
        "channels": raw.channels,
        "duration_ms": raw.duration_ms,
        "loudness_lufs": round(taken.playback.loudness_lufs, 1),
    }
    kept = ready.keep(taken)
    # Whoever sent the same part twice has it looked at twice: the first one's file stands.
    if not Upload.objects.filter(pk=upload.pk, ready={}).update(checks=checks, ready=kept):
        parts.discard(kept["key"])


def _refuse(upload: Upload, code: str, message: str) -> None:
    Upload.objects.filter(pk=upload.pk, state=Stage.OPEN).update(
        state=Stage.REFUSED, check_code=code, check_message=message[:400]
    )
    parts.discard(*upload.parts.values_list("storage_key", flat=True))


def _refused(upload: Upload) -> Refused:
    known = codes.known(upload.check_code)
    return Refused(upload.check_message, upload.check_code, status=known.status or 422)


def _known(team: Team, hashes: list[str]) -> dict[str, Upload]:
    """The team's complete files with these hashes."""
    rows = Upload.objects.filter(team=team, sha256__in=hashes, state=Stage.COMPLETE)
    return {upload.sha256: upload for upload in rows}


def _open(submission: Submission, file: File, known: Upload | None) -> Upload:
    upload = Upload(
        submission=submission,
        team=submission.team,
        file_name=file.name,
        bytes=file.bytes,
        sha256=file.sha256,
        part_bytes=PART_BYTES,
    )
    if known and known.bytes == file.bytes:
        upload.state, upload.storage_key = Stage.COMPLETE, known.storage_key
        upload.checks, upload.ready = known.checks, known.ready
    upload.save()
    return upload


def _require_room(team: Team, coming: int) -> None:
    standing = quotas.of(team, Bucket.STORAGE, now=timezone.now())
    if standing.used + coming > standing.limit:
        message = f"{standing.used:,} of {standing.limit:,} bytes are used; {coming:,} more do not fit."
        more = {"bucket": "storage", "limit": standing.limit, "used": standing.used}
        raise Refused(message, "storage_full", status=429, more=more)
