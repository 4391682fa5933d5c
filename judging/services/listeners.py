"""What one person may hear, as a draw asks it: their languages, their stakes and what they have heard."""

from collections.abc import Sequence
from typing import NamedTuple

from judging.models import Annotator, Ballot, Batch, Past, Purpose
from judging.sampling.limits import Heard, Person
from judging.sampling.pairs import Systems
from judging.services import interests, languages, owed
from judging.services.owed import Late


class Listener(NamedTuple):
    """A person before a draw.

    Attributes:
        key: the annotator's.
        person: what bars them from hearing something.
        owed: each two systems that come before all others.
    """

    key: int
    person: Person
    owed: Sequence[Systems]


def of(annotator: Annotator, batch: Batch | None) -> Listener:
    """Read what a draw has to know of this person, in their open batch or in the one that comes."""
    past = Past.objects.filter(annotator=annotator).first() or Past(through=0, latest=0)
    late = owed.late(annotator, after=past.through)
    person = Person(
        heard=[*_long_ago(past, late, batch), *_lately(past, late, batch)],
        languages=_languages(annotator, batch),
        own=interests.of(annotator),
    )
    return Listener(annotator.pk, person, owed.systems(annotator, late, batch=batch))


def _long_ago(past: Past, late: Sequence[Late], batch: Batch | None) -> list[Heard]:
    """List what they heard in batches that the row of the past holds; its newest may be the one before."""
    before = _batch_before(past, late, batch)
    old = len(past.prompts) - (past.latest if before is None else 0)
    kept = zip(past.systems_a, past.systems_b, past.prompts, past.counts, strict=True)
    return [
        Heard((one, other), prompt, place >= old, counts)
        for place, (one, other, prompt, counts) in enumerate(kept)
    ]


def _lately(past: Past, late: Sequence[Late], batch: Batch | None) -> list[Heard]:
    """List the ballots since whose clips they may have heard, or still will."""
    recent = {_batch_before(past, late, batch), batch and batch.pk} - {None}
    return [
        Heard(
            each.systems,
            each.prompt,
            each.batch in recent,
            each.purpose == Purpose.NORMAL and each.state not in owed.SPENT,
        )
        for each in late
        if each.ballot > past.through
        and (each.opened or each.state not in {Ballot.State.EXPIRED, Ballot.State.VOID})
    ]


def _batch_before(past: Past, late: Sequence[Late], batch: Batch | None) -> int | None:
    """Find the batch before this one among the late; None: the past holds it."""
    since = {each.batch for each in late if each.ballot > past.through and each.batch is not None}
    return max(since - {batch and batch.pk}, default=None)


def _languages(annotator: Annotator, batch: Batch | None) -> frozenset[int] | None:
    """Find the languages they judge in, as a batch narrows them (J12); None, all, for who was never asked."""
    skills = list(annotator.skills.order_by().values_list("language_id", "language__code", "level"))
    judged = {code: key for key, code, level in skills if level in languages.JUDGES_IN}
    kept = judged.keys() & set(batch.languages) if batch and batch.languages else judged.keys()
    return frozenset(judged[code] for code in kept) if skills else None
