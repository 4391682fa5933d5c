"""Submissions: begun, submitted, watched, ended."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from inference.api.access import scoped
from inference.api.base import ApiView, created
from inference.api.fields import Body, PlainJson, PlainText, read
from inference.api.once import once
from inference.api.pages import page
from inference.api.shapes import maybe, page_of, text, whole
from inference.api.submission_shapes import SubmissionShape, shown
from inference.api.system_shapes import own
from inference.errors import Refused
from inference.models import PromptSet, Scope, Submission, Team
from inference.services.submissions import deciding, drafting, submitting

MANIFEST_BYTES = 8_000_000
WRITE = scoped(Scope.SUBMISSIONS)


class LimitsBody(Body):
    """How an endpoint may be called, or a machine may work."""

    at_once = serializers.IntegerField(min_value=1, max_value=32, required=False)
    per_minute = serializers.IntegerField(min_value=1, max_value=6_000, required=False)
    timeout_seconds = serializers.IntegerField(min_value=5, max_value=3_600, required=False)


class SubmissionBody(Body):
    """What is asked for; which fields count depends on the kind."""

    system = serializers.SlugField(max_length=50)
    prompt_set = serializers.RegexField(r"^[-a-zA-Z0-9_]{1,50}/[0-9]{1,9}$", help_text="Such as core/3.")
    kind = serializers.ChoiceField(Submission.Kind.choices)
    manifest = PlainJson(most_bytes=MANIFEST_BYTES, required=False)
    partial = serializers.BooleanField(  # type: ignore[assignment]  # DRF moves fields off the class
        default=False, help_text="Prompts are left out on purpose."
    )
    provenance = PlainJson(required=False, help_text="What made the answers, where and when.")
    adapter = PlainText(max_length=80, required=False)
    config = PlainJson(required=False)
    secret = serializers.RegexField(r"^[a-z][a-z0-9-]{0,39}$", required=False)
    limits = LimitsBody(required=False)
    repository = serializers.RegexField(r"^[\w.-]{1,96}/[\w.-]{1,96}$", required=False)
    revision = PlainText(max_length=40, required=False)
    hardware = serializers.ChoiceField(["cpu", "gpu-24", "gpu-80"], required=False)


class SubmitBody(Body):
    """A manifest, where it is another one than before."""

    manifest = PlainJson(most_bytes=MANIFEST_BYTES, required=False)


class ProblemShape(serializers.Serializer[Any]):
    """One thing that is wrong with what is sent."""

    code = text()
    count = whole()
    prompts = serializers.ListField(child=text())
    fault = text()
    detail = text()
    fix = text()


class DryRunShape(serializers.Serializer[Any]):
    """What a submission would meet with."""

    ok = serializers.BooleanField()
    problems = ProblemShape(many=True)
    coverage = serializers.DictField(child=text())
    uses_quota = serializers.DictField()
    next_slot = maybe(serializers.DateTimeField)


def of(team: Team) -> QuerySet[Submission]:
    """A team's submissions."""
    rows = Submission.objects.filter(team=team)
    return rows.select_related("system__model", "prompt_set", "team")


def find(team: Team, key: UUID) -> Submission:
    """One of them."""
    return get_object_or_404(of(team), public_id=key)


def _draft(team: Team, body: dict[str, Any]) -> drafting.Draft:
    slug, _, version = body["prompt_set"].partition("/")
    prompt_set = PromptSet.objects.filter(slug=slug, version=int(version)).first()
    if prompt_set is None:
        raise Refused(f"There is no prompt set {body['prompt_set']}.", "not_found", status=404)
    fields = {name: body[name] for name in body if name not in {"system", "prompt_set", "partial", "kind"}}
    return drafting.Draft(
        system=own(team, body["system"]),
        prompt_set=prompt_set,
        kind=Submission.Kind(body["kind"]),
        is_partial=body["partial"],
        **fields,
    )


