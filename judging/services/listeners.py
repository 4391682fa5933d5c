"""What one person may hear, as a draw asks it: their languages, their stakes and what they have heard."""

from judging import selectors
from judging.models import Annotator, Batch, Past, Purpose
from judging.sampling.limits import Heard, Person
from judging.services import interests, languages, owed


def person(annotator: Annotator, batch: Batch | None) -> Person:
    """Read what bars this person from hearing something, in their open batch or in the one that comes."""
    return Person(
        heard=_heard(annotator), languages=_languages(annotator, batch), own=interests.of(annotator)
    )


def _heard(annotator: Annotator) -> list[Heard]:
    """List what they heard: of closed batches by the row that keeps it, and the ballots behind it."""
    past = Past.objects.filter(annotator=annotator).first() or Past(through=0, latest=0)
    rows = list(
        selectors.heard(annotator)
        .filter(pk__gt=past.through)
        .order_by("pk")
        .values_list(
            "pair__system_a_id",
            "pair__system_b_id",
            "pair__prompt_id",
            "batch_id",
            "batch__state",
            "purpose",
            "state",
        )
    )
    batches = {batch: state for _, _, _, batch, state, _, _ in rows if batch is not None}
    # This batch and the one before; where none is open, the next one is this one.
    wanted = 2 if Batch.State.OPEN in batches.values() else 1
    recent = set(sorted(batches)[-wanted:])
    old = len(past.prompts) - (past.latest if len(recent) < wanted else 0)
    kept = zip(past.systems_a, past.systems_b, past.prompts, past.counts, strict=True)
    return [
        *(
            Heard((one, other), prompt, place >= old, counts)
            for place, (one, other, prompt, counts) in enumerate(kept)
        ),
        *(
            Heard(
                (one, other), prompt, batch in recent, purpose == Purpose.NORMAL and state not in owed.SPENT
            )
            for one, other, prompt, batch, _, purpose, state in rows
        ),
    ]


def _languages(annotator: Annotator, batch: Batch | None) -> frozenset[int] | None:
    """Find the languages they judge in, as a batch narrows them (J12); None, all, for who was never asked."""
    skills = list(annotator.skills.order_by().values_list("language_id", "language__code", "level"))
    judged = {code: key for key, code, level in skills if level in languages.JUDGES_IN}
    kept = judged.keys() & set(batch.languages) if batch and batch.languages else judged.keys()
    return frozenset(judged[code] for code in kept) if skills else None
