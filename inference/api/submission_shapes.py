"""A submission as it is shown, with its events, its jobs and its responses."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.reverse import reverse

from inference.api.shapes import maybe, moment, text, whole
from inference.errors import codes
from inference.models import Response, Submission, SubmissionEvent
from inference.selectors import submissions as reads
from inference.services.submissions import states


class SubmissionShape(serializers.Serializer[Any]):
    """Everything that a person would otherwise ask for (A23)."""

    id = serializers.UUIDField()
    system = text()
    prompt_set = text()
    kind = text()
    state = text()
    round = whole()
    state_since = moment()
    waiting_on = text()
    code = text()
    sentence = text()
    fault = maybe(serializers.CharField)
    partial = serializers.BooleanField()  # type: ignore[assignment]  # DRF moves fields off the class
    problems = serializers.ListField(child=serializers.DictField())
    coverage = serializers.DictField(child=whole())
    failed_by_code = serializers.DictField(child=whole())
    last_problem = maybe(serializers.DictField)
    age_limit = maybe(serializers.DateTimeField)
    next_actions = serializers.ListField(child=text())
    links = serializers.DictField(child=text())


def shown(submission: Submission, request: Request) -> dict[str, Any]:
    """A submission as its team sees it."""
    covered, now = reads.coverage(submission), timezone.now()
    limit = states.limit(submission)
    links = {
        name: reverse(f"api-submission-{name}", kwargs={"submission": submission.public_id}, request=request)
        for name in ("events", "jobs", "responses", "uploads")
    }
    return {
        "id": submission.public_id,
        "system": submission.system.slug,
        "prompt_set": submission.prompt_set.address,
        "kind": submission.kind,
        "state": submission.state,
        "round": submission.round,
        "state_since": submission.state_since,
        "waiting_on": submission.waiting_on,
        "code": submission.last_code,
        "sentence": reads.sentence(submission, covered, now=now),
        "fault": submission.last_fault or None,
        "partial": submission.is_partial,
        "problems": submission.problems,
        "coverage": covered,
        "failed_by_code": reads.failed_by_code(submission),
        "last_problem": reads.last_problem(submission),
        "age_limit": submission.state_since + limit.age if limit else None,
        "next_actions": states.actions(submission),
        "links": links,
    }


class EventShape(serializers.Serializer[SubmissionEvent]):
    """One change of state."""

    number = whole()
    round = whole()
    from_state = text()
    to_state = text()
    code = text()
    sentence = text(source="message")
    fault = text()
    actor = serializers.SerializerMethodField()
    at = moment()

    def get_actor(self, event: SubmissionEvent) -> str:
        """A person's name, or the site."""
        return str(event.actor) if event.actor_id else "the site"


class JobShape(serializers.Serializer[Any]):
    """One prompt, and how its answer stands."""

    id = serializers.UUIDField()
    prompt = text()
    state = text()
    attempts = whole()
    code = maybe(serializers.CharField)
    sentence = maybe(serializers.CharField)
    fault = maybe(serializers.CharField)
    not_before = moment()


def job_shown(job: Any) -> dict[str, Any]:
    """A job with its last try, which is prefetched as `tries`."""
    last = job.tries[0] if job.tries and job.tries[0].code else None
    return {
        "id": job.public_id,
        "prompt": job.prompt.slug,
        "state": job.state,
        "attempts": job.attempts,
        "code": codes.OF_JOBS.get(last.code, last.code) if last else None,
        "sentence": last.message if last else None,
        "fault": (last.fault or None) if last else None,
        "not_before": job.not_before,
    }


class ResponseShape(serializers.Serializer[Any]):
    """An accepted answer, with what was found of its sound."""

    prompt = text()
    state = text()
    code = text()
    sha256 = text()
    media_type = text()
    sample_rate = whole()
    channels = whole()
    duration_ms = whole()
    loudness_lufs = maybe(serializers.FloatField)
    lead_silence_ms = maybe(serializers.IntegerField)
    trail_silence_ms = maybe(serializers.IntegerField)
    first_audio_ms = maybe(serializers.IntegerField)
    total_ms = maybe(serializers.IntegerField)
    transcript = text()


def response_shown(response: Response) -> dict[str, Any]:
    """An answer as its team sees it."""
    raw, playback = response.raw, response.playback
    return {
        "prompt": response.prompt.slug,
        "state": response.state,
        "code": response.state_code,
        "sha256": raw.sha256,
        "media_type": raw.media_type,
        "sample_rate": raw.sample_rate,
        "channels": raw.channels,
        "duration_ms": raw.duration_ms,
        "loudness_lufs": playback.loudness_lufs,
        "lead_silence_ms": playback.lead_silence_ms,
        "trail_silence_ms": playback.trail_silence_ms,
        "first_audio_ms": response.first_audio_ms,
        "total_ms": response.total_ms,
        "transcript": response.own_transcript,
    }
