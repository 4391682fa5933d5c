"""What is shown of a submission, to programs and on pages alike."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext, ngettext

from inference.errors import codes
from inference.models import Attempt, Job, Prompt, Submission
from inference.selectors import failures


def jobs(submission: Submission) -> QuerySet[Job]:
    """All jobs of a submission's system to its set, with prompt and last try."""
    last = Prefetch("attempt_set", queryset=Attempt.objects.order_by("-number"), to_attr="tries")
    rows = Job.objects.filter(
        system=submission.system_id, prompt__prompt_set=submission.prompt_set_id, replicate=1
    )
    rows = rows.exclude(prompt__split=Prompt.Split.HIDDEN)
    return rows.select_related("prompt__task", "prompt__level", "prompt__language").prefetch_related(last)


def coverage(submission: Submission) -> dict[str, int]:
    """How many of the expected prompts stand where."""
    rows = Job.objects.filter(
        system=submission.system_id, prompt__prompt_set=submission.prompt_set_id, replicate=1
    ).exclude(prompt__split=Prompt.Split.SHOWCASE)
    counted = Counter(rows.values_list("state", flat=True))
    return {
        "expected": submission.expected,
        "ok": counted[Job.State.DONE],
        "failed": counted[Job.State.FAILED],
        "queued": counted[Job.State.QUEUED],
        "running": counted[Job.State.RUNNING],
        "cancelled": counted[Job.State.CANCELLED],
    }


def failed_by_code(submission: Submission) -> dict[str, int]:
    """The codes with which prompts failed, and how many did."""
    found: Counter[str] = Counter()
    for group in failures.by_code([submission.system]):
        found[codes.OF_JOBS.get(group.code, group.code)] += group.jobs
    return dict(found)


def remaining(submission: Submission, covered: dict[str, int], *, now: datetime) -> timedelta | None:
    """How long the rest will take at the present pace; None: nobody can know yet."""
    left = covered["queued"] + covered["running"]
    since = now - timedelta(minutes=15)
    done = Job.objects.filter(system=submission.system_id, state=Job.State.DONE, ended_at__gt=since)
    first = done.order_by("ended_at").values_list("ended_at", flat=True).first()
    count = done.count()
    if not left or first is None or count < 2 or now <= first:  # noqa: PLR2004 -- a pace needs two
        return None
    return (now - first) / count * left


def sentence(submission: Submission, covered: dict[str, int], *, now: datetime) -> str:
    """One sentence that says how it is."""
    if submission.state not in {Submission.State.QUEUED, Submission.State.RUNNING}:
        return submission.last_message
    numbers = {name: f"{covered[name]:,}" for name in ("ok", "expected", "failed")}
    said = gettext("%(ok)s of %(expected)s prompts are answered.") % numbers
    if covered["failed"]:
        said += " " + gettext("%(failed)s failed.") % numbers
    if left := remaining(submission, covered, now=now):
        minutes = max(1, round(left.total_seconds() / 60))
        pace = ngettext(
            "About %(minutes)s minute is left at the present pace.",
            "About %(minutes)s minutes are left at the present pace.",
            minutes,
        )
        said += " " + pace % {"minutes": f"{minutes:,}"}
    return said


def last_problem(submission: Submission) -> dict[str, Any] | None:
    """The newest failure of a try; None: none failed."""
    tried = Attempt.objects.filter(job__submission=submission).exclude(code="").order_by("-pk").first()
    if tried is None:
        return None
    return {
        "code": codes.OF_JOBS.get(tried.code, tried.code),
        "fault": tried.fault or None,
        "at": tried.ended_at or tried.started_at,
    }
