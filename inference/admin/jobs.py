"""Jobs, their attempts and stages, and the answers that came of them."""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inference.admin import filters, overview
from inference.admin.base import NOTHING, ReadOnlyAdmin, ReadOnlyInline, player, row_link, seconds
from inference.admin.decisions import Decision
from inference.admin.evidence import block
from inference.models import Attempt, Job, Response, Stage
from inference.selectors import failures
from inference.services import moderation

RETRY = Decision(
    name="retry",
    label=gettext_lazy("Try again"),
    effect=gettext_lazy(
        "These failed jobs are queued as if they had never been tried. Their attempts stay listed."
    ),
    way_back=gettext_lazy("cancel."),
    apply=lambda job, said: moderation.retry(job, by=said.by, reason=said.reason),
)
CANCEL = Decision(
    name="cancel",
    label=gettext_lazy("Cancel"),
    effect=gettext_lazy("These jobs end without an answer. A worker that is at one now works in vain."),
    way_back=gettext_lazy("none."),
    apply=lambda job, said: moderation.cancel(job, by=said.by, reason=said.reason),
)

ACCEPT = Decision(
    name="accept",
    label=gettext_lazy("Accept"),
    effect=gettext_lazy("These quarantined responses are paired again."),
    way_back=gettext_lazy("quarantine."),
    apply=lambda response, said: moderation.accept(response, by=said.by, reason=said.reason),
)


class AttemptInline(ReadOnlyInline):
    """A job's tries."""

    model = Attempt
    fields = (
        "number",
        "worker",
        "started_at",
        "ended_at",
        "outcome",
        "fault",
        "stage",
        "code",
        "message",
        "total_ms",
    )


class StageInline(ReadOnlyInline):
    """A job's finished steps."""

    model = Stage
    fields = ("name", "text", "tags", "total_ms", "at")


class ResponseInline(ReadOnlyInline):
    """A job's answers."""

    model = Response
    fields = ("state", "state_code", "total_ms", "created_at", "listen")

    @admin.display(description="listen")
    def listen(self, response: Response) -> str:
        """A player."""
        return player(response.playback)


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """One system asked to answer one prompt."""

    list_display = (
        "id",
        "system",
        "prompt",
        "state",
        "since",
        "last_try",
        "code",
        "attempts",
        "errors",
        "crashes",
    )
    list_filter = (
        "state",
        filters.SinceFilter,
        filters.LastTryFilter,
        filters.CodeFilter,
        "system",
        "prompt__prompt_set",
        "created_at",
    )
    list_select_related = ("system", "prompt")
    search_fields = ("system__slug", "prompt__slug", "public_id")
    search_help_text = "System, prompt or public id"
    ordering = ("-id",)
    # Who knows a lease's token may complete its job.
    hidden = ("lease_token",)
    inlines = (AttemptInline, StageInline, ResponseInline)
    actions = (RETRY.action(), CANCEL.action())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        """Jobs with the last try of each."""
        jobs: QuerySet[Job] = super().get_queryset(request)
        return jobs.prefetch_related(Prefetch("attempt_set", failures.last_attempts(), to_attr="last_tries"))

    def get_urls(self) -> list[URLPattern]:
        """Add the overview."""
        view = self.admin_site.admin_view(overview.Queues.as_view(table=self))
        return [path("queues/", view, name="inference_queues"), *super().get_urls()]

    @admin.display(description="since", ordering="created_at")
    def since(self, job: Any) -> str:
        """How long it has waited or run, or how long ago it ended."""
        match job.state:
            case Job.State.QUEUED if job.not_before > timezone.now():
                return _("rests for %(time)s") % {"time": timeuntil(job.not_before, depth=1)}
            case Job.State.QUEUED:
                return _("waits for %(time)s") % {"time": timesince(job.not_before, depth=1)}
            case Job.State.RUNNING if job.last_tries:
                return _("runs for %(time)s") % {"time": timesince(job.last_tries[0].started_at, depth=1)}
        return (
            _("ended %(time)s ago") % {"time": timesince(job.ended_at, depth=1)} if job.ended_at else NOTHING
        )

    @admin.display(description="last try")
    def last_try(self, job: Any) -> str:
        """How the last try ended."""
        return (job.last_tries[0].get_outcome_display() or _("under way")) if job.last_tries else NOTHING

    @admin.display(description="code")
    def code(self, job: Any) -> str:
        """The last try's code, and whose move is next."""
        if not job.last_tries or not job.last_tries[0].code:
            return NOTHING
        last = job.last_tries[0]
        return f"{last.code} ({last.fault})" if last.fault else str(last.code)


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    """Tries, and how each ended."""

    list_display = (
        "id",
        "system",
        "prompt",
        "number",
        "worker",
        "started_at",
        "ended_at",
        "outcome",
        "fault",
        "code",
        "took",
    )
    list_filter = (filters.OutcomeFilter, filters.FaultFilter, "started_at", "job__system")
    list_select_related = ("job__system", "job__prompt")
    search_fields = ("job__system__slug", "job__prompt__slug", "worker", "code", "message")
    search_help_text = "System, prompt, worker, code or message"
    ordering = ("-id",)
    hidden = ("lease_token",)

    @admin.display(description="system", ordering="job__system__slug")
    def system(self, attempt: Attempt) -> str:
        """Whose."""
        return attempt.job.system.slug

    @admin.display(description="prompt", ordering="job__prompt__slug")
    def prompt(self, attempt: Attempt) -> str:
        """To what."""
        return attempt.job.prompt.slug

    @admin.display(description="took", ordering="total_ms")
    def took(self, attempt: Attempt) -> str:
        """Seconds."""
        return seconds(attempt.total_ms)


