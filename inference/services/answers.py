"""Answers that were made elsewhere come in: every problem is told, what is good is taken, nothing twice."""

import hashlib
import os
import random
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from django.db import transaction

from inference.answers import Answer, BadAnswer, Named, Outcome
from inference.audio.errors import AudioRefused
from inference.audio.ingest import ingest
from inference.errors import Refused
from inference.models import Job, Prompt, Response, System
from inference.services import jobs, moderation
from inference.services.jobs.stages import DatabaseStages
from inference.worker.records import settings_hash

WORKER = "import"
# In the stored parameters: where an imported answer comes from.
ORIGIN = "imported"
WHY_NOT = {
    Job.State.RUNNING: ("being_answered", "{} is being answered just now; import again in a few minutes."),
    Job.State.CANCELLED: ("cancelled", "The job of {} was cancelled by a moderator."),
    Job.State.DONE: ("rejected", "An answer to {} was rejected by a moderator, and no other is wanted."),
}


@dataclass
class Report:
    """What came of an import.

    Attributes:
        taken: answers that are new here (in a dry run: would be).
        unchanged: answers that were here already, the same file to the byte.
        problems: what was not taken.
        missing: slugs of prompts that have no answer of this system, neither here nor among these.
    """

    taken: int = 0
    unchanged: int = 0
    problems: list[BadAnswer] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Match:
    """An answer and a prompt that it is to."""

    answer: Answer
    prompt: Prompt


@dataclass(frozen=True)
class _Looked:
    """A match whose sound was looked at; `recording` is None where the same file is here already."""

    match: _Match
    recording: jobs.Recording | None


def bring(
    outcomes: Iterable[Outcome],
    *,
    of: System,
    prompts: Sequence[Prompt],
    dry_run: bool = False,
    on_answer: Callable[[Report], None] = lambda _: None,
) -> Report:
    """Take a system's answers in, each as the result of its job; an accepted one is never replaced.

    Args:
        outcomes: answers and what could not be read, see `inference.answers`.
        of: whose answers they are.
        prompts: what they may be answers to.
        dry_run: look at everything and write nothing.
        on_answer: called after each, to show progress.

    Raises:
        Refused: `system_not_runnable`.
    """
    if of.state not in jobs.RUNNABLE:
        message = f"The system {of} is {of.state}; only private and live ones are given answers."
        raise Refused(message, "system_not_runnable", status=409)
    report = Report()
    matches = list(_matched(outcomes, of=of, prompts=prompts, report=report))
    here = _here(of)
    for one in _looked_at(matches, here=here, states=_states(of)):
        if isinstance(one, BadAnswer):
            report.problems.append(one)
        elif one.recording is None:
            report.unchanged += 1
        elif problem := None if dry_run else _take(one.match, one.recording, of=of):
            report.problems.append(problem)
        else:
            report.taken += 1
            here[one.match.prompt.pk] = ""
        on_answer(report)
    touched = {match.prompt.prompt_set_id for match in matches}
    report.missing = sorted(
        prompt.slug
        for prompt in prompts
        if prompt.prompt_set_id in touched and prompt.state == Prompt.State.OK and prompt.pk not in here
    )
    return report


def _matched(
    outcomes: Iterable[Outcome], *, of: System, prompts: Sequence[Prompt], report: Report
) -> Iterator[_Match]:
    """Find the prompts of all answers; where two are for one prompt, or one file for two, none counts."""
    found: list[_Match] = []
    finder = _Finder(prompts)
    settings = settings_hash(of.adapter, of.config)
    for outcome in outcomes:
        if isinstance(outcome, BadAnswer):
            report.problems.append(outcome)
            continue
        try:
            _check_maker(outcome, of=of, settings=settings)
            found += [_Match(outcome, prompt) for prompt in finder.find(outcome.prompt)]
        except Refused as refused:
            report.problems.append(_bad(outcome, refused.code, refused.message))
    answers = Counter(match.prompt.pk for match in found)
    files = defaultdict(set)
    for match in found:
        files[match.answer.sound].add(match.answer.where)
    for match in found:
        if answers[match.prompt.pk] > 1:
            message = f"There are {answers[match.prompt.pk]} answers to {match.prompt}; leave the right one."
            report.problems.append(_bad(match.answer, "several_answers", message))
        elif len(files[match.answer.sound]) > 1:
            message = f"Its file is named for other prompts too: {match.answer.sound.name}."
            report.problems.append(_bad(match.answer, "several_prompts", message))
        else:
            yield match


def _check_maker(answer: Answer, *, of: System, settings: str) -> None:
    if answer.settings_sha256 and answer.settings_sha256 != settings:
        message = f"It was made with other settings than those of {of} here (by {answer.system})."
        raise Refused(message, "other_settings")
    if answer.system and not answer.settings_sha256 and answer.system != of.slug:
        raise Refused(f"It is an answer of {answer.system}, not of {of}.", "other_system")


