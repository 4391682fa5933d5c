"""Pull workers: a team's own machines claim its jobs and answer them, each once by its lease token."""

import json
import random
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from inference.api.access import scoped
from inference.api.base import ApiView
from inference.api.fields import Body, PlainJson, PlainText, read
from inference.api.prompts import prompt_shown
from inference.api.shapes import Fields, moment, text, whole
from inference.api.submissions import find
from inference.api.uploads import AUDIO
from inference.audio.errors import AudioRefused
from inference.audio.ingest import ingest
from inference.errors import Refused, codes
from inference.models import Scope
from inference.services.jobs import Failure, Kind, Recording, pulling
from inference.services.jobs.failures import DECODER_FAILED

WORK = scoped(Scope.WORKER)
IDLE_SECONDS = 15
MOST_BYTES = 25_000_000
CODE = r"^[a-z][a-z0-9_]{0,59}$"


class ClaimBody(Body):
    """How many jobs of which submission."""

    submission = serializers.UUIDField()
    at_most = serializers.IntegerField(min_value=1, max_value=pulling.MOST, default=1)
    worker = PlainText(max_length=100)


class LeaseBody(Body):
    """What shows that a job is in these hands."""

    lease_token = serializers.UUIDField()


class FailBody(LeaseBody):
    """Why there is no answer."""

    code = serializers.RegexField(CODE)
    message = PlainText(max_length=1000)
    again = serializers.BooleanField(default=True, help_text="Whether another try may help.")


class ReplyBody(LeaseBody):
    """What is said of an answer."""

    transcript = PlainText(max_length=20_000, required=False, allow_blank=True)
    first_audio_ms = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)
    total_ms = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)
    stop_reason = PlainText(max_length=40, required=False, allow_blank=True)
    parameters = PlainJson(required=False)


CLAIMED: Fields = {
    "id": serializers.UUIDField(),
    "attempt": whole(),
    "lease_token": serializers.UUIDField(),
    "lease_expires_at": moment(),
    "hard_deadline_at": moment(),
    "seed": whole(),
    "prompt": serializers.DictField(),
}
DONE = inline_serializer("JobEnded", {"id": serializers.UUIDField(), "state": text()})


class Claim(ApiView):
    """Jobs to be had."""

    access = {"POST": WORK}
    refusals = {"POST": ("not_found",)}

    @extend_schema(
        operation_id="jobs_claim",
        request=ClaimBody,
        responses={
            200: inline_serializer(
                "ClaimedJobs", {"jobs": inline_serializer("ClaimedJob", CLAIMED, many=True)}
            ),
            204: None,
        },
    )
    def post(self, request: Request) -> Response:
        """Take due jobs under a lease of two minutes; 204: nothing is due, look again after Retry-After."""
        body = read(ClaimBody, request)
        submission = find(self.team, body["submission"])
        taken = pulling.claim(submission, at_most=body["at_most"], worker=body["worker"], token=self.token)
        if not taken:
            return Response(status=204, headers={"Retry-After": str(IDLE_SECONDS)})
        return Response({"jobs": [_claimed(one, request) for one in taken]})


def _claimed(taken: pulling.Taken, request: Request) -> dict[str, Any]:
    job = taken.job
    return {
        "id": job.public_id,
        "attempt": job.attempts,
        "lease_token": taken.lease.token,
        "lease_expires_at": job.lease_expires_at,
        "hard_deadline_at": job.hard_deadline_at,
        "seed": job.seed,
        "prompt": prompt_shown(job.prompt, request),
    }


class Heartbeat(ApiView):
    """A sign of life."""

    access = {"POST": WORK}
    refusals = {"POST": ("lease_lost",)}

    @extend_schema(
        operation_id="job_heartbeat",
        request=LeaseBody,
        responses=inline_serializer("JobKept", {"id": serializers.UUIDField(), "lease_expires_at": moment()}),
    )
    def post(self, request: Request, job: UUID) -> Response:
        """Extend a lease, until its hard deadline."""
        lease = pulling.held(job, read(LeaseBody, request)["lease_token"], by=self.token)
        return Response({"id": job, "lease_expires_at": pulling.keep(lease)})