@admin.register(Stage)
class StageAdmin(ReadOnlyAdmin):
    """Finished steps, which a restart does not repeat."""

    list_display = ("id", "job", "name", "took", "at")
    list_filter = ("at", "job__system")
    list_select_related = ("job__system", "job__prompt")
    search_fields = ("job__system__slug", "job__prompt__slug", "name", "text")
    ordering = ("-id",)

    @admin.display(description="took", ordering="total_ms")
    def took(self, stage: Stage) -> str:
        """Seconds."""
        return seconds(stage.total_ms)


@admin.register(Response)
class ResponseAdmin(ReadOnlyAdmin):
    """Accepted answers; the judging adds what may be decided about them."""

    list_display = ("id", "system", "prompt", "state", "state_code", "length", "took", "created_at")
    list_filter = ("state", "created_at", "prompt__prompt_set", "prompt__language", "system")
    list_select_related = ("system", "prompt", "playback")
    search_fields = ("system__slug", "prompt__slug", "own_transcript", "state_code")
    search_help_text = "System, prompt, its own transcript or the code of its state"
    ordering = ("-id",)
    shown = ("listen", "listen_prompt", "asked", "checks", "how", "this_job")
    hidden = ("job",)
    actions: Any = (ACCEPT.action(),)

    @admin.display(description="length", ordering="playback__duration_ms")
    def length(self, response: Response) -> str:
        """Seconds of sound."""
        return seconds(response.playback.duration_ms)

    @admin.display(description="took", ordering="total_ms")
    def took(self, response: Response) -> str:
        """Seconds to answer."""
        return seconds(response.total_ms)

    @admin.display(description="listen")
    def listen(self, response: Response) -> str:
        """A player."""
        return player(response.playback)

    @admin.display(description="listen to the prompt")
    def listen_prompt(self, response: Response) -> str:
        """A player."""
        return player(response.prompt.playback)

    @admin.display(description="prompt's words")
    def asked(self, response: Response) -> str:
        """What was said to the system."""
        return response.prompt.transcript or NOTHING

    @admin.display(description="checks")
    def checks(self, response: Response) -> str:
        """What was measured of what people hear."""
        heard = response.playback
        return (
            f"{heard.duration_ms / 1000:.1f} s, {heard.loudness_lufs:.1f} LUFS, "
            f"peak {heard.true_peak_dbtp:.1f} dBTP, silence {seconds(heard.lead_silence_ms)} before "
            f"and {seconds(heard.trail_silence_ms)} after"
        )

    @admin.display(description="how it came about")
    def how(self, response: Response) -> str:
        """Its stages, times and parameters, and every try."""
        return block(response)

    @admin.display(description="job")
    def this_job(self, response: Response) -> str:
        """The job with its attempts and stages."""
        return row_link(response.job)
