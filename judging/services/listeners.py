"""What one person may hear, as a draw asks it: their languages, their stakes and what they have heard."""

from collections.abc import Iterable

from judging import selectors
from judging.models import Annotator, Batch, Purpose
from judging.sampling.limits import Heard, Person
from judging.services import interests, languages, owed


def person(annotator: Annotator, batch: Batch | None) -> Person:
    """Read what bars this person from hearing something, in their open batch or in the one that comes."""
    return Person(
        heard=_heard(annotator), languages=_languages(annotator, batch), own=interests.of(annotator)
    )


def _heard(annotator: Annotator) -> list[Heard]:
    rows = list(
        selectors.heard(annotator).values_list(
            "pair__system_a_id",
            "pair__system_b_id",
            "pair__prompt_id",
            "batch_id",
            "batch__state",
            "purpose",
            "state",
        )
    )
    last = _last_batches((batch, of_batch) for *_, batch, of_batch, _, _ in rows)
    return [
        Heard(
            systems=(one, other),
            prompt=prompt,
            recent=batch in last,
            counts=purpose == Purpose.NORMAL and state not in owed.SPENT,
        )
        for one, other, prompt, batch, _, purpose, state in rows
    ]


def _last_batches(batches: Iterable[tuple[int | None, str | None]]) -> set[int]:
    """Find this batch and the one before; where none is open, the next one is this one."""
    states = {batch: state for batch, state in batches if batch is not None}
    ordered = sorted(states)
    open_ = bool(ordered) and states[ordered[-1]] == Batch.State.OPEN
    return set(ordered[-2:] if open_ else ordered[-1:])


def _languages(annotator: Annotator, batch: Batch | None) -> frozenset[int] | None:
    """Find the languages they judge in, as a batch narrows them (J12); None, all, for who was never asked."""
    skills = list(annotator.skills.order_by().values_list("language_id", "language__code", "level"))
    judged = {code: key for key, code, level in skills if level in languages.JUDGES_IN}
    kept = judged.keys() & set(batch.languages) if batch and batch.languages else judged.keys()
    return frozenset(judged[code] for code in kept) if skills else None