class CompleteJob(ApiView):
    """An answer."""

    access = {"POST": WORK}
    parser_classes: ClassVar[list[type[BaseParser]]] = [MultiPartParser]  # type: ignore[misc]
    refusals = {"POST": ("lease_lost", *AUDIO)}

    @extend_schema(
        operation_id="job_complete",
        request={
            "multipart/form-data": {
                "type": "object",
                "required": ["reply", "audio"],
                "properties": {
                    "reply": {"type": "string", "description": "JSON: lease_token, transcript, times."},
                    "audio": {"type": "string", "format": "binary"},
                },
            }
        },
        responses=DONE,
    )
    def post(self, request: Request, job: UUID) -> Response:
        """Bring the answer to a job: `reply`, as JSON, and `audio`. The same again is no harm."""
        said, audio = _reply(request), request.FILES.get("audio")
        if audio is None or not audio.size:
            raise Refused("Send the sound in the part `audio`.", "no_audio")
        if audio.size > MOST_BYTES:
            raise Refused("A sound has at most 25 MB.", "file_too_large", status=413)
        lease = pulling.held(job, said["lease_token"], by=self.token)
        data, rng = audio.read(), random.Random()  # noqa: S311 -- spreads retries
        try:
            taken = ingest(data)
        except AudioRefused as refused:
            pulling.refuse(lease, refused, rng=rng)
            raise _said(refused) from refused
        recording = Recording(
            file=data,
            taken=taken,
            total_seconds=_seconds(said.get("total_ms")),
            seed=lease.seed,
            transcript=said.get("transcript"),
            first_audio_seconds=_seconds(said.get("first_audio_ms")),
            parameters=said.get("parameters", {}),
            stop_reason=said.get("stop_reason", ""),
        )
        pulling.answer(lease, recording, rng=rng)
        return Response({"id": job, "state": "done"})


def _reply(request: Request) -> dict[str, Any]:
    try:
        said = json.loads(request.data.get("reply", "") if isinstance(request.data, dict) else "")
    except (ValueError, TypeError, RecursionError) as error:
        raise Refused("The part `reply` is no JSON.", "malformed", status=400) from error
    form = ReplyBody(data=said)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def _said(refused: AudioRefused) -> Refused:
    if refused.code in DECODER_FAILED:
        message = "We could not look at the sound just now; the job is tried again."
        return Refused(message, "unavailable", status=503, retry_after_seconds=5)
    code = codes.OF_AUDIO[str(refused.code)]
    return Refused(refused.message, code, status=codes.known(code).status)


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


class Fail(ApiView):
    """No answer."""

    access = {"POST": WORK}
    refusals = {"POST": ("lease_lost",)}

    @extend_schema(operation_id="job_fail", request=FailBody, responses=DONE)
    def post(self, request: Request, job: UUID) -> Response:
        """Say why there is no answer; `again: false` ends the job."""
        body = read(FailBody, request)
        lease = pulling.held(job, body["lease_token"], by=self.token)
        kind = Kind.TRANSIENT if body["again"] else Kind.PERMANENT
        failure = Failure(kind=kind, code=body["code"], message=body["message"])
        pulling.give_up(lease, failure, rng=random.Random())  # noqa: S311 -- spreads retries
        return Response({"id": job, "state": "queued" if body["again"] else "failed"})


class Release(ApiView):
    """A job given back."""

    access = {"POST": WORK}
    refusals = {"POST": ("lease_lost",)}

    @extend_schema(operation_id="job_release", request=LeaseBody, responses=DONE)
    def post(self, request: Request, job: UUID) -> Response:
        """Give a job back untried, as a machine does that stops."""
        lease = pulling.held(job, read(LeaseBody, request)["lease_token"], by=self.token)
        pulling.give_back(lease)
        return Response({"id": job, "state": "queued"})
