"""The arena's adapters as a pull worker's: claimed prompts in, files and what is known of them out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from inference.adapters import registry
from inference.adapters.base import Adapter, AdapterError, MemoryStages, Reply
from inference.audio.errors import AudioRefused
from inference.audio.ingest import decode
from inference.errors import Refused
from s2s_arena.errors import ArenaError
from s2s_arena.working import Answer, Answers, NotAnswered, Question


def named(name: str, config: Mapping[str, Any]) -> Answers:
    """Build an adapter and let it answer.

    Raises:
        ArenaError: `unknown_adapter` or `bad_adapter_config`.
    """
    try:
        return of(registry.load(name, dict(config)))
    except Refused as refused:
        raise ArenaError(refused.message, code=refused.code) from refused


def of(adapter: Adapter) -> Answers:
    """Let an adapter answer, as many prompts at once as it takes."""

    def answers(asked: Sequence[Question]) -> Iterator[Answer | NotAnswered]:
        for first in range(0, len(asked), adapter.batch_size):
            yield from _batch(adapter, asked[first : first + adapter.batch_size])

    return answers


def _batch(adapter: Adapter, asked: Sequence[Question]) -> Iterator[Answer | NotAnswered]:
    heard = []
    try:
        heard = [decode(question.audio.read_bytes()) for question in asked]
    except AudioRefused as refused:
        yield from (NotAnswered(refused.message, code="prompt_undecodable") for _ in asked)
        return
    stages = [MemoryStages() for _ in asked]
    for outcome in adapter.respond(heard, seed=asked[0].seed, stages=stages):
        yield _told(outcome)


def _told(outcome: Reply | AdapterError) -> Answer | NotAnswered:
    if isinstance(outcome, AdapterError):
        return NotAnswered(outcome.message, code=outcome.code, again=outcome.transient)
    if not outcome.clip.samples.size:
        return NotAnswered("The system answered without any sound.", code="no_audio")
    first = outcome.first_audio_seconds
    return Answer(
        audio=outcome.clip.flac(),
        transcript=outcome.transcript or "",
        first_audio_ms=None if first is None else round(1000 * first),
        total_ms=round(1000 * outcome.total_seconds),
        parameters=outcome.parameters,
    )
