"""What a moderator sees of a submission before deciding (M22): no names are hidden here, every clip is."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inference.models import AuditEntry, Prompt, Response, Submission, SubmissionReview, System, Upload

SAMPLE: Final = 12
EARLIER: Final = 20
SIBLINGS: Final = 10
# What makes one system another one than its siblings, in the order of reading.
TOLD_APART: Final[dict[str, Any]] = {
    "version": _("Version"),
    "revision": _("Revision"),
    "voice": _("Voice"),
    "system_prompt": _("Instructions"),
    "settings": _("Settings"),
    "delivery": _("Delivery"),
    "adapter": _("Adapter"),
    "config": _("Configuration"),
}


class Share(NamedTuple):
    """So many answers to so many expected prompts of one language, level or task."""

    label: str
    answered: int
    expected: int


class Difference(NamedTuple):
    """What one column says of this system and of a sibling."""

    label: str | Promise
    own: str
    other: str


class Timing(NamedTuple):
    """Milliseconds: the middle, and what one in twenty exceeds; None: nobody took the time."""

    label: str | Promise
    median: int | None
    slow: int | None


@dataclass(frozen=True)
class Sibling:
    """Another system of the team, and how this one differs; no difference is what a copy has."""

    system: System
    differences: Sequence[Difference]


def answers(submission: Submission) -> QuerySet[Response]:
    """The answers to be judged: first tries at the set's prompts, rejected ones left out."""
    found = Response.objects.filter(
        system=submission.system_id, prompt__prompt_set=submission.prompt_set_id, replicate=1
    )
    return found.exclude(state=Response.State.REJECTED)


def sample(submission: Submission) -> list[Response]:
    """Draw twelve answers over languages and levels: the same ones whenever and by whomever it is asked."""
    columns = ("pk", "prompt__language__code", "prompt__level__number")
    groups: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for key, language, level in answers(submission).values_list(*columns):
        groups[language or "", level or 0].append(key)
    for keys in groups.values():
        keys.sort(key=lambda key: hashlib.sha256(f"{submission.public_id}:{key}".encode()).digest())
    ordered = [groups[name] for name in sorted(groups)]
    longest = max((len(keys) for keys in ordered), default=0)
    drawn = [keys[turn] for turn in range(longest) for keys in ordered if turn < len(keys)][:SAMPLE]
    rows = Response.objects.in_bulk(drawn)
    found = Response.objects.filter(pk__in=rows).select_related(
        "playback", "prompt__playback", "prompt__language", "prompt__level", "prompt__task"
    )
    return sorted(found, key=lambda response: drawn.index(response.pk))


def coverage(submission: Submission) -> dict[str, list[Share]]:
    """Count answers and expected prompts by language, level and task."""
    languages = submission.system.languages.all()
    prompts = Prompt.objects.filter(prompt_set=submission.prompt_set_id, state=Prompt.State.OK)
    expected = prompts.filter(split__in=[Prompt.Split.PUBLIC, Prompt.Split.HIDDEN])
    if languages:
        expected = expected.filter(Q(language=None) | Q(language__in=languages))
    answered = answers(submission).values("prompt")
    rows = expected.values_list("language__code", "level__number", "task__slug").annotate(
        all=Count("pk"), done=Count("pk", filter=Q(pk__in=answered))
    )
    found: dict[str, list[Share]] = {}
    tables = list(rows.order_by())
    for place, name in enumerate(("language", "level", "task")):
        done: Counter[str] = Counter()
        every: Counter[str] = Counter()
        for row in tables:
            label = "–" if row[place] is None else str(row[place])
            every[label] += row[3]
            done[label] += row[4]
        found[name] = [Share(label, done[label], every[label]) for label in sorted(every)]
    return found


def checks(submission: Submission) -> dict[str, int]:
    """Count what the checks of uploaded files, and of answers, found: code and number."""
    files = Upload.objects.filter(submission=submission).values_list("state", "check_code")
    held = Response.objects.filter(
        system=submission.system_id, prompt__prompt_set=submission.prompt_set_id
    ).values_list("state", "state_code")
    found: Counter[str] = Counter()
    for rows in (files, held):
        for state, code, number in rows.annotate(number=Count("pk")).order_by():
            found[f"{state}: {code}" if code else state] += number
    return dict(found.most_common())


def timings(submission: Submission) -> list[Timing]:
    """Say how long answers took, and how long until their first sound."""
    rows = list(answers(submission).values_list("first_audio_ms", "total_ms"))
    return [
        _timing(_("First sound"), (first for first, _total in rows)),
        _timing(_("Whole answer"), (total for _first, total in rows)),
    ]


def _timing(label: str | Promise, values: Iterable[int | None]) -> Timing:
    known = sorted(value for value in values if value is not None)
    if not known:
        return Timing(label, None, None)
    return Timing(label, known[len(known) // 2], known[min(len(known) - 1, len(known) * 19 // 20)])


def identity_hits(submission: Submission) -> list[tuple[str, str]]:
    """List answers in which something told who speaks: the prompt, and what was found."""
    own = Response.objects.filter(
        system=submission.system_id, prompt__prompt_set=submission.prompt_set_id
    ).values_list("pk", "prompt__slug")
    slugs = {str(key): slug for key, slug in own}
    held = AuditEntry.objects.filter(
        action="response.hold", target_type="inference.response", target_id__in=list(slugs)
    )
    return [
        (slugs[entry.target_id], ", ".join(map(str, entry.after.get("found", [])))) for entry in held[:50]
    ]


def siblings(submission: Submission) -> list[Sibling]:
    """Set the system beside the team's other ones, the newest first."""
    own = submission.system
    others = System.objects.filter(model__team=submission.team_id).exclude(pk=own.pk)
    rows = others.select_related("model").prefetch_related("languages").order_by("-pk")[:SIBLINGS]
    return [Sibling(other, _differences(own, other)) for other in rows]


def _differences(own: System, other: System) -> list[Difference]:
    found = [
        Difference(label, str(getattr(own, name)), str(getattr(other, name)))
        for name, label in TOLD_APART.items()
        if getattr(own, name) != getattr(other, name)
    ]
    if own.model_id != other.model_id:
        found.insert(0, Difference(_("Model"), own.model.name, other.model.name))
    mine, theirs = (sorted(str(row) for row in one.languages.all()) for one in (own, other))
    if mine != theirs:
        found.append(Difference(_("Languages"), ", ".join(mine), ", ".join(theirs)))
    return found


def earlier(submission: Submission) -> list[Submission]:
    """List the team's other submissions, the newest first."""
    rows = Submission.objects.filter(team=submission.team_id).exclude(pk=submission.pk)
    return list(rows.select_related("system", "prompt_set").order_by("-pk")[:EARLIER])


def of(submission: Submission, *, by: int) -> SubmissionReview | None:
    """Find a person's open review (by key); None: they have not begun."""
    return SubmissionReview.objects.filter(submission=submission, reviewer=by, decision="").first()


def decided(submission: Submission) -> list[SubmissionReview]:
    """List the reviews of this submission that ended, the newest first."""
    rows = SubmissionReview.objects.filter(submission=submission).exclude(decision="")
    return list(rows.select_related("reviewer"))
