"""What belongs to a submission: its events, its jobs and its responses."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from inference.api.access import ANY_TOKEN
from inference.api.base import ApiView
from inference.api.pages import page
from inference.api.shapes import page_of
from inference.api.submission_shapes import (
    EventShape,
    JobShape,
    ResponseShape,
    job_shown,
    response_shown,
)
from inference.api.submissions import find
from inference.errors import Refused
from inference.models import Prompt
from inference.models import Response as Answer
from inference.selectors import submissions as reads

WATCH_SECONDS = {"queued": 30, "running": 10, "validating": 5}
LONGEST_NUMBER = 9


class Events(ApiView):
    """What happened to a submission."""

    access = {"GET": ANY_TOKEN}
    filters = {"after": "Only events with a larger number."}

    @extend_schema(operation_id="submission_events", responses=page_of("Event", EventShape))
    def get(self, request: Request, submission: UUID) -> Response:
        """List every change of state, the oldest first; Retry-After says when to look again."""
        found = find(self.team, submission)
        after = request.query_params.get("after", "0")
        if not (after.isascii() and after.isdigit() and len(after) <= LONGEST_NUMBER):
            raise Refused("`after` is the number of an event.", "malformed", status=400)
        rows = found.events.filter(number__gt=int(after)).select_related("actor")
        answer = page(rows, request, lambda row: EventShape(row).data, ordering="number")
        answer["Retry-After"] = str(WATCH_SECONDS.get(found.state, 60))
        return answer


class Jobs(ApiView):
    """A submission's prompts."""

    access = {"GET": ANY_TOKEN}
    filters = {"state": "queued, running, done, failed or cancelled."}

    @extend_schema(operation_id="submission_jobs", responses=page_of("Job", JobShape))
    def get(self, request: Request, submission: UUID) -> Response:
        """List one row a prompt: state, attempts, code, sentence, fault."""
        rows = reads.jobs(find(self.team, submission))
        if state := request.query_params.get("state"):
            rows = rows.filter(state=state)
        return page(rows, request, job_shown)


class Responses(ApiView):
    """A submission's accepted answers."""

    access = {"GET": ANY_TOKEN}

    @extend_schema(operation_id="submission_responses", responses=page_of("Response", ResponseShape))
    def get(self, request: Request, submission: UUID) -> Response:
        """List what was accepted, with what was found of each sound."""
        found = find(self.team, submission)
        rows = Answer.objects.filter(system=found.system_id, prompt__prompt_set=found.prompt_set_id)
        rows = rows.exclude(prompt__split=Prompt.Split.HIDDEN)
        return page(rows.select_related("prompt", "raw", "playback"), request, response_shown)
