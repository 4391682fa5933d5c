"""How submissions begin: what is asked for is looked at, and everything wrong is told at once."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from inference.adapters import registry
from inference.adapters.endpoint import Endpoint
from inference.errors import Refused
from inference.models import Prompt, PromptSet, Submission, System, Team, Upload
from inference.outbound import targets
from inference.services import secrets
from inference.services.submissions import moving
from inference.services.submissions.moving import Why
from inference.services.submissions.states import State
from s2s_arena import manifest
from s2s_arena.manifest import Checked, Expected

Kind = Submission.Kind
ADAPTERS = {Kind.ENDPOINT: ("audio_chat", "realtime"), Kind.CHECKPOINT: ("omni",)}
COMMIT = re.compile(r"[0-9a-f]{40}")
UPLOADED = "uploaded"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a team asks for; see the fields of `Submission`."""

    system: System
    prompt_set: PromptSet
    kind: Submission.Kind
    adapter: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)
    hardware: str = ""
    repository: str = ""
    revision: str = ""
    secret: str = ""
    manifest: Mapping[str, Any] | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    is_partial: bool = False


def create(team: Team, draft: Draft, *, by: AbstractBaseUser) -> Submission:
    """Begin a submission.

    Raises:
        Refused: `prompt_set_not_frozen`, `wrong_state` of the system, `submission_open`, `system_frozen`,
            `checkpoint_unpinned`, or what is wrong with the adapter's configuration.
    """
    adapter, config = setup(draft)
    submission = Submission(
        system=draft.system,
        team=team,
        prompt_set=draft.prompt_set,
        kind=draft.kind,
        adapter=adapter,
        config=config,
        limits=dict(draft.limits),
        hardware=draft.hardware,
        is_partial=draft.is_partial,
        created_by_id=by.pk,
        last_code="created",
        expected=expected(draft.system, draft.prompt_set).count(),
    )
    if draft.manifest is not None:
        keep_manifest(submission, draft.manifest)
    with transaction.atomic():
        try:
            with transaction.atomic():
                submission.save()
        except IntegrityError as error:
            there = draft.system.submissions.filter(prompt_set=draft.prompt_set)
            open_one = there.exclude(state__in=Submission.CLOSED).get()
            message = f"Submission {open_one.public_id} of this system for this prompt set is open."
            more = {"submission": str(open_one.public_id)}
            raise Refused(message, "submission_open", status=409, more=more) from error
        moving.note(submission, None, Why(code="created", by=by))
    return submission


def setup(draft: Draft) -> tuple[str, dict[str, Any]]:
    """Say with which adapter and configuration the system will answer.

    Raises:
        Refused: as `create`.
    """
    if draft.prompt_set.published_at is None:
        raise Refused(f"The prompt set {draft.prompt_set.address} is not published.", "prompt_set_not_frozen")
    allowed = (System.State.DRAFT, System.State.PRIVATE, System.State.CODENAMED, System.State.LIVE)
    if draft.system.state not in allowed:
        raise Refused(f"The system is {draft.system.state}.", "wrong_state", status=409)
    adapter, config = _configured(draft)
    _check_frozen(draft, adapter, config)
    return adapter, config


def _configured(draft: Draft) -> tuple[str, dict[str, Any]]:
    if draft.kind in {Kind.UPLOADED, Kind.WORKER}:
        provenance = draft.provenance or (draft.manifest or {}).get("provenance") or {}
        return UPLOADED, {"as_run": dict(provenance)} if isinstance(provenance, Mapping) else {}
    if draft.adapter not in ADAPTERS[draft.kind]:
        known = ", ".join(ADAPTERS[draft.kind])
        raise Refused(f"Submissions of the kind {draft.kind} have one of: {known}.", "adapter_not_offered")
    config = dict(draft.config)
    if draft.kind == Kind.CHECKPOINT:
        if not COMMIT.fullmatch(draft.revision):
            message = "The revision has to be a full commit: 40 hexadecimal digits."
            raise Refused(message, "checkpoint_unpinned")
        config |= {"path": draft.repository, "revision": draft.revision}
    if draft.secret:
        inner = config.get("endpoint")
        config["endpoint"] = {**(inner if isinstance(inner, Mapping) else {}), "secret": draft.secret}
    adapter = registry.load(draft.adapter, config)
    for name in adapter.secret_names:
        secrets.require(draft.system.model.team, name)
    if isinstance(endpoint := getattr(adapter, "endpoint", None), Endpoint):
        _check_address(endpoint.base_url)
    return draft.adapter, config


def _check_address(url: str) -> None:
    """Refuse an address that would not be called; its name is looked up when it is."""
    try:
        targets.read(url, allowed=settings.OUTBOUND_ALLOW)
    except targets.NotCalledError as error:
        message = f"The endpoint's address is not called: {error}."
        raise Refused(message, "endpoint_refused_address", more={"where": {"field": "config"}}) from error


def _check_frozen(draft: Draft, adapter: str, config: Mapping[str, Any]) -> None:
    """A system that has answered before answers in the same way again."""
    system = draft.system
    if system.frozen_at is None:
        return
    said = bool(draft.adapter or draft.config or draft.repository or draft.secret)
    same = (adapter, dict(config)) == (system.adapter, dict(system.config))
    if system.delivery != delivery(draft.kind) or (said and not same):
        message = "The system answered before with another adapter or configuration; make a new system."
        raise Refused(message, "system_frozen", status=409)


def delivery(kind: str) -> System.Delivery:
    """How answers of a kind come in."""
    if kind == Kind.UPLOADED:
        return System.Delivery.UPLOADED
    return System.Delivery.PULLED if kind == Kind.WORKER else System.Delivery.CALLED


def expected(system: System, prompt_set: PromptSet) -> QuerySet[Prompt]:
    """The public prompts that a system has to answer: those in its languages, or all where it names none."""
    languages = [language.pk for language in system.languages.all()]
    rows = prompt_set.prompts.filter(split=Prompt.Split.PUBLIC, state=Prompt.State.OK)
    if languages:
        rows = rows.filter(Q(language__in=languages) | Q(language=None))
    return rows.order_by("slug")


def keep_manifest(submission: Submission, given: Mapping[str, Any]) -> None:
    """Write a manifest into a row that is not saved yet."""
    canonical = json.dumps(given, sort_keys=True)
    submission.manifest = dict(given)
    submission.manifest_sha256 = hashlib.sha256(canonical.encode()).hexdigest()


def look(system: System, prompt_set: PromptSet, given: object, *, is_partial: bool) -> Checked:
    """Say everything about a manifest, by the validator that the command line has too."""
    rows = expected(system, prompt_set).values_list("slug", "language__code")
    wanted = [Expected(slug, language or "") for slug, language in rows]
    return manifest.check(given, expected=wanted, is_partial=is_partial)


def refused_files(submission: Submission, hashes: Sequence[str]) -> list[dict[str, Any]]:
    """Problems of files that came in and cannot be taken, in the validator's form."""
    rows = submission.uploads.filter(state=Upload.State.REFUSED, sha256__in=hashes)
    return [
        {
            "code": upload.check_code,
            "count": 1,
            "prompts": [],
            "fault": "submitter",
            "detail": f"{upload.file_name or upload.sha256[:12]}: {upload.check_message}",
            "fix": "Upload another file and name it in the manifest.",
        }
        for upload in rows.order_by("pk")
    ]


def is_open(submission: Submission) -> bool:
    """Whether files and a manifest may still come."""
    return submission.state in {State.DRAFT, State.UPLOADING, State.INVALID}