class Submissions(ApiView):
    """A team's submissions."""

    access = {"GET": WRITE, "POST": WRITE}
    filters = {
        "dry_run": "On POST, 1: look only, and store nothing.",
        "state": "One state.",
        "system": "A slug.",
    }
    refusals = {
        "POST": (
            "not_found",
            "prompt_set_not_frozen",
            "wrong_state",
            "submission_open",
            "system_frozen",
            "checkpoint_unpinned",
            "unknown_adapter",
            "bad_adapter_config",
            "adapter_not_offered",
            "adapter_not_loadable",
        )
    }

    @extend_schema(operation_id="submissions", responses=page_of("Submission", SubmissionShape))
    def get(self, request: Request) -> Response:
        """List the team's submissions."""
        rows = of(self.team)
        if state := request.query_params.get("state"):
            rows = rows.filter(state=state)
        if system := request.query_params.get("system"):
            rows = rows.filter(system__slug=system)
        return page(rows, request, lambda row: shown(row, request))

    @extend_schema(
        operation_id="submission_create",
        request=SubmissionBody,
        responses={201: SubmissionShape, 200: DryRunShape},
    )
    @once
    def post(self, request: Request) -> Response:
        """Begin a submission; with `dry_run=1`, say everything that is wrong and store nothing."""
        body = read(SubmissionBody, request)
        draft = _draft(self.team, body)
        if request.query_params.get("dry_run"):
            return Response(_looked_at(draft))
        made = drafting.create(self.team, draft, by=self.person)
        return created(shown(find(self.team, made.public_id), request))


def _looked_at(draft: drafting.Draft) -> dict[str, Any]:
    drafting.setup(draft)
    problems, coverage = [], {}
    if draft.kind == Submission.Kind.UPLOADED:
        checked = drafting.look(
            draft.system, draft.prompt_set, draft.manifest or {"responses": []}, is_partial=draft.is_partial
        )
        problems = [problem.as_json() for problem in checked.problems]
        coverage = {language: f"{done}/{of_}" for language, (done, of_) in checked.coverage.items()}
    return {
        "ok": not problems,
        "problems": problems,
        "coverage": coverage,
        "uses_quota": {},
        "next_slot": None,
    }


class SubmissionDetail(ApiView):
    """One submission."""

    access = {"GET": WRITE}

    @extend_schema(operation_id="submission", responses=SubmissionShape)
    def get(self, request: Request, submission: UUID) -> Response:
        """Show a submission: its state, whose move it is, and what it covers."""
        return Response(shown(find(self.team, submission), request))


class Submit(ApiView):
    """The end of a draft."""

    access = {"POST": WRITE}
    refusals = {
        "POST": (
            "wrong_state",
            "upload_incomplete",
            "already_running",
            "quota_exceeded",
            "system_exists",
            "system_frozen",
            "unknown_adapter",
            "bad_adapter_config",
            "prompt_withdrawn",
            "system_not_runnable",
        )
    }

    @extend_schema(operation_id="submission_submit", request=SubmitBody, responses=SubmissionShape)
    @once
    def post(self, request: Request, submission: UUID) -> Response:
        """Let it be looked at, and run where nothing is wrong."""
        body = read(SubmitBody, request)
        submitting.submit(find(self.team, submission), by=self.person, manifest=body.get("manifest"))
        return Response(shown(find(self.team, submission), request))


class Cancel(ApiView):
    """The end of what was not looked at."""

    access = {"POST": WRITE}
    refusals = {"POST": ("wrong_state",)}

    @extend_schema(operation_id="submission_cancel", request=None, responses=SubmissionShape)
    @once
    def post(self, request: Request, submission: UUID) -> Response:
        """End it; jobs that wait or run end with it."""
        deciding.cancel(find(self.team, submission), by=self.person)
        return Response(shown(find(self.team, submission), request))


class Retry(ApiView):
    """Another round for what failed."""

    access = {"POST": WRITE}
    refusals = {"POST": ("wrong_state", "already_running")}

    @extend_schema(operation_id="submission_retry", request=None, responses=SubmissionShape)
    @once
    def post(self, request: Request, submission: UUID) -> Response:
        """Ask again for the prompts that failed, and for no others."""
        deciding.retry(find(self.team, submission), by=self.person)
        return Response(shown(find(self.team, submission), request))


class AcceptPartial(ApiView):
    """What there is will do."""

    access = {"POST": WRITE}
    refusals = {"POST": ("wrong_state", "coverage_too_low")}

    @extend_schema(operation_id="submission_accept_partial", request=None, responses=SubmissionShape)
    @once
    def post(self, request: Request, submission: UUID) -> Response:
        """Send what was answered to review: at least 90 % of the prompts."""
        deciding.accept_partial(find(self.team, submission), by=self.person)
        return Response(shown(find(self.team, submission), request))


class WithdrawSubmission(ApiView):
    """A change of mind."""

    access = {"POST": WRITE}
    refusals = {"POST": ("wrong_state",)}

    @extend_schema(operation_id="submission_withdraw", request=None, responses=SubmissionShape)
    @once
    def post(self, request: Request, submission: UUID) -> Response:
        """Take it back before a moderator has decided."""
        deciding.withdraw(find(self.team, submission), by=self.person)
        return Response(shown(find(self.team, submission), request))
