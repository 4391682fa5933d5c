"""Submitting: quotas are taken, the system is frozen, what came is looked at, and jobs are made."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from inference.errors import Refused
from inference.models import Bucket, Fault, Submission, Upload
from inference.services import quotas, systems
from inference.services.submissions import asking, drafting, moving, states
from inference.services.submissions.moving import Why
from inference.services.submissions.states import State

Kind = Submission.Kind
READY = (State.DRAFT, State.UPLOADING, State.INVALID)
REVIEWED_KINDS = (Kind.ENDPOINT, Kind.CHECKPOINT)


@transaction.atomic
def submit(
    submission: Submission, *, by: AbstractBaseUser, manifest: Mapping[str, Any] | None = None
) -> Submission:
    """Let a submission be looked at, and run if nothing is wrong.

    Args:
        submission: a draft, one that uploads, or an invalid one that was mended.
        by: who submits.
        manifest: of uploaded answers, where another one than before.

    Raises:
        Refused: `wrong_state`, `upload_incomplete`, `already_running`, `quota_exceeded`, `system_exists`.
    """
    held = moving.lock(submission)
    moving.require(held, *READY)
    fields: dict[str, Any] = {"problems": []}
    if manifest is not None:
        drafting.keep_manifest(held, manifest)
        fields |= {"manifest": held.manifest, "manifest_sha256": held.manifest_sha256}
    if held.kind == Kind.UPLOADED:
        _require_files(held)
    moving.move(held, State.VALIDATING, Why(code="submitted", by=by), **fields)
    now = timezone.now()
    quotas.take(Bucket.RUNNING, held, now=now)
    if not held.quota_uses.filter(bucket=Bucket.ACCEPTED, refunded_at=None).exists():
        quotas.take(Bucket.ACCEPTED, held, now=now)
    _freeze(held)
    _look(held)
    return held


def _require_files(submission: Submission) -> None:
    """Pass a submission whose files are all here, whatever they are.

    Raises:
        Refused: `upload_incomplete`, with some of those that are missing.
    """
    wanted = set(hashes(submission))
    here = set(
        submission.uploads.filter(state__in=[Upload.State.COMPLETE, Upload.State.REFUSED]).values_list(
            "sha256", flat=True
        )
    )
    if missing := sorted(wanted - here):
        message = f"{len(missing):,} of the manifest's {len(wanted):,} files are not here yet."
        more = {"missing": missing[:20], "count": len(missing)}
        raise Refused(message, "upload_incomplete", status=409, more=more)


def hashes(submission: Submission) -> list[str]:
    """The files that a manifest names, as far as it is readable."""
    rows = submission.manifest.get("responses")
    rows = rows if isinstance(rows, list) else []
    return [str(row["sha256"]) for row in rows if isinstance(row, dict) and "sha256" in row]


def _freeze(submission: Submission) -> None:
    system = submission.system
    if system.frozen_at is None:
        systems.freeze(
            system,
            adapter=submission.adapter,
            config=submission.config,
            delivery=drafting.delivery(submission.kind),
        )


def _look(submission: Submission) -> None:
    if submission.kind == Kind.UPLOADED:
        _look_at_answers(submission)
    elif submission.kind == Kind.WORKER:
        asking.ask_for_all(
            submission, why=Why(code="waits_for_worker", message="Your machine can claim its jobs.")
        )
    elif submission.kind not in submission.team.cleared_kinds:
        wait_for_clearance(submission)
    else:
        asking.ask_for_health(submission)


def wait_for_clearance(submission: Submission) -> None:
    """Leave a submission with the moderators: nothing of this team's was run here before (A22)."""
    Submission.objects.filter(pk=submission.pk).update(
        waiting_on=Submission.WaitingOn.REVIEWER,
        last_code=states.CLEARANCE_NEEDED,
        last_message="A moderator looks at your team before its first submission of this kind runs.",
    )
    submission.refresh_from_db()


def _look_at_answers(submission: Submission) -> None:
    checked = drafting.look(
        submission.system, submission.prompt_set, submission.manifest, is_partial=submission.is_partial
    )
    problems = [problem.as_json() for problem in checked.problems]
    problems += drafting.refused_files(submission, hashes(submission))
    if problems:
        make_invalid(submission, problems)
        return
    # What the worker reads: one entry a prompt.
    kept = {"responses": submission.manifest["responses"], "by_prompt": {}}
    kept["by_prompt"] = {entry.prompt: _as_kept(entry) for entry in checked.entries.values()}
    Submission.objects.filter(pk=submission.pk).update(manifest=kept)
    submission.manifest = kept
    asking.ask_for_all(
        submission,
        why=Why(code="valid", message="Everything is here and is taken in."),
        slugs=list(checked.entries),
    )


def _as_kept(entry: Any) -> dict[str, Any]:
    return {
        "sha256": entry.sha256,
        "transcript": entry.transcript,
        "first_audio_ms": entry.first_audio_ms,
        "total_ms": entry.total_ms,
        "parameters": dict(entry.parameters),
    }


def make_invalid(submission: Submission, problems: list[dict[str, Any]]) -> None:
    """Send a submission back with everything that is wrong; the attempt counts against the day's ten.

    Beyond ten a day it is refused altogether, so that nobody feels their way along.

    Raises:
        Refused: `quota_exceeded`.
    """
    quotas.take(Bucket.INVALID, submission, now=timezone.now())
    first = problems[0]
    more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
    moving.move(
        submission,
        State.INVALID,
        Why(code=first["code"], message=f"{first['detail']}{more}", fault=Fault.SUBMITTER),
        problems=problems,
    )
    quotas.give_back(submission, [Bucket.ACCEPTED], code="invalid")
