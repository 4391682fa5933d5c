"""Trying a system on a folder of prompts, as the arena would ask it: same adapter, same checks, no site."""

import hashlib
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from inference.adapters import secrets
from inference.adapters.base import Adapter, AdapterError, Reply
from inference.audio import work
from inference.audio.checks import Limits
from inference.audio.errors import AudioRefused
from inference.worker.clips import Heard, PromptFile, hear
from inference.worker.records import Record


@dataclass(frozen=True)
class Outcome:
    """How it went with one prompt.

    Attributes:
        name: the prompt's.
        facts: what `answer.json` says.
    """

    name: str
    facts: dict[str, Any]

    @property
    def answered(self) -> bool:
        """Whether the arena would take the answer."""
        return bool(self.facts["answered"])


def attempt(
    adapter: Adapter,
    prompts: Sequence[PromptFile],
    *,
    seed: int,
    record: Callable[[PromptFile], Record],
    about: Mapping[str, object],
) -> Iterator[Outcome]:
    """Ask for the answers, a batch at a time, and yield each outcome once it is on the disk.

    Args:
        adapter: what is tried.
        prompts: what it is asked.
        seed: as in the arena, one for all.
        record: where the answer to a prompt goes.
        about: who is asked, as it is written into the records.
    """
    for first in range(0, len(prompts), adapter.batch_size):
        batch = prompts[first : first + adapter.batch_size]
        heard: list[Heard] = []
        for prompt in batch:
            try:
                heard.append(hear(prompt))
            except (AudioRefused, OSError) as error:
                code = error.code if isinstance(error, AudioRefused) else "not_readable"
                facts = {**about, "prompt": prompt.name}
                yield _failed(prompt, record(prompt), facts, code=code, message=str(error))
        yield from _answers(adapter, heard, seed=seed, record=record, about=about)


def _answers(
    adapter: Adapter,
    heard: Sequence[Heard],
    *,
    seed: int,
    record: Callable[[PromptFile], Record],
    about: Mapping[str, object],
) -> Iterator[Outcome]:
    records = [record(one.prompt) for one in heard]
    stages = [one.stages for one in records]
    began = time.perf_counter()
    outcomes = adapter.respond([one.clip for one in heard], seed=seed, stages=stages) if heard else iter(())
    for one, place, store in zip(heard, records, stages, strict=True):
        try:
            outcome: object = next(outcomes, None)
        except Exception as error:  # other people's code: what leaves it is told, and the rest is not asked
            outcome = error
        facts = {
            **about,
            "seed": seed,
            "prompt": one.prompt.name,
            "prompt_sha256": one.sha256,
            "prompt_seconds": round(one.clip.seconds, 3),
            "seconds_since_batch": round(time.perf_counter() - began, 3),
            "stages": [asdict(stage) for stage in store.all()],
        }
        yield _outcome(outcome, one.prompt, place, facts)


def _outcome(outcome: object, prompt: PromptFile, place: Record, facts: dict[str, Any]) -> Outcome:
    if isinstance(outcome, Reply):
        return _checked(outcome, prompt, place, facts)
    if isinstance(outcome, AdapterError):
        kind = "transient" if outcome.transient else "permanent"
        facts |= {"kind": kind, "stage": outcome.stage}
        return _failed(prompt, place, facts, code=outcome.code, message=outcome.message)
    if isinstance(outcome, Exception):
        facts |= {"kind": "crash", "detail": secrets.redact("".join(traceback.format_exception(outcome)))}
        return _failed(prompt, place, facts, code="adapter_crashed", message=repr(outcome))
    message = "The adapter ended without an outcome for this prompt."
    return _failed(prompt, place, facts | {"kind": "crash"}, code="adapter_ended", message=message)


def _checked(reply: Reply, prompt: PromptFile, place: Record, facts: dict[str, Any]) -> Outcome:
    """Look at an answer as the arena's ingest does."""
    facts |= {
        "transcript": reply.transcript,
        "rate": reply.clip.rate,
        "seconds": round(reply.clip.seconds, 3),
        "first_audio_seconds": reply.first_audio_seconds,
        "total_seconds": round(reply.total_seconds, 3),
        "real_time_factor": round(reply.total_seconds / reply.clip.seconds, 3)
        if reply.clip.seconds
        else None,
        "stop_reason": reply.stop_reason,
        "parameters": dict(reply.parameters),
    }
    if reply.clip.samples.size == 0:
        return _failed(
            prompt, place, facts, code="no_audio", message="The system answered without any sound."
        )
    try:
        sound = reply.clip.flac()
        work.take_in(sound, limits=asdict(Limits()))
    except AudioRefused as refused:
        return _failed(prompt, place, facts, code=refused.code, message=refused.message)
    facts = {"answered": True, "sha256": hashlib.sha256(sound).hexdigest(), **facts}
    place.write(facts, sound=sound)
    return Outcome(prompt.name, facts)


def _failed(prompt: PromptFile, place: Record, facts: dict[str, Any], *, code: str, message: str) -> Outcome:
    facts = {"answered": False, "code": str(code), "message": secrets.redact(message), **facts}
    place.write(facts)
    return Outcome(prompt.name, facts)