class _Finder:
    """Finds prompts by what a source calls them."""

    def __init__(self, prompts: Sequence[Prompt]) -> None:
        self._by_id = {str(prompt.public_id): [prompt] for prompt in prompts}
        self._by_sha256: dict[str, list[Prompt]] = defaultdict(list)
        self._by_slug: dict[str, list[Prompt]] = defaultdict(list)
        for prompt in prompts:
            self._by_sha256[prompt.content_sha256].append(prompt)
            self._by_slug[prompt.slug].append(prompt)

    def find(self, named: Named) -> list[Prompt]:
        """List the prompts of one sound that are meant: several where it is in several sets.

        Raises:
            Refused: `unknown_prompt`, `ambiguous_prompt` or `prompt_withdrawn`.
        """
        found = self._found(named)
        if not found:
            raise Refused(f"No prompt here is {named.said}.", "unknown_prompt")
        if len({prompt.content_sha256 for prompt in found}) > 1:
            sets = ", ".join(sorted(str(prompt.prompt_set) for prompt in found))
            message = f"{named.said} is another prompt in each of {sets}; name one with --set."
            raise Refused(message, "ambiguous_prompt")
        drawn = [prompt for prompt in found if prompt.state == Prompt.State.OK]
        if not drawn:
            raise Refused(f"The prompt {named.said} was withdrawn.", "prompt_withdrawn")
        return drawn

    def _found(self, named: Named) -> list[Prompt]:
        if named.id:
            return self._by_id.get(named.id, [])
        if named.sha256:
            return self._by_sha256.get(named.sha256, [])
        return next((self._by_slug[slug] for slug in named.slugs if slug in self._by_slug), [])


def _looked_at(
    matches: Sequence[_Match], *, here: Mapping[int, str], states: Mapping[int, str]
) -> Iterator[BadAnswer | _Looked]:
    """Look at the sounds, a few at a time on all cores, and yield them in order."""
    room = 2 * (os.cpu_count() or 1)
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        waiting: deque[Future[BadAnswer | _Looked]] = deque()
        for match in matches:
            state = states.get(match.prompt.pk, "")
            waiting.append(threads.submit(_look, match, here=here.get(match.prompt.pk), state=state))
            # A window, so that a large source is never in memory as a whole.
            if len(waiting) > room:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _look(match: _Match, *, here: str | None, state: str) -> BadAnswer | _Looked:
    try:
        return _Looked(match, _recording(match, here=here, state=state))
    except (Refused, AudioRefused) as refused:
        return _bad(match.answer, refused.code, refused.message)


def _recording(match: _Match, *, here: str | None, state: str) -> jobs.Recording | None:
    """Look at an answer; None: the same file is here.

    Raises:
        Refused: it may not come in.
        AudioRefused: its sound may not.
    """
    answer, prompt = match.answer, match.prompt
    try:
        data = answer.sound.read_bytes()
    except OSError as error:
        raise Refused(f"Its sound cannot be read ({error.strerror}).", "no_file") from error
    sha256 = hashlib.sha256(data).hexdigest()
    if answer.sha256 and answer.sha256 != sha256:
        raise Refused("Its sound is not the one that its record was written for.", "sound_changed")
    if here == sha256:
        return None
    if here is not None:
        raise Refused(f"{prompt} has another answer, which stays.", "answered_already")
    if state in WHY_NOT:
        code, message = WHY_NOT[Job.State(state)]
        raise Refused(message.format(prompt), code)
    return jobs.Recording(
        file=data,
        taken=ingest(data),
        total_seconds=answer.total_seconds,
        seed=answer.seed,
        transcript=answer.transcript,
        first_audio_seconds=answer.first_audio_seconds,
        parameters={**answer.parameters, ORIGIN: dict(answer.origin)},
        stop_reason=answer.stop_reason,
    )


def _take(match: _Match, recording: jobs.Recording, *, of: System) -> BadAnswer | None:
    """Let an answer be the result of its job; None: it is."""
    try:
        lease = _claim(match, of=of)
    except Refused as refused:
        return _bad(match.answer, refused.code, refused.message)
    # No back-off is ever drawn: the recording has passed all that could send it back.
    if lease and jobs.complete(lease, recording, rng=random.Random(0)):  # noqa: S311
        return None
    code, message = WHY_NOT[Job.State.RUNNING]
    return _bad(match.answer, code, message.format(match.prompt))


@transaction.atomic
def _claim(match: _Match, *, of: System) -> jobs.Lease | None:
    """Ask for the answer that is there, before any other worker can."""
    jobs.request(systems=[of], prompts=[match.prompt])
    failed = Job.objects.filter(system=of, prompt=match.prompt, replicate=1, state=Job.State.FAILED).first()
    if failed:
        moderation.retry(failed, by=None, reason="Its answer was made elsewhere and is imported.")
    lease = jobs.claim_one(system=of, prompt=match.prompt, worker=WORKER)
    if lease:
        for stage in match.answer.stages:
            DatabaseStages(lease.job_id).put(stage)
    return lease


def _here(system: System) -> dict[int, str]:
    """The hash of the system's accepted answer to each prompt."""
    kept = Response.objects.filter(system=system, replicate=1).exclude(state=Response.State.REJECTED)
    return dict(kept.values_list("prompt_id", "raw__sha256"))


def _states(system: System) -> dict[int, str]:
    return dict(Job.objects.filter(system=system, replicate=1).values_list("prompt_id", "state"))


def _bad(answer: Answer, code: str, message: str) -> BadAnswer:
    return BadAnswer(where=answer.where, code=str(code), message=message)
